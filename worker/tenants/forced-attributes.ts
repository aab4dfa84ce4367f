/**
 * Labels that a token forces, on OTLP: attributes of every resource, in place of those that the sender set under the same
 * names. Everything else is copied byte for byte. The body has been checked before, so its structure is sound.
 */
import { ByteReader, WIRE_BYTES } from '../../core/bytes/reader.ts';
import { ByteWriter } from '../../core/bytes/writer.ts';
import type { OtlpBatch } from '../../core/pipeline/signals.ts';
import type { ForcedLabels } from './forced-labels.ts';

// Of every signal, field 1 is: resource_spans of the request, resource of these, attributes of that, key of each.
const FIRST_FIELD = 0x0a;

/** The same object where nothing is forced. */
export function forceAttributes<B extends OtlpBatch>(batch: B, forced: ForcedLabels): B {
  const names = Object.keys(forced);
  if (names.length === 0) return batch;
  const attributes = encodeAttributes(forced);
  const forceResource = (resource: Uint8Array): Uint8Array => {
    const kept = rewriteFirst(resource, (attribute) => (names.includes(keyOf(attribute)) ? undefined : attribute));
    return concat(kept, attributes);
  };
  const forceResourceSpans = (spans: Uint8Array): Uint8Array => {
    let hasResource = false;
    const rewritten = rewriteFirst(spans, (resource) => {
      hasResource = true;
      return forceResource(resource);
    });
    if (hasResource) return rewritten;
    return concat(new ByteWriter().bytesField(1, attributes).take(), rewritten);
  };
  return { ...batch, body: rewriteFirst(batch.body, forceResourceSpans) };
}

/** The message with each of its fields 1 replaced, or left out for undefined. */
function rewriteFirst(message: Uint8Array, replace: (field: Uint8Array) => Uint8Array | undefined): Uint8Array {
  const out = new ByteWriter(message.length + 256);
  const reader = new ByteReader(message);
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === FIRST_FIELD) {
      const replaced = replace(reader.bytes());
      if (replaced !== undefined) out.bytesField(1, replaced);
    } else {
      reader.skip(tag & 7);
      out.bytes(message, start, reader.pos);
    }
  }
  return out.take();
}

function keyOf(attribute: Uint8Array): string {
  const reader = new ByteReader(attribute);
  let key = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === FIRST_FIELD) key = reader.string();
    else reader.skip(tag & 7);
  }
  return key;
}

/** Resource.attributes = 1 { KeyValue: key = 1, value = 2 { AnyValue: string_value = 1 } } */
function encodeAttributes(forced: ForcedLabels): Uint8Array {
  const out = new ByteWriter();
  for (const [name, text] of Object.entries(forced)) {
    const value = new ByteWriter().stringField(1, text);
    const attribute = new ByteWriter().stringField(1, name).tag(2, WIRE_BYTES).varint(value.length).bytes(value.view());
    out.bytesField(1, attribute.view());
  }
  return out.take();
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a, 0);
  both.set(b, a.length);
  return both;
}
