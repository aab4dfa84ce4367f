/**
 * What waits in memory to become payloads of one signal for one destination: many small batches of sources become few
 * requests. Whoever wrote a batch waits for the promise, so nothing here was acknowledged to anybody yet.
 */
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { encodeLogsPayloads, encodeMetricsPayload, encodeTracesPayload } from '../../core/delivery/encode.ts';
import { formatLabels } from '../../core/labels/labels.ts';
import {
  type Batch,
  countLines,
  type LogEntry,
  type LogStream,
  type LogsBatch,
  type MetricsBatch,
  type SourceMark,
  type TracesBatch,
} from '../../core/pipeline/signals.ts';
import { splitWriteRequest } from '../../core/wire/remote-write-v1.ts';

export interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface Entry {
  readonly batch: Batch;
  readonly items: number;
  readonly bytes: number;
  readonly waiter: Waiter;
}

export class Accumulator {
  #entries: Entry[] = [];
  #items = 0;
  #bytes = 0;

  get items(): number {
    return this.#items;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  add(batch: Batch, waiter: Waiter): void {
    const entry = { batch, items: countItems(batch), bytes: estimateBytes(batch), waiter };
    this.#entries.push(entry);
    this.#items += entry.items;
    this.#bytes += entry.bytes;
  }

  takeOldest(): Entry | undefined {
    const entry = this.#entries.shift();
    if (entry === undefined) return undefined;
    this.#items -= entry.items;
    this.#bytes -= entry.bytes;
    return entry;
  }

  takeAll(): Entry[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#items = 0;
    this.#bytes = 0;
    return entries;
  }
}

export interface Encoded {
  readonly payloads: readonly Payload[];
  readonly marks: readonly SourceMark[];
}

export async function encodeEntries(
  destination: Destination,
  entries: readonly Entry[],
  gzip: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<Encoded> {
  const batches = entries.map(({ batch }) => batch);
  const metrics = batches.filter((batch): batch is MetricsBatch => batch.signal === 'metrics');
  const logs = batches.filter((batch): batch is LogsBatch => batch.signal === 'logs');
  const traces = batches.filter((batch): batch is TracesBatch => batch.signal === 'traces');
  const payloads: Payload[] = [];
  if (metrics.length > 0) payloads.push(...encodeMetrics(destination, metrics));
  if (logs.length > 0) payloads.push(...encodeLogsPayloads(destination, mergeLogs(logs)));
  const spans = traces.filter((batch) => batch.spans > 0);
  if (spans.length > 0) payloads.push(await encodeTracesPayload(destination, mergeTraces(spans), gzip));
  return { payloads, marks: logs.flatMap(({ marks }) => marks) };
}

/** Protobuf messages merge by concatenation: the result has all series of all bodies. */
function encodeMetrics(destination: Destination, batches: readonly MetricsBatch[]): Payload[] {
  const body = concatenate(batches.map((batch) => batch.body));
  const samples = batches.reduce((sum, batch) => sum + batch.samples, 0);
  if (body.length === 0) return [];
  if (samples <= destination.batch.maxItems) return [encodeMetricsPayload(destination, body, samples)];
  const parts = splitWriteRequest(body, destination.batch.maxItems);
  return parts.map((part) => encodeMetricsPayload(destination, part.body, part.samples));
}

function mergeTraces(batches: readonly TracesBatch[]): TracesBatch {
  const spans = batches.reduce((sum, batch) => sum + batch.spans, 0);
  return { signal: 'traces', body: concatenate(batches.map(({ body }) => body)), spans };
}

function mergeLogs(batches: readonly LogsBatch[]): LogsBatch {
  if (batches.length === 1) return batches[0]!;
  const merged = new Map<string, { labels: LogStream['labels']; entries: LogEntry[] }>();
  for (const { labels, entries } of batches.flatMap(({ streams }) => streams)) {
    const key = formatLabels(labels);
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { labels, entries: [...entries] });
    else for (const entry of entries) known.entries.push(entry);
  }
  return { signal: 'logs', streams: [...merged.values()], marks: [] };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

export function countItems(batch: Batch): number {
  if (batch.signal === 'metrics') return batch.samples;
  return batch.signal === 'logs' ? countLines(batch) : batch.spans;
}

/** What a batch takes in memory and, near enough, on the wire before compression. */
function estimateBytes(batch: Batch): number {
  if (batch.signal !== 'logs') return batch.body.length;
  let bytes = 0;
  for (const { entries } of batch.streams) for (const { line } of entries) bytes += line.length + 16;
  return bytes;
}
