/** Counters and rates at the top, then the newest series, log lines, spans and profiles. */
import { useState } from 'preact/hooks';
import { formatExact, formatShort } from '../format/numbers.ts';
import { smooth } from '../format/smooth.ts';
import { formatClock, formatDuration } from '../format/time.ts';
import { Chart } from '../parts/chart.tsx';
import { Freshness, Header, NoAnswer } from '../parts/header.tsx';
import { useNow, usePoll } from '../parts/poll.ts';
import type { ReceiverStatus } from './api.ts';
import { loadStatus, setRefuse } from './load.ts';
import { LogsPanel } from './logs-panel.tsx';
import { ProfilesPanel } from './profiles-panel.tsx';
import { SeriesPanel } from './series-panel.tsx';
import { SpansPanel } from './spans-panel.tsx';

const POLL_MS = 2_000;

export function App() {
  const nowMs = useNow();
  const [paused, setPaused] = useState(false);
  const polled = usePoll('status', POLL_MS, paused, loadStatus);
  const status = polled.data;
  return (
    <>
      <Header title="Receiver" place={location.host}>
        <Freshness polled={polled} paused={paused} nowMs={nowMs} />
        <button type="button" class="quiet" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Resume' : 'Pause'}
        </button>
      </Header>
      <NoAnswer
        who="The receiver"
        polled={polled}
        advice="If it was stopped, senders keep the data and deliver it once it is back."
      />
      {status && status.refuseStatus !== 0 && <RefuseNotice status={status} />}
      <main class={`page ${polled.failingSinceMs === undefined ? '' : 'page-old'}`}>
        {status ? <Counters status={status} /> : !polled.error && <p class="empty">Asking the receiver…</p>}
        {status && <OutageSwitch status={status} onChanged={polled.refresh} />}
        <div class="panels">
          <SeriesPanel everyMs={POLL_MS} paused={paused} />
          <LogsPanel everyMs={POLL_MS} paused={paused} nowMs={nowMs} />
        </div>
        <SpansPanel everyMs={POLL_MS} paused={paused} nowMs={nowMs} />
        <ProfilesPanel everyMs={POLL_MS} paused={paused} nowMs={nowMs} />
      </main>
    </>
  );
}

function RefuseNotice({ status }: { status: ReceiverStatus }) {
  const sinceMs = status.refusedSinceMs ?? status.nowMs;
  return (
    <div class="notice notice-attention" role="alert">
      <strong>Refusing deliveries with HTTP {status.refuseStatus}</strong> since {formatClock(sinceMs)} (
      {formatDuration(status.nowMs - sinceMs)}), {formatExact(status.requests.refused)} refused so far. The backlog
      grows at the sender until the switch below is turned off.
    </div>
  );
}

function Counters({ status }: { status: ReceiverStatus }) {
  const { summary, history } = status;
  const rates = ([1, 2, 3, 4] as const).map((column) =>
    smooth(history.map((point) => [point[0], point[column]] as const)),
  );
  return (
    <section class="signals" aria-label="Received">
      <Counter
        name="metrics"
        title="Metrics"
        rate={rates[0]!}
        unit="samples/s"
        counts={{ samples: summary.metrics.samples, series: summary.metrics.series }}
      />
      <Counter
        name="logs"
        title="Logs"
        rate={rates[1]!}
        unit="lines/s"
        counts={{ lines: summary.logs.lines, streams: summary.logs.streams }}
      />
      <Counter name="traces" title="Traces" rate={rates[2]!} unit="spans/s" counts={{ spans: summary.traces.spans }} />
      <Counter
        name="profiles"
        title="Profiles"
        rate={rates[3]!}
        unit="profiles/s"
        counts={{ profiles: summary.profiles.profiles, 'label sets': summary.profiles.series }}
      />
    </section>
  );
}

interface CounterProps {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly rate: readonly (readonly [number, number])[];
  readonly counts: Readonly<Record<string, number>>;
}

function Counter({ name, title, unit, rate, counts }: CounterProps) {
  return (
    <article class={`card signal signal-${name}`}>
      <h2>{title}</h2>
      <p class="figure">
        <span class="figure-number">{formatShort(rate.at(-1)?.[1] ?? 0)}</span> <span class="figure-unit">{unit}</span>
      </p>
      <Chart
        points={rate.some(([, perSecond]) => perSecond > 0) ? rate : []}
        color={`--${name}`}
        unit={unit}
        label={`${name} received, ${unit}`}
      />
      <dl class="totals">
        {Object.entries(counts).map(([what, count]) => (
          <div class="total" key={what}>
            <dt>{what}</dt>
            <dd data-count={what}>{formatExact(count)}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function OutageSwitch({ status, onChanged }: { status: ReceiverStatus; onChanged(): void }) {
  const [problem, setProblem] = useState('');
  const on = status.refuseStatus !== 0;
  async function toggle(): Promise<void> {
    try {
      await setRefuse(on ? 0 : 503);
      setProblem('');
    } catch (error) {
      setProblem(`That did not work. ${(error as Error).message}.`);
    }
    onChanged();
  }
  const { accepted, refused, malformed } = status.requests;
  return (
    <section class="card outage">
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked={on}
          aria-checked={on}
          onChange={toggle}
          aria-describedby="outage-help"
        />
        <span class="switch-track" aria-hidden="true" />
        <span class="switch-text">Refuse deliveries (503)</span>
      </label>
      <p id="outage-help" class="muted small">
        Plays an outage: every delivery is answered 503 until you turn this off. Watch the backlog in the console.
        {problem && <span class="problem"> {problem}</span>}
      </p>
      <p class="muted small outage-counts">
        {formatExact(accepted)} deliveries taken, {formatExact(refused)} refused, {formatExact(malformed)} malformed ·{' '}
        {formatExact(status.order.outOfOrder)} samples out of order, {formatExact(status.order.repeated)} repeated
        {status.lastError && (
          <span class="problem" title={status.lastError.path}>
            {' '}
            · last malformed at {formatClock(status.lastError.atMs)}: {status.lastError.reason},{' '}
            {status.lastError.message}
          </span>
        )}
      </p>
    </section>
  );
}
