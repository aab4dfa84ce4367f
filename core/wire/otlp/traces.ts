/**
 * OTLP traces. Spans stay encoded: the pipeline counts and forwards bytes, so the walk here checks the whole structure
 * (lengths, types, ids, UTF-8, depth) without building objects. `decodeTraces` is for cold paths.
 */
import { malformed } from '../../bytes/reader.ts';
import { checkMessage } from '../message-shape.ts';
import { otlpJsonToProtobuf } from './json.ts';
import { spanShape, tracesRequest } from './schema-traces.ts';
import { countOtlpItems } from './walk.ts';

export { encodeOtlpResponse, encodeOtlpStatus, otlpResponseJson, otlpStatusJson, RPC_CODES } from './status.ts';
export { type DecodedAttribute, type DecodedSpan, type DecodedSpans, decodeTraces } from './traces-decode.ts';

/** The fields trace_id and span_id, as `checkMessage` tells them. */
const IDS = (1 << 1) | (1 << 2);

/** Spans of an ExportTraceServiceRequest. Throws malformed_protobuf or invalid_utf8 for one that is broken anywhere. */
export function countSpans(body: Uint8Array): number {
  return countOtlpItems(body, (span) => {
    const start = span.pos;
    if ((checkMessage(span, spanShape) & IDS) !== IDS) throw malformed(start, 'a span has no trace id or no span id');
    return 1;
  });
}

/** OTLP/JSON of a trace export to its protobuf form. Throws malformed_json. */
export function otlpTracesJsonToProtobuf(text: string): Uint8Array<ArrayBuffer> {
  return otlpJsonToProtobuf(text, tracesRequest);
}
