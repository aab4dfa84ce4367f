/**
 * Halving a payload that its destination called too large (413). Deterministic, so that a part can be found again after
 * a crash by halving anew (drain.ts). Counts are kept: the items of the halves add up to the items of the whole.
 */
import { snappyDecode, snappyDecodedLength, snappyEncode } from '../codec/snappy.ts';
import type { LogStream } from '../pipeline/signals.ts';
import { decodeLokiPush, encodeLokiPush } from '../wire/loki/push.ts';
import {
  decodePyroscopePush,
  encodePyroscopePush,
  type PushedSeries,
  PYROSCOPE_PUSH_PATH,
} from '../wire/pyroscope/push.ts';
import { splitWriteRequest } from '../wire/remote-write/v1.ts';
import { decodeRemoteWrite2, encodeRemoteWrite2, isRemoteWrite2 } from '../wire/remote-write/v2.ts';
import type { Payload } from './destination.ts';
import type { Split } from './drain.ts';
import { halveOtlp, isOtlpPayload } from './split-otlp.ts';

export interface Gzip {
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
  readonly decompress: (bytes: Uint8Array) => Promise<Uint8Array>;
}

export function payloadSplitter(gzip: Gzip): Split {
  return (payload) => {
    if (isOtlpPayload(payload)) return halveOtlpPayload(payload, gzip);
    switch (payload.signal) {
      case 'metrics':
        return halveMetrics(payload);
      case 'logs':
        return halveLogs(payload);
      case 'profiles':
        return halveProfiles(payload);
      case 'traces':
        return [];
    }
  };
}

function halveMetrics(payload: Payload): Payload[] {
  if (payload.items < 2) return [];
  const body = snappyDecode(payload.body, snappyDecodedLength(payload.body));
  const isVersion2 = isRemoteWrite2(payload.contentType);
  const whole = isVersion2 ? decodeRemoteWrite2(body, Number.POSITIVE_INFINITY).body : body;
  const parts = splitWriteRequest(whole, Math.ceil(payload.items / 2));
  if (parts.length < 2) return [];
  return parts.map((part) => {
    const encoded = isVersion2 ? encodeRemoteWrite2(part.body, { extended: true }) : part.body;
    return { ...payload, body: snappyEncode(encoded), items: part.samples };
  });
}

function halveLogs(payload: Payload): Payload[] {
  if (payload.items < 2) return [];
  const streams = decodeLokiPush(snappyDecode(payload.body, snappyDecodedLength(payload.body)));
  const half = payload.items >> 1;
  const parts = [takeLines(streams, 0, half), takeLines(streams, half, payload.items)];
  return parts.map((part) => ({
    ...payload,
    body: snappyEncode(encodeLokiPush(part)),
    items: part.reduce((lines, stream) => lines + stream.entries.length, 0),
  }));
}

/** The lines numbered [from, to) across all streams, with their streams. */
function takeLines(streams: readonly LogStream[], from: number, to: number): LogStream[] {
  const taken: LogStream[] = [];
  let start = 0;
  for (const stream of streams) {
    const entries = stream.entries.slice(Math.max(0, from - start), Math.max(0, to - start));
    if (entries.length > 0) taken.push({ labels: stream.labels, entries });
    start += stream.entries.length;
  }
  return taken;
}

async function halveOtlpPayload(payload: Payload, gzip: Gzip): Promise<Payload[]> {
  if (payload.items < 2) return [];
  const zipped = payload.contentEncoding === 'gzip';
  const halves = halveOtlp(payload.signal, zipped ? await gzip.decompress(payload.body) : payload.body);
  return Promise.all(
    halves.map(async ({ body, items }) => ({ ...payload, body: zipped ? await gzip.compress(body) : body, items })),
  );
}

/** What was sent to `/ingest` is one profile in a format of its own, and stays whole. */
function halveProfiles(payload: Payload): Payload[] {
  if (payload.items < 2 || payload.path !== PYROSCOPE_PUSH_PATH) return [];
  const series = decodePyroscopePush(payload.body);
  const half = payload.items >> 1;
  const parts = [takeProfiles(series, 0, half), takeProfiles(series, half, payload.items)];
  return parts.map((part) => ({
    ...payload,
    body: encodePyroscopePush(part),
    items: part.reduce((profiles, { content }) => profiles + content.samples.length, 0),
  }));
}

/** The profiles numbered [from, to) across all series, with their labels. */
function takeProfiles(series: readonly PushedSeries[], from: number, to: number): PushedSeries[] {
  const taken: PushedSeries[] = [];
  let start = 0;
  for (const { labels, content } of series) {
    const samples = content.samples.slice(Math.max(0, from - start), Math.max(0, to - start));
    if (samples.length > 0) taken.push({ labels, content: { kind: 'push', samples } });
    start += content.samples.length;
  }
  return taken;
}
