/** Thrift's compact protocol (thrift-compact-protocol.md): zigzag varints, field numbers as differences. */
import { malformedThrift, THRIFT, ThriftBytes, type ThriftList, type ThriftReader } from './thrift.ts';

const TRUE = 1;
const FALSE = 2;
/** Index: the compact code of a type. */
const TYPES: readonly number[] = [
  THRIFT.stop,
  THRIFT.bool,
  THRIFT.bool,
  THRIFT.byte,
  THRIFT.i16,
  THRIFT.i32,
  THRIFT.i64,
  THRIFT.double,
  THRIFT.binary,
  THRIFT.list,
  THRIFT.set,
  THRIFT.map,
  THRIFT.struct,
  THRIFT.uuid,
];
const LONG_LIST = 15;

export class ThriftCompactReader implements ThriftReader {
  readonly #bytes: ThriftBytes;
  fieldId = 0;
  /** A boolean field has its value in the type. */
  #fieldBool: boolean | undefined;

  constructor(source: Uint8Array) {
    this.#bytes = new ThriftBytes(source);
  }

  get pos(): number {
    return this.#bytes.pos;
  }

  set pos(position: number) {
    this.#bytes.pos = position;
    this.#fieldBool = undefined;
  }

  nextField(previousId: number): number {
    const header = this.#byte();
    const code = header & 0x0f;
    this.#fieldBool = undefined;
    if (code === 0) return THRIFT.stop;
    const difference = header >> 4;
    this.fieldId = difference === 0 ? Number(this.i64()) : previousId + difference;
    if (code === TRUE || code === FALSE) this.#fieldBool = code === TRUE;
    return this.#type(code);
  }

  bool(): boolean {
    if (this.#fieldBool === undefined) return this.#byte() === TRUE;
    const value = this.#fieldBool;
    this.#fieldBool = undefined;
    return value;
  }

  i32(): number {
    const value = this.i64();
    if (value !== BigInt.asIntN(32, value)) throw malformedThrift(this.pos, 'an i32 is larger than 32 bits');
    return Number(value);
  }

  i64(): bigint {
    const zigzag = this.#varint();
    return (zigzag >> 1n) ^ -(zigzag & 1n);
  }

  double(): number {
    return this.#bytes.view.getFloat64(this.#bytes.advance(8), true);
  }

  binary(): Uint8Array {
    return this.#bytes.take(this.#size());
  }

  list(): ThriftList {
    const header = this.#byte();
    const short = header >> 4;
    const size = this.#bytes.checkCount(short === LONG_LIST ? this.#size() : short);
    return { type: this.#type(header & 0x0f), size };
  }

  map(): { key: number; value: number; size: number } {
    const size = this.#bytes.checkCount(this.#size());
    if (size === 0) return { key: THRIFT.stop, value: THRIFT.stop, size };
    const types = this.#byte();
    return { key: this.#type(types >> 4), value: this.#type(types & 0x0f), size };
  }

  skipScalar(type: number): void {
    switch (type) {
      case THRIFT.bool:
        this.bool();
        return;
      case THRIFT.byte:
        this.#bytes.advance(1);
        return;
      case THRIFT.i16:
      case THRIFT.i32:
      case THRIFT.i64:
        this.#varint();
        return;
      case THRIFT.double:
        this.#bytes.advance(8);
        return;
      case THRIFT.binary:
        this.#bytes.advance(this.#size());
        return;
      case THRIFT.uuid:
        this.#bytes.advance(16);
        return;
      default:
        throw malformedThrift(this.pos, `type ${type} does not exist`);
    }
  }

  #byte(): number {
    return this.#bytes.source[this.#bytes.advance(1)];
  }

  #type(code: number): number {
    const type = TYPES[code];
    if (type === undefined || code === 0) throw malformedThrift(this.pos, `type ${code} does not exist`);
    return type;
  }

  #size(): number {
    const size = this.#varint();
    if (size > 0x7fffffffn) throw malformedThrift(this.pos, 'a length is larger than 31 bits');
    return Number(size);
  }

  #varint(): bigint {
    let low = 0;
    let high = 0n;
    for (let count = 0; count < 10; count++) {
      const byte = this.#byte();
      // Seven bytes are 49 bits, still exact in a number.
      if (count < 7) low += (byte & 0x7f) * 2 ** (7 * count);
      else high |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asUintN(64, high | BigInt(low));
    }
    throw malformedThrift(this.pos, 'a varint is longer than 64 bits');
  }
}
