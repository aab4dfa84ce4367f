/** One tenant: the sentence that sums it up, throughput by signal, destinations, agents, errors. */

import { formatExact, formatShort } from '../format/numbers.ts';
import { smooth } from '../format/smooth.ts';
import { formatAgo, formatDateTime } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { Chart } from '../parts/chart.tsx';
import { LevelIcon, StateMark } from '../parts/state-mark.tsx';
import type { AgentView, ErrorView, SignalName, SignalView, TenantView } from './api.ts';
import type { BacklogHistory } from './backlog-history.ts';
import { Destinations } from './destinations.tsx';
import { Explain } from './explain.tsx';
import { PipelineGraph } from './pipeline-graph.tsx';
import { placeHref } from './place.ts';
import { agentState, describeAgent, itemWord, SIGNAL_NAMES, sortAgents, tenantHeadline } from './state.ts';

interface TenantProps {
  readonly tenant: TenantView;
  readonly nowMs: number;
  readonly backlog: BacklogHistory;
}

export function Tenant({ tenant, nowMs, backlog }: TenantProps) {
  const headline = tenantHeadline(tenant, nowMs);
  return (
    <>
      <section class={`headline headline-${headline.level}`} aria-live="polite">
        <LevelIcon level={headline.level} />
        <div>
          <h1>{headline.text}</h1>
          <p>
            <span class="muted">
              Tenant <bdi>{tenant.name}</bdi>
            </span>{' '}
            <bdi>{visibleText(headline.detail)}</bdi>
          </p>
        </div>
      </section>
      <section class="signals" aria-label="Throughput">
        {SIGNAL_NAMES.map((name) => (
          <Signal key={name} name={name} signal={tenant.signals[name]} active={activeOf(tenant, name)} />
        ))}
      </section>
      <Destinations tenant={tenant} nowMs={nowMs} backlog={backlog} />
      <PipelineGraph key={tenant.name} tenant={tenant.name} outboxes={tenant.outboxes} />
      <Explain key={`explain ${tenant.name}`} tenant={tenant.name} />
      <div class="two-columns">
        <Agents tenant={tenant.name} agents={tenant.agents} nowMs={nowMs} />
        <Errors errors={tenant.errors} nowMs={nowMs} />
      </div>
    </>
  );
}

const TITLES: Readonly<Record<SignalName, string>> = {
  metrics: 'Metrics',
  logs: 'Logs',
  traces: 'Traces',
  profiles: 'Profiles',
};

/** What a limit counts besides items: series of metrics, streams of logs. */
function activeOf({ active }: TenantView, name: SignalName): { name: string; value: number } | undefined {
  if (name === 'metrics') return { name: 'active series', value: active?.series ?? 0 };
  return name === 'logs' ? { name: 'active streams', value: active?.streams ?? 0 } : undefined;
}

interface SignalProps {
  readonly name: SignalName;
  readonly signal: SignalView;
  readonly active: { readonly name: string; readonly value: number } | undefined;
}

function Signal({ name, signal, active }: SignalProps) {
  const unit = `${itemWord(name, 2)}/s`;
  return (
    <article class={`card signal signal-${name}`}>
      <h2>{TITLES[name]}</h2>
      <p class="figure">
        <span class="figure-number">{formatShort(signal.itemsPerSecond)}</span> <span class="figure-unit">{unit}</span>
      </p>
      <Chart
        points={smooth(signal.history)}
        color={`--${name}`}
        unit={unit}
        label={`${name}, ${itemWord(name, 2)} per second`}
      />
      <dl class="totals">
        <Total name="accepted" value={signal.acceptedTotal} />
        {active !== undefined && active.value > 0 && <Total name={active.name} value={active.value} />}
        <Total name="dropped by rules" value={signal.droppedTotal} />
        <Total name="rejected" value={signal.rejectedTotal} bad />
        {(signal.refusedPushesTotal ?? 0) > 0 && (
          <Total name="refused pushes" value={signal.refusedPushesTotal ?? 0} bad />
        )}
      </dl>
    </article>
  );
}

function Total({ name, value, bad }: { name: string; value: number; bad?: boolean }) {
  return (
    <div class={bad && value > 0 ? 'total total-bad' : 'total'}>
      <dt>{name}</dt>
      <dd data-total={name.split(' ')[0]}>{formatExact(value)}</dd>
    </div>
  );
}

function Agents({ tenant, agents, nowMs }: { tenant: string; agents: readonly AgentView[]; nowMs: number }) {
  return (
    <section class="card">
      <h2>Agents</h2>
      {agents.length === 0 ? (
        <p class="empty">
          None has reported yet. <a href={placeHref({ tenant, section: 'tokens' })}>Create a token</a>: with it comes
          the line that installs an agent on a host.
        </p>
      ) : (
        <ul class="rows">
          {sortAgents(agents).map((agent) => {
            const state = agentState(agent, nowMs);
            const { name, detail } = describeAgent(agent);
            return (
              <li key={agent.id} class="row">
                <span class="row-main">
                  <bdi class="row-title">{visibleText(name)}</bdi>
                  <bdi class="row-detail">{visibleText(detail)}</bdi>
                </span>
                <span class="row-side">
                  <StateMark level={state.level} text={state.text} />
                  <span class="row-detail" title={formatDateTime(agent.lastSeenAtMs)}>
                    seen {formatAgo(agent.lastSeenAtMs, nowMs)}
                  </span>
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

const MAX_ERRORS = 20;

function Errors({ errors, nowMs }: { errors: readonly ErrorView[]; nowMs: number }) {
  const newest = [...errors].sort((a, b) => b.atMs - a.atMs).slice(0, MAX_ERRORS);
  return (
    <section class="card">
      <h2>Recent errors</h2>
      {newest.length === 0 ? (
        <p class="empty">None. What the gateway refuses or cannot deliver is listed here with its reason.</p>
      ) : (
        <ul class="rows">
          {newest.map((error) => (
            <li key={`${error.reason} ${error.message}`} class="row">
              <span class="row-main">
                <code class="row-title">{error.reason}</code>
                <bdi class="row-detail row-text">{visibleText(error.message)}</bdi>
              </span>
              <span class="row-side">
                <span class="row-count">{formatExact(error.count)} ×</span>
                <span class="row-detail" title={formatDateTime(error.atMs)}>
                  {formatAgo(error.atMs, nowMs)}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
