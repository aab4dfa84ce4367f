/** Loki's push API: protobuf with snappy, or JSON. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { countLines, type LogsBatch } from '../../../core/pipeline/signals.ts';
import { decodeLokiPush, decodeLokiPushJson } from '../../../core/wire/loki-push.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { textResponder } from '../respond.ts';

// Loki's protobuf is always snappy; "snappy" as Content-Encoding is a marker that some clients add.
const LOKI: readonly Accepted[] = [
  { kind: 'json', types: ['application/json'], encodings: ['', 'identity', 'gzip'] },
  { kind: 'protobuf', types: ['application/x-protobuf'], encodings: ['', 'snappy'], defaultEncoding: 'snappy' },
];

export const loki: PushProtocol = {
  name: 'loki',
  signal: 'logs',
  unit: 'lines',
  routes: [{ method: 'POST', path: '/loki/api/v1/push' }],
  negotiate: (headers) => negotiate(headers, LOKI),
  async decode(body, format, { maxBytes }) {
    const bytes = await decompress(body, format, maxBytes);
    const streams = format.kind === 'json' ? decodeLokiPushJson(decodeUtf8(bytes)) : decodeLokiPush(bytes);
    const batch: LogsBatch = { signal: 'logs', streams, marks: [] };
    const lines = countLines(batch);
    return { batch, items: () => lines, bytes: bytes.length };
  },
  responder: () => textResponder('lines'),
};
