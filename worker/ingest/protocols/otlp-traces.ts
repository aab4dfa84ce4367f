/** OTLP over HTTP, traces: protobuf or JSON. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { countSpans, otlpTracesJsonToProtobuf } from '../../../core/wire/otlp/traces.ts';
import { decompress } from '../decompress.ts';
import { negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { otlpResponder } from '../respond.ts';
import { asItCame, OTLP_FORMATS } from './otlp-formats.ts';

export const otlpTraces: PushProtocol = {
  name: 'otlp_traces',
  signal: 'traces',
  unit: 'spans',
  routes: ['/otlp/v1/traces', '/v1/traces'].map((path) => ({ method: 'POST', path })),
  negotiate: (headers) => negotiate(headers, OTLP_FORMATS),
  async decode(received, format, { maxBytes }) {
    const bytes = await decompress(received, format, maxBytes);
    const body = format.kind === 'json' ? otlpTracesJsonToProtobuf(decodeUtf8(bytes)) : bytes;
    const spans = countSpans(body);
    const batch = { signal: 'traces', body, spans } as const;
    return { batch, items: () => spans, bytes: bytes.length, ...asItCame(received, format) };
  },
  responder: (headers) => otlpResponder('traces', 'spans', headers),
};
