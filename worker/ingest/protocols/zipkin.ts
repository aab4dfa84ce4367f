/** Zipkin v2 spans, JSON or protobuf; they become OTLP here, so that pipelines know one form of traces. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { zipkinJsonToOtlp } from '../../../core/wire/zipkin/json.ts';
import { zipkinProtobufToOtlp } from '../../../core/wire/zipkin/protobuf.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { translatedTraces, translatedTracesResponder } from '../translated-traces.ts';

/** Spans become objects first, each several times its bytes. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
const ENCODINGS = ['', 'identity', 'gzip', 'deflate'];
/** Zipkin reads a body without a type as JSON. */
const ZIPKIN: readonly Accepted[] = [
  { kind: 'json', types: ['application/json', ''], encodings: ENCODINGS },
  { kind: 'protobuf', types: ['application/x-protobuf', 'application/protobuf'], encodings: ENCODINGS },
];

export const zipkin: PushProtocol = {
  name: 'zipkin',
  signal: 'traces',
  unit: 'spans',
  routes: [{ method: 'POST', path: '/api/v2/spans' }],
  negotiate: (headers) => negotiate(headers, ZIPKIN),
  async decode(body, format, { maxBytes }) {
    const isJson = format.kind === 'json';
    const bytes = await decompress(body, format, isJson ? Math.min(maxBytes, MAX_JSON_BYTES) : maxBytes);
    const traces = isJson ? zipkinJsonToOtlp(decodeUtf8(bytes)) : zipkinProtobufToOtlp(bytes);
    return translatedTraces(traces, bytes.length);
  },
  responder: () => translatedTracesResponder,
};
