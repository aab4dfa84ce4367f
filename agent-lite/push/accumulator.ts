/**
 * What waits in memory to become payloads of one signal for one destination: many small batches of sources become few
 * requests. Whoever wrote a batch waits for the promise, so nothing here was acknowledged to anybody yet.
 */
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { encodeLogsPayloads, encodeMetricsPayload, encodeOtlpPayload } from '../../core/delivery/encode.ts';
import { encodeProfilesPayloads } from '../../core/delivery/encode-profiles.ts';
import { halveOtlp } from '../../core/delivery/split-otlp.ts';
import { formatLabels } from '../../core/labels/labels.ts';
import {
  type Batch,
  countLines,
  countOtlp,
  countProfiles,
  isOtlp,
  type LogEntry,
  type LogStream,
  type LogsBatch,
  type MetricsBatch,
  type OtlpBatch,
  type ProfileSeries,
  type ProfilesBatch,
  type SourceMark,
} from '../../core/pipeline/signals.ts';
import { splitWriteRequest } from '../../core/wire/remote-write/v1.ts';

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
  const metrics = batches.filter((batch): batch is MetricsBatch => batch.signal === 'metrics' && !isOtlp(batch));
  const logs = batches.filter((batch): batch is LogsBatch => batch.signal === 'logs' && !isOtlp(batch));
  const payloads: Payload[] = [];
  if (metrics.length > 0) payloads.push(...encodeMetrics(destination, metrics));
  if (logs.length > 0) payloads.push(...encodeLogsPayloads(destination, mergeLogs(logs)));
  const otlp = batches.filter(isOtlp).filter((batch) => countOtlp(batch) > 0);
  for (const wanted of ['metrics', 'logs', 'traces'] as const) {
    const merged = mergeOtlp(otlp.filter(({ signal }) => signal === wanted));
    if (merged === undefined) continue;
    for (const part of divideOtlp(merged, destination)) payloads.push(await encodeOtlpPayload(destination, part, gzip));
  }
  // Each push on its own: Pyroscope refuses a request as a whole and keeps a part of it, so strangers must not share one.
  for (const batch of batches.filter(isProfiles)) payloads.push(...encodeProfilesPayloads(batch));
  return { payloads, marks: logs.flatMap(({ marks }) => marks) };
}

/** Protobuf messages merge by concatenation: the result has all series of all bodies. */
function encodeMetrics(destination: Destination, batches: readonly MetricsBatch[]): Payload[] {
  const body = concatenate(batches.map((batch) => batch.body));
  const samples = batches.reduce((sum, batch) => sum + batch.samples, 0);
  if (body.length === 0) return [];
  const extended = batches.some((batch) => batch.extended === true);
  const parts =
    samples <= destination.batch.maxItems ? [{ body, samples }] : splitWriteRequest(body, destination.batch.maxItems);
  // A body that is known to hold no native histograms need not be searched for them.
  const histograms = batches.every((batch) => batch.histograms === 0) ? { histograms: 0 } : {};
  const payloads = parts.map((part) => encodeMetricsPayload(destination, { ...part, ...histograms, extended }));
  return payloads.filter((payload) => payload !== undefined);
}

function isProfiles(batch: Batch): batch is ProfilesBatch {
  return batch.signal === 'profiles';
}

/** Halves until each part is no larger than one request may be, or cannot be divided. */
function divideOtlp(batch: OtlpBatch, destination: Destination): OtlpBatch[] {
  const { maxItems, maxBytes } = destination.batch;
  const fits = countOtlp(batch) <= maxItems && batch.body.length <= maxBytes;
  const halves = fits ? [] : halveOtlp(batch.signal, batch.body);
  if (halves.length < 2) return [batch];
  return halves.flatMap(({ body, items }) => divideOtlp(withItems(batch, body, items), destination));
}

/** All of one signal; undefined for none. */
function mergeOtlp(batches: readonly OtlpBatch[]): OtlpBatch | undefined {
  const [first] = batches;
  if (first === undefined || batches.length === 1) return first;
  const body = concatenate(batches.map((batch) => batch.body));
  const items = batches.reduce((sum, batch) => sum + countOtlp(batch), 0);
  return withItems(first, body, items);
}

function withItems(batch: OtlpBatch, body: Uint8Array, items: number): OtlpBatch {
  switch (batch.signal) {
    case 'metrics':
      return { ...batch, body, dataPoints: items };
    case 'logs':
      return { ...batch, body, records: items };
    case 'traces':
      return { ...batch, body, spans: items };
  }
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
  if (isOtlp(batch)) return countOtlp(batch);
  switch (batch.signal) {
    case 'metrics':
      return batch.samples;
    case 'logs':
      return countLines(batch);
    case 'profiles':
      return countProfiles(batch);
  }
}

/** What a batch takes in memory and, near enough, on the wire before compression. */
function estimateBytes(batch: Batch): number {
  if (isOtlp(batch)) return batch.body.length;
  switch (batch.signal) {
    case 'metrics':
      return batch.body.length;
    case 'logs':
      return batch.streams.reduce((bytes, stream) => bytes + entriesBytes(stream), 0);
    case 'profiles':
      return batch.series.reduce((bytes, { content }) => bytes + contentBytes(content), 0);
  }
}

function entriesBytes({ entries }: LogStream): number {
  return entries.reduce((bytes, { line }) => bytes + line.length + 16, 0);
}

function contentBytes(content: ProfileSeries['content']): number {
  if (content.kind === 'ingest') return content.body.length;
  return content.samples.reduce((bytes, sample) => bytes + sample.length, 0);
}
