/**
 * A push as a dry run gets to see it: decoded, at most 256 KiB of it, in memory of its own. Cut between series, lines or
 * resources, never inside one. Of profiles only the labels: no rule looks at anything else.
 */
import { ByteReader } from '../../core/bytes/reader.ts';
import type { Labels } from '../../core/labels/labels.ts';
import type { LogStream, OtlpBatch, ProfileSeries, Signal } from '../../core/pipeline/signals.ts';
import { countLogRecords } from '../../core/wire/otlp/logs.ts';
import { countDataPoints } from '../../core/wire/otlp/metrics.ts';
import { countSpans } from '../../core/wire/otlp/traces.ts';
import { profilesIn } from '../../core/wire/pyroscope/profile-series.ts';
import { splitWriteRequest } from '../../core/wire/remote-write/v1.ts';
import type { Decoded, DecodedBatch } from '../ingest/protocol.ts';
import type { ForcedLabels } from '../tenants/forced-labels.ts';

export const MAX_SAMPLE_BYTES = 256 * 1024;

/** Plain data: it goes from an isolate to the hub and from there to whoever asked. */
export interface LiveSample {
  readonly signal: Signal;
  readonly batch: DecodedBatch;
  /** Of the token that the push came with. */
  readonly forced: ForcedLabels;
  /** False where a part of the push was left out for its size. */
  readonly whole: boolean;
  readonly bytes: number;
}

/** Undefined where not even a part of it fits. */
export function liveSample({ batch }: Decoded, forced: ForcedLabels): LiveSample | undefined {
  const cut = cutBatch(batch);
  if (cut === undefined) return undefined;
  return { signal: batch.signal, batch: cut.batch, forced, whole: cut.whole, bytes: Math.max(1, cut.bytes) };
}

interface Cut {
  readonly batch: DecodedBatch;
  readonly whole: boolean;
  readonly bytes: number;
}

function cutBatch(batch: DecodedBatch): Cut | undefined {
  if (batch.signal === 'traces' || 'encoding' in batch) {
    const body = firstFields(batch.body, MAX_SAMPLE_BYTES);
    if (body.byteLength === 0) return undefined;
    return {
      batch: recounted({ ...batch, body }),
      whole: body.byteLength === batch.body.byteLength,
      bytes: body.byteLength,
    };
  }
  switch (batch.signal) {
    case 'metrics': {
      const body = firstFields(batch.body, MAX_SAMPLE_BYTES);
      if (body.byteLength === 0) return undefined;
      return { batch: { ...batch, body }, whole: body.byteLength === batch.body.byteLength, bytes: body.byteLength };
    }
    case 'logs': {
      const { kept, whole, bytes } = firstLines(batch.streams);
      return kept.length === 0 ? undefined : { batch: { signal: 'logs', streams: kept, marks: [] }, whole, bytes };
    }
    case 'profiles': {
      const series = batch.series.map(labelsOnly);
      const bytes = series.reduce((sum, { labels }) => sum + labelBytes(labels), 0);
      if (bytes > MAX_SAMPLE_BYTES) return undefined;
      return { batch: { signal: 'profiles', series }, whole: true, bytes };
    }
  }
}

/** Fields at the top of a protobuf message, as many as fit; a copy, because the memory of bodies is used again. */
function firstFields(body: Uint8Array, maxBytes: number): Uint8Array {
  if (body.byteLength <= maxBytes) return body.slice();
  const reader = new ByteReader(body);
  let end = 0;
  while (!reader.done && reader.pos <= maxBytes) {
    reader.skip(reader.tag() & 7);
    if (reader.pos <= maxBytes) end = reader.pos;
  }
  return body.slice(0, end);
}

function recounted(batch: OtlpBatch): OtlpBatch {
  switch (batch.signal) {
    case 'metrics':
      return { ...batch, dataPoints: countDataPoints(batch.body) };
    case 'logs':
      return { ...batch, records: countLogRecords(batch.body) };
    case 'traces':
      return { ...batch, spans: countSpans(batch.body) };
  }
}

function firstLines(streams: readonly LogStream[]): { kept: LogStream[]; whole: boolean; bytes: number } {
  const kept: LogStream[] = [];
  let bytes = 0;
  for (const { labels, entries } of streams) {
    bytes += labelBytes(labels);
    const fitting = entries.filter(({ line, metadata }) => {
      if (bytes > MAX_SAMPLE_BYTES) return false;
      bytes += line.length + labelBytes(metadata);
      return bytes <= MAX_SAMPLE_BYTES;
    });
    if (fitting.length > 0) kept.push({ labels, entries: fitting });
    if (fitting.length < entries.length) return { kept, whole: false, bytes: Math.min(bytes, MAX_SAMPLE_BYTES) };
  }
  return { kept, whole: true, bytes };
}

function labelsOnly({ labels, content }: ProfileSeries): ProfileSeries {
  const samples = Array.from({ length: profilesIn({ labels, content }) }, () => new Uint8Array());
  return { labels, content: { kind: 'push', samples } };
}

function labelBytes(labels: Labels): number {
  return labels.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
}

/** What is compared on its own: one series, one line, the profiles of one label set; of OTLP the push, which stays whole. */
export function pieces({ batch }: LiveSample): DecodedBatch[] {
  if (batch.signal === 'traces' || 'encoding' in batch) return [batch];
  switch (batch.signal) {
    case 'metrics':
      return splitWriteRequest(batch.body, 1)
        .filter(({ series }) => series > 0)
        .map(({ body }) => ({ ...batch, body }));
    case 'logs':
      return batch.streams.flatMap(({ labels, entries }) =>
        entries.map((entry): DecodedBatch => ({ ...batch, streams: [{ labels, entries: [entry] }] })),
      );
    case 'profiles':
      return batch.series.map((series): DecodedBatch => ({ signal: 'profiles', series: [series] }));
  }
}
