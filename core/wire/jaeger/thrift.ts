/**
 * Bounds-checked reading of Apache Thrift's binary and compact protocols, without an IDL: values are asked for by type,
 * everything else is skipped. Every read stays inside the input, a list never claims more elements than bytes are left,
 * and nesting is bounded, so a decoder built on this is linear in what arrived.
 */
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { OutcomeError } from '../../outcome.ts';

/** Type codes of the binary protocol; the compact reader translates its own to them. */
export const THRIFT = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  binary: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
  uuid: 16,
} as const;

/** Thrift's own libraries stop at 64. */
const MAX_DEPTH = 64;

export interface ThriftList {
  readonly type: number;
  readonly size: number;
}

export interface ThriftReader {
  pos: number;
  /** The type of the next field, with its number in `fieldId`; `stop` ends the struct. `previousId` is 0 at its start. */
  nextField(previousId: number): number;
  readonly fieldId: number;
  bool(): boolean;
  i32(): number;
  i64(): bigint;
  double(): number;
  /** A view, not a copy. */
  binary(): Uint8Array;
  /** Sets as well. */
  list(): ThriftList;
  /** Moves behind a value that has no parts. */
  skipScalar(type: number): void;
  map(): { readonly key: number; readonly value: number; readonly size: number };
}

export function readString(reader: ThriftReader): string {
  return decodeUtf8(reader.binary());
}

/** Calls `field` for each field of a struct; it reads the value, or returns false to have it skipped. */
export function readStruct(reader: ThriftReader, field: (id: number, type: number) => boolean): void {
  for (let id = 0; ; ) {
    const type = reader.nextField(id);
    if (type === THRIFT.stop) return;
    id = reader.fieldId;
    if (!field(id, type)) skipThrift(reader, type);
  }
}

/** Calls `element` for each element of a list that must be of `type`. */
export function readList(reader: ThriftReader, type: number, element: (index: number) => void): void {
  const list = reader.list();
  if (list.size > 0 && list.type !== type) throw malformedThrift(reader.pos, 'a list has elements of a wrong type');
  for (let i = 0; i < list.size; i++) element(i);
}

export function skipThrift(reader: ThriftReader, type: number, depth = 0): void {
  if (depth > MAX_DEPTH) throw malformedThrift(reader.pos, `values nest deeper than ${MAX_DEPTH} levels`);
  if (type === THRIFT.struct) {
    for (let id = 0; ; id = reader.fieldId) {
      const fieldType = reader.nextField(id);
      if (fieldType === THRIFT.stop) return;
      skipThrift(reader, fieldType, depth + 1);
    }
  }
  if (type === THRIFT.list || type === THRIFT.set) {
    const list = reader.list();
    for (let i = 0; i < list.size; i++) skipThrift(reader, list.type, depth + 1);
  } else if (type === THRIFT.map) {
    const map = reader.map();
    for (let i = 0; i < map.size; i++) {
      skipThrift(reader, map.key, depth + 1);
      skipThrift(reader, map.value, depth + 1);
    }
  } else {
    reader.skipScalar(type);
  }
}

export function malformedThrift(position: number, problem: string): OutcomeError {
  return new OutcomeError('malformed_thrift', `malformed Thrift at byte ${position}: ${problem}`);
}

/** The bytes under both protocols. */
export class ThriftBytes {
  readonly source: Uint8Array;
  readonly view: DataView;
  pos = 0;

  constructor(source: Uint8Array) {
    this.source = source;
    this.view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  /** The offset of the next `bytes` bytes, which are then behind. */
  advance(bytes: number): number {
    if (bytes < 0 || bytes > this.source.length - this.pos) {
      throw malformedThrift(this.pos, `the message ends in the middle of a value of ${bytes} bytes`);
    }
    this.pos += bytes;
    return this.pos - bytes;
  }

  take(bytes: number): Uint8Array {
    const start = this.advance(bytes);
    return this.source.subarray(start, start + bytes);
  }

  /** Each element takes a byte at least. */
  checkCount(size: number): number {
    if (size < 0 || size > this.source.length - this.pos) {
      throw malformedThrift(this.pos, `a collection claims ${size} elements, more than bytes are left`);
    }
    return size;
  }
}
