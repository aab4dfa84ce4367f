/** One component: what it was given, what it gives, how it is, and what passes it. */
import { formatDateTime, formatDuration } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { Freshness, NoAnswer } from '../parts/header.tsx';
import { HttpError } from '../parts/http.ts';
import { useNow, usePoll } from '../parts/poll.ts';
import { StateMark } from '../parts/state-mark.tsx';
import { componentHref, graphHref } from './address.ts';
import type { ComponentDetail } from './api.ts';
import { Bar } from './bar.tsx';
import { ComponentId } from './component-id.tsx';
import { DebugPanel } from './debug-panel.tsx';
import { fullIdOf, levelOf } from './health.ts';
import { Link } from './link.tsx';
import { loadComponent } from './load.ts';
import { Statements } from './statements.tsx';

const POLL_MS = 5_000;

export function ComponentPage({ id }: { id: string }) {
  const nowMs = useNow();
  const polled = usePoll(`component ${id}`, POLL_MS, false, (signal) => loadComponent(id, signal));
  const gone = polled.error instanceof HttpError && polled.error.status === 404;
  return (
    <>
      <Bar page="component">
        <Freshness polled={polled} nowMs={nowMs} />
      </Bar>
      {!gone && <NoAnswer who="The agent" polled={polled} advice="This page keeps asking." />}
      <main class={`page ${polled.failingSinceMs === undefined ? '' : 'page-old'}`}>
        {gone && !polled.data && (
          <section class="card">
            <h1>No such component</h1>
            <p class="empty">
              The running configuration has no <code>{visibleText(id)}</code>. <Link href="/">All components</Link>
            </p>
          </section>
        )}
        {polled.data && <Detail component={polled.data} nowMs={nowMs} />}
        {!polled.data && !polled.error && <p class="empty">Asking the agent…</p>}
      </main>
    </>
  );
}

function Detail({ component, nowMs }: { component: ComponentDetail; nowMs: number }) {
  const id = fullIdOf(component);
  return (
    <>
      <Title component={component} nowMs={nowMs} />
      <div class="detail-columns">
        <div class="detail-main">
          <section class="card" aria-label="Arguments">
            <h2>Arguments</h2>
            <Statements statements={component.arguments} emptyText="None that differ from their defaults." />
          </section>
          {component.exports.length > 0 && (
            <section class="card" aria-label="Exports">
              <h2>Exports</h2>
              <Statements statements={component.exports} />
            </section>
          )}
          {component.debugInfo.length > 0 && (
            <section class="card" aria-label="Debug info">
              <h2>Debug info</h2>
              <Statements statements={component.debugInfo} />
            </section>
          )}
        </div>
        <div class="detail-side">
          <References component={component} />
          {component.original !== '' && (
            <section class="card" aria-label="Configuration">
              <h2>Configuration</h2>
              <pre class="original">
                <code>{visibleText(component.original)}</code>
              </pre>
            </section>
          )}
        </div>
      </div>
      {component.liveDebuggingEnabled && <DebugPanel id={id} />}
    </>
  );
}

function Title({ component, nowMs }: { component: ComponentDetail; nowMs: number }) {
  const { health, moduleID, name, label, localID } = component;
  const since = Date.parse(health.updatedTime);
  return (
    <section class="title">
      <p class="muted small">
        <Link href="/">Components</Link>
        {moduleID !== '' && (
          <>
            {' / '}
            <Link href={componentHref(moduleID)}>{moduleID}</Link>
          </>
        )}
      </p>
      <h1>
        <bdi>{label ? `${name} "${label}"` : localID}</bdi>
      </h1>
      <p class="title-state">
        <StateMark level={levelOf(health)} text={health.state} />
        <bdi class="title-message">{visibleText(health.message)}</bdi>
        <span class="muted" title={formatDateTime(since)}>
          for {formatDuration(nowMs - since)}
        </span>
        <Link href={graphHref(moduleID)}>Show in the graph</Link>
      </p>
    </section>
  );
}

function References({ component }: { component: ComponentDetail }) {
  const { moduleID, referencesTo, referencedBy, dataFlowEdgesTo, createdModuleIDs = [] } = component;
  const inModule = (localID: string) => componentHref(fullIdOf({ moduleID, localID }));
  return (
    <section class="card" aria-label="References">
      <h2>References</h2>
      <Links title="Sends data to" ids={dataFlowEdgesTo} href={inModule} />
      <Links title="Refers to" ids={referencesTo} href={inModule} />
      <Links title="Referred to by" ids={referencedBy} href={inModule} />
      <Links title="Runs the modules" ids={createdModuleIDs} href={graphHref} />
    </section>
  );
}

function Links({ title, ids, href }: { title: string; ids: readonly string[]; href(id: string): string }) {
  if (ids.length === 0) return null;
  return (
    <div class="references">
      <h3>{title}</h3>
      <ul>
        {ids.map((id) => (
          <li key={id}>
            <Link href={href(id)}>
              <ComponentId id={id} />
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
