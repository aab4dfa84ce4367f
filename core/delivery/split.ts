/**
 * Halving a payload that its destination called too large (413). Deterministic, so that a part can be found again after
 * a crash by halving anew (drain.ts). Counts are kept: the items of the halves add up to the items of the whole.
 */
import { snappyDecode, snappyDecodedLength, snappyEncode } from '../codec/snappy.ts';
import type { LogStream } from '../pipeline/signals.ts';
import { decodeLokiPush, encodeLokiPush } from '../wire/loki-push.ts';
import { splitWriteRequest } from '../wire/remote-write-v1.ts';
import type { Payload } from './destination.ts';
import type { Split } from './drain.ts';
import { halveTraces } from './split-traces.ts';

export interface Gzip {
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
  readonly decompress: (bytes: Uint8Array) => Promise<Uint8Array>;
}

export function payloadSplitter(gzip: Gzip): Split {
  return (payload) => {
    switch (payload.signal) {
      case 'metrics':
        return halveMetrics(payload);
      case 'logs':
        return halveLogs(payload);
      case 'traces':
        return halveTracesPayload(payload, gzip);
      case 'profiles':
        return [];
    }
  };
}

function halveMetrics(payload: Payload): Payload[] {
  if (payload.items < 2) return [];
  const body = snappyDecode(payload.body, snappyDecodedLength(payload.body));
  const parts = splitWriteRequest(body, Math.ceil(payload.items / 2));
  if (parts.length < 2) return [];
  return parts.map((part) => ({ ...payload, body: snappyEncode(part.body), items: part.samples }));
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

async function halveTracesPayload(payload: Payload, gzip: Gzip): Promise<Payload[]> {
  if (payload.items < 2) return [];
  const zipped = payload.contentEncoding === 'gzip';
  const halves = halveTraces(zipped ? await gzip.decompress(payload.body) : payload.body);
  return Promise.all(
    halves.map(async ({ body, spans }) => ({
      ...payload,
      body: zipped ? await gzip.compress(body) : body,
      items: spans,
    })),
  );
}
