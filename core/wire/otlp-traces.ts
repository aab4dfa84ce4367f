/**
 * OTLP traces. Spans stay encoded: the pipeline counts and forwards bytes, so the walk here checks the whole structure
 * (lengths, types, ids, UTF-8, depth) without building objects. `decodeTraces` is for cold paths.
 */
import { ByteReader, malformed, WIRE_BYTES } from '../bytes/reader.ts';
import { checkField, checkMessage } from './message-shape.ts';
import { otlpJsonToProtobuf } from './otlp-json.ts';
import { resourceShape, scopeShape, spanShape, tracesRequest } from './otlp-schema.ts';

export { encodeOtlpResponse, encodeOtlpStatus, otlpResponseJson, otlpStatusJson, RPC_CODES } from './otlp-status.ts';
export { type DecodedAttribute, type DecodedSpan, type DecodedSpans, decodeTraces } from './otlp-traces-decode.ts';

/** The message whose repeated field 1 or 2 leads down to the spans. */
type Level = 'request' | 'resource' | 'scope';

const CHILD_TAGS: Readonly<Record<Level, number>> = { request: 0x0a, resource: 0x12, scope: 0x12 };

/** The fields trace_id and span_id, as `checkMessage` tells them. */
const IDS = (1 << 1) | (1 << 2);

/** Spans of an ExportTraceServiceRequest. Throws malformed_protobuf or invalid_utf8 for one that is broken anywhere. */
export function countSpans(body: Uint8Array): number {
  return countLevel(new ByteReader(body), 'request');
}

function countLevel(reader: ByteReader, level: Level): number {
  let spans = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== CHILD_TAGS[level]) {
      checkOther(reader, tag, level);
      continue;
    }
    const child = reader.message();
    if (level === 'request') spans += countLevel(child, 'resource');
    else if (level === 'resource') spans += countLevel(child, 'scope');
    else {
      const start = child.pos;
      if ((checkMessage(child, spanShape) & IDS) !== IDS)
        throw malformed(start, 'a span has no trace id or no span id');
      spans++;
    }
  }
  return spans;
}

function checkOther(reader: ByteReader, tag: number, level: Level): void {
  const field = Math.floor(tag / 8);
  if (level !== 'request' && field === 1) {
    const shape = level === 'resource' ? resourceShape : scopeShape;
    checkField(reader, tag, { message: () => shape }, 0);
  } else if (level !== 'request' && field === 3) {
    checkField(reader, tag, 'string', 0);
  } else {
    // The field of the children arrives here only with a wrong wire type.
    if (field === CHILD_TAGS[level] >> 3) reader.expect(tag, WIRE_BYTES);
    reader.skip(tag & 7);
  }
}

/** OTLP/JSON of a trace export to its protobuf form. Throws malformed_json. */
export function otlpTracesJsonToProtobuf(text: string): Uint8Array<ArrayBuffer> {
  return otlpJsonToProtobuf(text, tracesRequest);
}
