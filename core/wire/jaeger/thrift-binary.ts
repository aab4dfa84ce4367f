/** Thrift's binary protocol (thrift-binary-protocol.md): fixed sizes, big-endian. */
import { malformedThrift, THRIFT, ThriftBytes, type ThriftList, type ThriftReader } from './thrift.ts';

const SIZES: Readonly<Record<number, number>> = {
  [THRIFT.bool]: 1,
  [THRIFT.byte]: 1,
  [THRIFT.double]: 8,
  [THRIFT.i16]: 2,
  [THRIFT.i32]: 4,
  [THRIFT.i64]: 8,
  [THRIFT.uuid]: 16,
};

export class ThriftBinaryReader implements ThriftReader {
  readonly #bytes: ThriftBytes;
  fieldId = 0;

  constructor(source: Uint8Array) {
    this.#bytes = new ThriftBytes(source);
  }

  get pos(): number {
    return this.#bytes.pos;
  }

  set pos(position: number) {
    this.#bytes.pos = position;
  }

  nextField(): number {
    const type = this.#byte();
    if (type !== THRIFT.stop) this.fieldId = this.#bytes.view.getInt16(this.#bytes.advance(2));
    return type;
  }

  bool(): boolean {
    return this.#byte() !== 0;
  }

  i32(): number {
    return this.#bytes.view.getInt32(this.#bytes.advance(4));
  }

  i64(): bigint {
    return this.#bytes.view.getBigInt64(this.#bytes.advance(8));
  }

  double(): number {
    return this.#bytes.view.getFloat64(this.#bytes.advance(8));
  }

  binary(): Uint8Array {
    return this.#bytes.take(this.i32());
  }

  list(): ThriftList {
    const type = this.#byte();
    return { type, size: this.#bytes.checkCount(this.i32()) };
  }

  map(): { key: number; value: number; size: number } {
    const key = this.#byte();
    const value = this.#byte();
    return { key, value, size: this.#bytes.checkCount(this.i32()) };
  }

  skipScalar(type: number): void {
    if (type === THRIFT.binary) {
      this.#bytes.advance(this.i32());
      return;
    }
    const size = SIZES[type];
    if (size === undefined) throw malformedThrift(this.pos, `type ${type} does not exist`);
    this.#bytes.advance(size);
  }

  #byte(): number {
    return this.#bytes.source[this.#bytes.advance(1)];
  }
}
