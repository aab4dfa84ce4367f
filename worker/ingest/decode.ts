/**
 * From bytes as they arrived to a batch: one decoder per signal, each with the formats it takes. Sizes are checked before
 * memory is taken; whatever is wrong with a body is thrown as an OutcomeError with its reason.
 */
import { decodeUtf8 } from '../../core/bytes/utf8.ts';
import { snappyDecode } from '../../core/codec/snappy.ts';
import type { Outcome } from '../../core/outcome.ts';
import {
  type Batch,
  countLines,
  type LogsBatch,
  type MetricsBatch,
  type TracesBatch,
} from '../../core/pipeline/signals.ts';
import { decodeLokiPush, decodeLokiPushJson } from '../../core/wire/loki-push.ts';
import { countSpans, otlpTracesJsonToProtobuf } from '../../core/wire/otlp-traces.ts';
import { countWriteRequest } from '../../core/wire/remote-write-v1.ts';
import { gunzipBounded } from '../compression.ts';
import { type Accepted, type Format, type FormatHeaders, negotiate } from './format.ts';

/** JSON becomes a text and then objects, each larger than the bytes, and a Worker has 128 MB in all. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;

export interface Decoded {
  readonly batch: DecodedBatch;
  /**
   * Samples, lines or spans. Counting samples is a walk of its own over the body, which only limits need: the pipeline
   * counts them anyway. Throws OutcomeError.
   */
  items(): number;
  /** Size without compression. */
  readonly bytes: number;
  /** The snappy form as it came, to be forwarded where nothing changes. */
  readonly compressed?: Uint8Array;
}

export type DecodedBatch = Pick<MetricsBatch, 'signal' | 'body'> | LogsBatch | TracesBatch;

export interface SignalDecoder {
  readonly signal: Batch['signal'];
  /** What an item is called in messages. */
  readonly unit: string;
  negotiate(headers: FormatHeaders): Outcome<Format>;
  /** Throws OutcomeError, body_too_large where more than `maxBytes` would be unpacked. */
  decode(body: Uint8Array, format: Format, maxBytes: number): Promise<Decoded>;
}

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPES = ['application/json'];

// Prometheus treats a missing type and encoding as remote write 1.0 with snappy, for old senders; so do we.
const REMOTE_WRITE: readonly Accepted[] = [
  { kind: 'protobuf', types: [PROTOBUF, ''], encodings: ['snappy', ''], defaultEncoding: 'snappy' },
];
const REMOTE_WRITE_2 = /;\s*proto\s*=\s*"?io\.prometheus\.write\.v2\.Request"?/i;

// Loki's protobuf is always snappy; "snappy" as Content-Encoding is a marker that some clients add.
const LOKI: readonly Accepted[] = [
  { kind: 'json', types: JSON_TYPES, encodings: ['', 'identity', 'gzip'] },
  { kind: 'protobuf', types: [PROTOBUF], encodings: ['', 'snappy'], defaultEncoding: 'snappy' },
];

const OTLP: readonly Accepted[] = [
  { kind: 'protobuf', types: [PROTOBUF], encodings: ['', 'identity', 'gzip'] },
  { kind: 'json', types: JSON_TYPES, encodings: ['', 'identity', 'gzip'] },
];

export const metricsDecoder: SignalDecoder = {
  signal: 'metrics',
  unit: 'samples',
  negotiate(headers) {
    // 415 makes a sender of remote write 2.0 fall back to 1.0, as its specification says.
    if (REMOTE_WRITE_2.test(headers.contentType))
      return negotiate({ ...headers, contentType: headers.contentType.replace(';', ' ') }, REMOTE_WRITE);
    return negotiate(headers, REMOTE_WRITE);
  },
  async decode(compressed, _format, maxBytes) {
    const body = snappyDecode(compressed, maxBytes);
    return {
      batch: { signal: 'metrics', body },
      items: () => countWriteRequest(body).samples,
      bytes: body.length,
      compressed,
    };
  },
};

export const logsDecoder: SignalDecoder = {
  signal: 'logs',
  unit: 'lines',
  negotiate: (headers) => negotiate(headers, LOKI),
  async decode(body, format, maxBytes) {
    const bytes = await decompress(body, format, maxBytes);
    const streams = format.kind === 'json' ? decodeLokiPushJson(decodeUtf8(bytes)) : decodeLokiPush(bytes);
    const batch: LogsBatch = { signal: 'logs', streams, marks: [] };
    const lines = countLines(batch);
    return { batch, items: () => lines, bytes: bytes.length };
  },
};

export const tracesDecoder: SignalDecoder = {
  signal: 'traces',
  unit: 'spans',
  negotiate: (headers) => negotiate(headers, OTLP),
  async decode(compressed, format, maxBytes) {
    const bytes = await decompress(compressed, format, maxBytes);
    const body = format.kind === 'json' ? otlpTracesJsonToProtobuf(decodeUtf8(bytes)) : bytes;
    const spans = countSpans(body);
    return { batch: { signal: 'traces', body, spans }, items: () => spans, bytes: bytes.length };
  },
};

async function decompress(body: Uint8Array, { kind, encoding }: Format, maxBytes: number): Promise<Uint8Array> {
  const limit = kind === 'json' ? Math.min(maxBytes, MAX_JSON_BYTES) : maxBytes;
  switch (encoding) {
    case '':
      return body;
    case 'snappy':
      return snappyDecode(body, limit);
    case 'gzip':
      return gunzipBounded(body, limit);
  }
}
