/** Small writers of the formats that goldens and hostile inputs are made of; independent of the decoders under test. */

const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function varint(value: number | bigint): Uint8Array {
  const out: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  while (left > 0x7fn) {
    out.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  return Uint8Array.from([...out, Number(left)]);
}

/** Numbers are varints, doubles are `{ double }`, texts and bytes are length-delimited, lists repeat their field. */
export type FieldValue =
  | number
  | bigint
  | string
  | Uint8Array
  | { readonly double: number }
  | { readonly fixed64: bigint }
  | readonly FieldValue[];

export function message(fields: Readonly<Record<number, FieldValue>>): Uint8Array {
  return concat(...Object.entries(fields).map(([number, value]) => field(Number(number), value)));
}

export function field(number: number, value: FieldValue): Uint8Array {
  if (Array.isArray(value)) return concat(...value.map((each) => field(number, each as FieldValue)));
  if (typeof value === 'number' || typeof value === 'bigint') return concat(varint(number * 8), varint(value));
  if (typeof value === 'string') return field(number, utf8(value));
  if (value instanceof Uint8Array) return concat(varint(number * 8 + 2), varint(value.length), value);
  const fixed = new DataView(new ArrayBuffer(8));
  if ('double' in (value as object)) fixed.setFloat64(0, (value as { double: number }).double, true);
  else fixed.setBigUint64(0, (value as { fixed64: bigint }).fixed64, true);
  return concat(varint(number * 8 + 1), new Uint8Array(fixed.buffer));
}

/** `depth` messages, each the field `number` of the one around it. */
export function nested(number: number, depth: number, innermost: Uint8Array = new Uint8Array()): Uint8Array {
  let bytes = innermost;
  for (let i = 0; i < depth; i++) bytes = field(number, bytes);
  return bytes;
}

/** Thrift's binary protocol: [id, type, bytes] of each field, then a stop. */
export const THRIFT_TYPES = { bool: 2, double: 4, i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const;

export function thriftStruct(
  ...fields: readonly (readonly [id: number, type: number, value: Uint8Array])[]
): Uint8Array {
  return concat(...fields.map(([id, type, value]) => concat([type, id >> 8, id & 0xff], value)), [0]);
}

export const thriftI32 = (value: number): Uint8Array => bigEndian(4, BigInt(value));
export const thriftI64 = (value: bigint): Uint8Array => bigEndian(8, value);
export const thriftString = (text: string): Uint8Array => concat(thriftI32(utf8(text).length), utf8(text));
export const thriftList = (type: number, items: readonly Uint8Array[]): Uint8Array =>
  concat([type], thriftI32(items.length), ...items);

function bigEndian(bytes: number, value: bigint): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * (bytes - 1 - i))) & 0xffn));
}
