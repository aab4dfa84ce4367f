/** Depth and age of a backlog over the last hours, one above the other on the same time axis. */
import { useState } from 'preact/hooks';
import { formatBytes } from '../format/numbers.ts';
import { formatDuration } from '../format/time.ts';
import { Chart } from '../parts/chart.tsx';
import { BYTE_STEPS } from '../parts/plot.ts';
import type { BacklogPointView, OutboxView } from './api.ts';
import { backlogCurves, fittingSpanMs, SPANS_MS } from './outbox-history.ts';

interface OutboxChartProps {
  readonly outbox: OutboxView;
  readonly history: readonly BacklogPointView[];
  /** The gateway's clock. */
  readonly nowMs: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const AGE_STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE),
  ...[1, 2, 3, 6, 12].map((step) => step * HOUR),
  ...[1, 2, 5].map((step) => step * DAY),
];

const formatSeconds = (seconds: number) => formatDuration(seconds * 1000);

export function OutboxChart({ outbox, history, nowMs }: OutboxChartProps) {
  const [fittingMs] = useState(() => fittingSpanMs(history, outbox, nowMs));
  const [chosenMs, setChosenMs] = useState<number>();
  const spanMs = chosenMs ?? fittingMs;
  const span: readonly [number, number] = [nowMs - spanMs, nowMs];
  const { bytes, ageSeconds } = backlogCurves(history, outbox, span[0], nowMs);
  return (
    <section class="card outbox-chart" aria-labelledby="backlog-title">
      <div class="card-head">
        <h2 id="backlog-title">Backlog over time</h2>
        <span class="actions">
          {SPANS_MS.map((choiceMs) => (
            <button
              type="button"
              key={choiceMs}
              class="quiet choice"
              aria-pressed={choiceMs === spanMs}
              onClick={() => setChosenMs(choiceMs)}
            >
              {formatDuration(choiceMs)}
            </button>
          ))}
        </span>
      </div>
      <h3>Bytes waiting</h3>
      <Chart
        points={bytes}
        color="--attention"
        label="bytes waiting"
        format={formatBytes}
        steps={BYTE_STEPS}
        span={span}
        sync="outbox"
      />
      <h3>Age of the oldest</h3>
      <Chart
        points={ageSeconds}
        color="--accent"
        label="age of the oldest payload"
        format={formatSeconds}
        steps={AGE_STEPS}
        span={span}
        sync="outbox"
      />
    </section>
  );
}
