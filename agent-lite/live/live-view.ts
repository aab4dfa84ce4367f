/**
 * Who watches the pipeline, and what they are shown. Sources ask for an observer before they run a plan; while nobody looks
 * they get none, and the plan runs as if there were no live view.
 */
import type { Labels } from '../../core/labels/labels.ts';
import type { MetricsReceiver } from '../../core/pipeline/nodes.ts';
import type { FlowObserver, LogsObserver, MetricsObserver, ProfilesObserver } from '../../core/pipeline/observer.ts';
import type { OtlpRouteObserver } from '../../core/pipeline/otlp-route.ts';
import { traceSeries } from '../../core/pipeline/series-trace.ts';
import type { LogsBatch, OtlpBatch, ProfilesBatch } from '../../core/pipeline/signals.ts';
import { decodeLabelBlock, decodeSeriesRest } from '../../core/wire/remote-write/v1.ts';
import type { DebugStream } from './debug-stream.ts';
import {
  lineTexts,
  profileTexts,
  relabelledLines,
  relabelledProfiles,
  relabelText,
  sampleTexts,
  targetsText,
} from './event-text.ts';
import { otlpText } from './otlp-text.ts';

/** Alloy's names of what flows. */
export type FlowType =
  | 'prometheus_metric'
  | 'loki_log'
  | 'otel_metric'
  | 'otel_log'
  | 'otel_trace'
  | 'pyroscope_profile'
  | 'target';

const OTLP_FLOWS = { metrics: 'otel_metric', logs: 'otel_log', traces: 'otel_trace' } as const;

export type FlowListener = (from: string, to: string | undefined, type: FlowType, items: number) => void;

export class LiveView {
  readonly #listeners = new Set<FlowListener>();
  readonly #streams = new Map<DebugStream, () => void>();
  #debuggingEnabled = false;

  /** `livedebugging { enabled = true }`: without it nobody is shown what the data is, only how much. */
  get debuggingEnabled(): boolean {
    return this.#debuggingEnabled;
  }

