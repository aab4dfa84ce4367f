/** OTLP over HTTP, traces: protobuf or JSON. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { countSpans, otlpTracesJsonToProtobuf } from '../../../core/wire/otlp-traces.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { otlpResponder } from '../respond.ts';

export const OTLP_FORMATS: readonly Accepted[] = [
  { kind: 'protobuf', types: ['application/x-protobuf'], encodings: ['', 'identity', 'gzip'] },
  { kind: 'json', types: ['application/json'], encodings: ['', 'identity', 'gzip'] },
];

export const otlpTraces: PushProtocol = {
  name: 'otlp_traces',
  signal: 'traces',
  unit: 'spans',
  routes: ['/otlp/v1/traces', '/v1/traces'].map((path) => ({ method: 'POST', path })),
  negotiate: (headers) => negotiate(headers, OTLP_FORMATS),
  async decode(compressed, format, { maxBytes }) {
    const bytes = await decompress(compressed, format, maxBytes);
    const body = format.kind === 'json' ? otlpTracesJsonToProtobuf(decodeUtf8(bytes)) : bytes;
    const spans = countSpans(body);
    return { batch: { signal: 'traces', body, spans }, items: () => spans, bytes: bytes.length };
  },
  responder: (headers) => otlpResponder('traces', 'spans', headers),
};
