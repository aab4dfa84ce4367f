/**
 * Divides an ExportTraceServiceRequest into two by spans. A span's bytes are copied as they are; the resource and the
 * scope around it (attributes, schema URL, unknown fields) are repeated in both halves.
 */
import { ByteReader, WIRE_BYTES } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { countSpans } from '../wire/otlp-traces.ts';

export interface TracesPart {
  readonly body: Uint8Array;
  readonly spans: number;
}

/** Field numbers of the repeated message on each level: resource_spans, scope_spans, spans. */
const repeatedFields = [1, 2, 2] as const;

export function halveTraces(body: Uint8Array): TracesPart[] {
  const spans = countSpans(body);
  if (spans < 2) return [];
  const half = spans >> 1;
  return [
    { body: takeSpans(body, 0, half), spans: half },
    { body: takeSpans(body, half, spans), spans: spans - half },
  ];
}

function takeSpans(body: Uint8Array, from: number, to: number): Uint8Array {
  const cursor = { from, to, seen: 0 };
  return copyLevel(new ByteReader(body), 0, cursor)?.take() ?? new Uint8Array(0);
}

/** Copies a message with those of its spans that lie in [from, to); undefined when there are none. */
function copyLevel(
  reader: ByteReader,
  level: number,
  cursor: { readonly from: number; readonly to: number; seen: number },
): ByteWriter | undefined {
  const writer = new ByteWriter(reader.end - reader.pos);
  let taken = false;
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag !== repeatedFields[level] * 8 + WIRE_BYTES) {
      reader.skip(tag & 7);
      writer.bytes(reader.source, start, reader.pos);
    } else if (level < 2) {
      const nested = copyLevel(reader.message(), level + 1, cursor);
      if (nested === undefined) continue;
      writer.tag(repeatedFields[level], WIRE_BYTES).varint(nested.length).bytes(nested.view());
      taken = true;
    } else {
      reader.skip(WIRE_BYTES);
      const index = cursor.seen++;
      if (index < cursor.from || index >= cursor.to) continue;
      writer.bytes(reader.source, start, reader.pos);
      taken = true;
    }
  }
  return taken ? writer : undefined;
}
