/** Jaeger's Thrift batches over HTTP, as its client libraries send them; they become OTLP here. */
import { jaegerThriftToOtlp } from '../../../core/wire/jaeger/jaeger-thrift.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { translatedTraces, translatedTracesResponder } from '../translated-traces.ts';

const ENCODINGS = ['', 'identity', 'gzip'];
const JAEGER: readonly Accepted[] = [
  {
    kind: 'thrift_binary',
    types: ['application/x-thrift', 'application/vnd.apache.thrift.binary'],
    encodings: ENCODINGS,
  },
  { kind: 'thrift_compact', types: ['application/vnd.apache.thrift.compact'], encodings: ENCODINGS },
];

export const jaeger: PushProtocol = {
  name: 'jaeger',
  signal: 'traces',
  unit: 'spans',
  routes: [{ method: 'POST', path: '/api/traces' }],
  negotiate: (headers) => negotiate(headers, JAEGER),
  async decode(body, format, { maxBytes }) {
    const bytes = await decompress(body, format, maxBytes);
    return translatedTraces(
      jaegerThriftToOtlp(bytes, format.kind === 'thrift_compact' ? 'compact' : 'binary'),
      bytes.length,
    );
  },
  responder: () => translatedTracesResponder,
};
