/**
 * Structural checks of protobuf messages without decoding them: known fields have their wire type, lengths nest, packed
 * arrays are whole, strings are UTF-8, nesting is bounded. Unknown fields are skipped, as proto3 wants. A body that
 * passes is one that a destination's own decoder takes, so one broken sender cannot spoil a batch for others.
 */
import { type ByteReader, malformed, WIRE_BYTES, WIRE_FIXED32, WIRE_FIXED64, WIRE_VARINT } from '../bytes/reader.ts';
import { decodeUtf8 } from '../bytes/utf8.ts';

export type FieldShape =
  | 'varint'
  | 'fixed32'
  | 'fixed64'
  | 'bytes'
  | 'string'
  | 'packed varint'
  | 'packed fixed64'
  /** Bytes of one of these lengths. */
  | { readonly sizes: readonly number[]; readonly what: string }
  | { readonly message: () => MessageShape };

/** Field number to shape. */
export type MessageShape = Readonly<Record<number, FieldShape>>;

/** The default of protobuf's own libraries. One level of a nested OTLP map takes three, so 32 of them fit. */
export const MAX_MESSAGE_DEPTH = 100;

/** Returns which of the fields 1 to 30 occur, as bits, for messages in which some must. */
export function checkMessage(reader: ByteReader, shape: MessageShape, depth = 0): number {
  let seen = 0;
  if (depth > MAX_MESSAGE_DEPTH) throw malformed(reader.pos, `messages nest deeper than ${MAX_MESSAGE_DEPTH} levels`);
  while (!reader.done) {
    const tag = reader.tag();
    const number = Math.floor(tag / 8);
    const field = shape[number];
    if (field === undefined) reader.skip(tag & 7);
    else checkField(reader, tag, field, depth);
    if (number <= 30) seen |= 1 << number;
  }
  return seen;
}

export function checkField(reader: ByteReader, tag: number, field: FieldShape, depth: number): void {
  switch (field) {
    case 'varint':
      reader.expect(tag, WIRE_VARINT);
      reader.varint();
      return;
    case 'fixed64':
      reader.expect(tag, WIRE_FIXED64);
      reader.skip(WIRE_FIXED64);
      return;
    case 'fixed32':
      reader.expect(tag, WIRE_FIXED32);
      reader.skip(WIRE_FIXED32);
      return;
    case 'packed varint':
      if ((tag & 7) === WIRE_VARINT) reader.varint();
      else checkPackedVarints(reader, tag);
      return;
    case 'packed fixed64':
      if ((tag & 7) === WIRE_FIXED64) reader.skip(WIRE_FIXED64);
      else checkPackedFixed64(reader, tag);
      return;
    case 'bytes':
      reader.expect(tag, WIRE_BYTES);
      reader.skip(WIRE_BYTES);
      return;
    case 'string':
      reader.expect(tag, WIRE_BYTES);
      checkUtf8(reader);
      return;
    default:
      reader.expect(tag, WIRE_BYTES);
      if ('sizes' in field) checkSize(reader, field);
      else checkMessage(reader.message(), field.message(), depth + 1);
  }
}

function checkPackedVarints(reader: ByteReader, tag: number): void {
  reader.expect(tag, WIRE_BYTES);
  const values = reader.message();
  while (!values.done) values.varint();
}

function checkPackedFixed64(reader: ByteReader, tag: number): void {
  reader.expect(tag, WIRE_BYTES);
  const size = reader.size();
  if (size % 8 !== 0) throw malformed(reader.pos, 'a packed array of 64-bit values ends in the middle of one');
  reader.pos += size;
}

function checkSize(reader: ByteReader, { sizes, what }: { sizes: readonly number[]; what: string }): void {
  const size = reader.size();
  if (!sizes.includes(size)) throw malformed(reader.pos, `a ${what} has ${size} bytes, expected ${sizes.join(' or ')}`);
  reader.pos += size;
}

function checkUtf8(reader: ByteReader): void {
  const size = reader.size();
  const end = reader.pos + size;
  const { source } = reader;
  let at = reader.pos;
  while (at < end && source[at] < 0x80) at++;
  if (at < end) decodeUtf8(source, at, end);
  reader.pos = end;
}