  setDebugging(enabled: boolean): void {
    this.#debuggingEnabled = enabled;
    if (!enabled) for (const close of [...this.#streams.values()]) close();
  }

  /** Returns what ends it. */
  watchFlow(listener: FlowListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `closed` is called when live debugging is switched off. Returns what ends it. */
  watchComponent(stream: DebugStream, closed: () => void): () => void {
    const end = () => this.#streams.delete(stream);
    this.#streams.set(stream, () => {
      end();
      closed();
    });
    return end;
  }

  metricsObserver(source: string, entry: () => readonly MetricsReceiver[]): MetricsObserver | undefined {
    if (this.#idle) return undefined;
    const flow = this.#flowObserver(source, 'prometheus_metric');
    const streams = [...this.#streams.keys()].filter(
      ({ componentId }) => componentId === source || leadsTo(entry(), componentId),
    );
    if (streams.length === 0) return flow;
    const series = (bytes: Uint8Array, labelsStart: number, labelsEnd: number, end: number) => {
      for (const stream of streams) {
        if (stream.wants()) showSeries(stream, source, entry(), bytes, labelsStart, labelsEnd, end);
      }
    };
    return { ...flow, series };
  }

  logsObserver(source: string, batch: LogsBatch): LogsObserver | undefined {
    if (this.#idle) return undefined;
    const flow = this.#flowObserver(source, 'loki_log');
    if (this.#streams.size === 0) return flow;
    this.#show(source, () => lineTexts('[OUT]', batch));
    const logs = (componentId: string, before: LogsBatch, after: LogsBatch) =>
      this.#show(componentId, () => changesOfLines(componentId, before, after));
    return { ...flow, logs };
  }

  otlpObserver<B extends OtlpBatch>(source: string, batch: B): OtlpRouteObserver<B> | undefined {
    if (this.#idle) return undefined;
    const flow = this.#flowObserver(source, OTLP_FLOWS[batch.signal]);
    if (this.#streams.size === 0) return flow;
    this.#show(source, () => [otlpText(batch)]);
    const passed = (componentId: string, _before: B, after: B) => this.#show(componentId, () => [otlpText(after)]);
    return { ...flow, passed };
  }

  profilesObserver(source: string, batch: ProfilesBatch): ProfilesObserver | undefined {
    if (this.#idle) return undefined;
    const flow = this.#flowObserver(source, 'pyroscope_profile');
    if (this.#streams.size === 0) return flow;
    this.#show(source, () => profileTexts(batch));
    const profiles = (componentId: string, before: ProfilesBatch, after: ProfilesBatch) =>
      this.#show(componentId, () => changesOfProfiles(componentId, before, after));
    return { ...flow, profiles };
  }

  /** A component exports other targets now. They go to whoever refers to them. */
  targetsChanged(source: string, targets: () => readonly Readonly<Record<string, string>>[]): void {
    if (this.#idle) return;
    for (const listener of this.#listeners) listener(source, undefined, 'target', targets().length);
    this.#show(source, () => [targetsText(targets())]);
  }

  get #idle(): boolean {
    return this.#listeners.size === 0 && this.#streams.size === 0;
  }

  #flowObserver(source: string, type: FlowType): FlowObserver {
    return {
      flowed: (from, to, items) => {
        for (const listener of this.#listeners) listener(from === '' ? source : from, to, type, items);
      },
    };
  }

  /** Makes texts one by one, only as many as are wanted. */
  #show(componentId: string, texts: () => Iterable<string>): void {
    for (const stream of this.#streams.keys()) {
      if (stream.componentId !== componentId) continue;
      try {
        for (const text of texts()) if (stream.wants()) stream.push(text);
      } catch (error) {
        stream.push(`this cannot be shown: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}

function changesOfLines(componentId: string, before: LogsBatch, after: LogsBatch): Iterable<string> {
  const local = componentId.slice(componentId.lastIndexOf('/') + 1);
  if (local.startsWith('loki.relabel.')) return relabelledLines(before, after);
  if (local.startsWith('loki.process.')) return inAndOut(before, after);
  return lineTexts('[IN]', before);
}

function changesOfProfiles(componentId: string, before: ProfilesBatch, after: ProfilesBatch): Iterable<string> {
  const local = componentId.slice(componentId.lastIndexOf('/') + 1);
  return local.startsWith('pyroscope.relabel.') ? relabelledProfiles(before, after) : profileTexts(before);
}

function* inAndOut(before: LogsBatch, after: LogsBatch): Generator<string> {
  yield* lineTexts('[IN]', before);
  yield* lineTexts('[OUT]', after);
}

function showSeries(
  stream: DebugStream,
  source: string,
  entry: readonly MetricsReceiver[],
  bytes: Uint8Array,
  labelsStart: number,
  labelsEnd: number,
  end: number,
): void {
  const labels = readable(bytes.subarray(labelsStart, labelsEnd));
  if (labels === undefined) return;
  const series = decodeSeriesRest(labels, bytes, labelsEnd, end);
  if (stream.componentId === source) {
    for (const text of sampleTexts(labels, series)) stream.push(text);
    return;
  }
  const step = traceSeries(entry, labels).find(({ componentId }) => componentId === stream.componentId);
  if (step === undefined) return;
  if (step.kind === 'transform') stream.push(relabelText(step.before, step.after));
  else for (const text of sampleTexts(step.before, series)) stream.push(text);
}

/** Labels that are not UTF-8 are the pipeline's to refuse; looking at them must not fail it. */
function readable(block: Uint8Array): Labels | undefined {
  try {
    return decodeLabelBlock(block);
  } catch {
    return undefined;
  }
}

function leadsTo(receivers: readonly MetricsReceiver[], componentId: string): boolean {
  return receivers
    .flatMap((receiver) => receiver.nodes())
    .some(
      (node) => node.componentId === componentId || (node.kind === 'transform' && leadsTo(node.next(), componentId)),
    );
}
