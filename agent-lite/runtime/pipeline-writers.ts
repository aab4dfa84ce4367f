/**
 * From a source's batch to the senders of the destinations it reaches: runs the plan of the signal and hands each output
 * to its sender. A batch counts as written when every destination has it on its spool.
 */
import type { Destination } from '../../core/delivery/destination.ts';
import { runLogsPlan } from '../../core/pipeline/logs-plan.ts';
import { MetricsPlan } from '../../core/pipeline/metrics-plan.ts';
import type { LogsReceiver, MetricsReceiver, ProfilesReceiver } from '../../core/pipeline/nodes.ts';
import { runProfilesPlan } from '../../core/pipeline/profiles-plan.ts';
import type { Batch, LogsBatch, ProfilesBatch } from '../../core/pipeline/signals.ts';
import type { LogsWriter, MetricsWriter, PipelineWriter } from '../context.ts';
import type { LiveView } from '../live/live-view.ts';
import type { HostDestination } from '../push/host-destination.ts';
import type { Sender } from '../push/sender.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Counter, Telemetry } from '../telemetry/metrics.ts';
import type { Clock } from './clock.ts';
import { reachableFromLogs, reachableFromMetrics, reachableFromProfiles } from './reachable.ts';

export interface WriterParts {
  readonly componentId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly senderOf: (destination: HostDestination) => Sender;
  readonly live: LiveView;
  /** Aborted when the host stops: lines that stages still hold back are then left to their marks. */
  readonly stopped: AbortSignal;
  /** Somebody waits for the answer to what is written: it goes to the spool at once. */
  readonly urgent?: boolean;
}

/** Enough for the label blocks of some ten thousand series of one source. */
const MAX_MEMO_BYTES = 16 * 1024 * 1024;

/** What the host asks of every writer: which destinations it may reach now. */
export interface OpenedWriter {
  destinations(): readonly Destination[];
}

export function openMetricsWriter(
  parts: WriterParts,
  forwardTo: () => readonly MetricsReceiver[],
): MetricsWriter & OpenedWriter {
  const plan = new MetricsPlan(forwardTo, { maxMemoBytes: MAX_MEMO_BYTES, validate: false });
  const dropped = droppedCounter(parts, 'metrics');
  return {
    destinations: () => reachableFromMetrics(forwardTo()),
    metadataIntervalMs() {
      const wanted = reachableFromMetrics(forwardTo()).flatMap(({ metadataIntervalMs }) => metadataIntervalMs ?? []);
      return wanted.length === 0 ? undefined : Math.min(...wanted);
    },
    async write(batch) {
      const result = plan.run(batch, { observer: parts.live.metricsObserver(parts.componentId, forwardTo) });
      const extended = batch.extended === true ? { extended: true } : {};
      dropped.add(result.dropped);
      for (const { reason, samples, example } of result.rejected) {
        parts.logger.warn('series were refused by the pipeline', { reason, samples, example });
        droppedCounter(parts, 'metrics', reason).add(samples);
      }
      await deliver(
        parts,
        result.outputs.map(({ destination, body, series, samples, histograms }) => {
          return { destination, batch: { signal: 'metrics', body, series, samples, histograms, ...extended } };
        }),
      );
    },
  };
}

export function openLogsWriter(
  parts: WriterParts,
  forwardTo: () => readonly LogsReceiver[],
): LogsWriter & OpenedWriter {
  const dropped = droppedCounter(parts, 'logs');
  const destinations = () => reachableFromLogs(forwardTo());
  let flushScheduled = false;

  async function write(batch: LogsBatch): Promise<void> {
    const observer = parts.live.logsObserver(parts.componentId, batch);
    const result = runLogsPlan(forwardTo(), batch, nowNs(parts.clock), observer);
    dropped.add(result.dropped);
    if (result.flushAtNs !== undefined) void flushAt(result.flushAtNs);
    await deliver(parts, result.outputs);
  }

  /** Some stage waits for more lines (multiline, cri): at its time an empty batch makes it give up waiting. */
  async function flushAt(atNs: bigint): Promise<void> {
    if (flushScheduled) return;
    flushScheduled = true;
    const waitMs = Number((atNs - nowNs(parts.clock)) / 1_000_000n) + 1;
    await parts.clock.sleep(Math.max(waitMs, 1), parts.stopped);
    flushScheduled = false;
    if (parts.stopped.aborted) return;
    await write({ signal: 'logs', streams: [], marks: [] }).catch((error: Error) => {
      parts.logger.warn('lines that were held back could not be written; they are read again after a restart', {
        err: error.message,
      });
    });
  }

  return {
    destinations,
    write,
    async marks() {
      const marks = new Map<string, string[]>();
      for (const destination of destinations()) {
        const spool = await parts.senderOf(destination).spool();
        for (const [key, position] of spool.marks(parts.componentId)) {
          const known = marks.get(key);
          if (known === undefined) marks.set(key, [position]);
          else known.push(position);
        }
      }
      return marks;
    },
  };
}

export function openProfilesWriter(
  parts: WriterParts,
  forwardTo: () => readonly ProfilesReceiver[],
): PipelineWriter<ProfilesBatch> & OpenedWriter {
  const dropped = droppedCounter(parts, 'profiles');
  return {
    destinations: () => reachableFromProfiles(forwardTo()),
    async write(batch) {
      const observer = parts.live.profilesObserver(parts.componentId, batch);
      const result = runProfilesPlan(forwardTo(), batch, observer);
      dropped.add(result.dropped);
      await deliver(parts, result.outputs);
    },
  };
}

export function nowNs(clock: Clock): bigint {
  return BigInt(clock.nowMs()) * 1_000_000n;
}

export async function deliver(
  { senderOf, urgent = false }: WriterParts,
  outputs: readonly { readonly destination: Destination; readonly batch: Batch }[],
  atOnce = urgent,
): Promise<void> {
  await Promise.all(outputs.map(({ destination, batch }) => senderOf(destination).write(batch, atOnce)));
}

/** With `message`, the first of each reason is logged as well. */
export function countDropped(
  parts: WriterParts,
  signal: string,
  message: string | undefined,
  leftOut: readonly { readonly reason: string; readonly items: number; readonly example: string }[],
): void {
  for (const { reason, items, example } of leftOut) {
    if (message !== undefined) parts.logger.warn(message, { reason, items, example });
    droppedCounter(parts, signal, reason).add(items);
  }
}

function droppedCounter({ telemetry, componentId }: WriterParts, signal: string, reason = 'pipeline'): Counter {
  const help = 'Samples, lines, spans and profiles that the pipeline dropped on purpose or refused.';
  return telemetry.counter(
    'spillway_agent_pipeline_dropped_items_total',
    help,
    { component_id: componentId, signal, reason },
    componentId,
  );
}
