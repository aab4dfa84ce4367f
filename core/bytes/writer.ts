/**
 * A growing byte buffer with the primitives of the protobuf wire format. Written for reuse: `reset()` keeps the memory,
 * so `view()` is valid only until the next write, and whoever keeps bytes calls `take()`.
 */
import { encodeUtf8Into } from './utf8.ts';

/** Below this a byte loop is cheaper than creating a subarray for `set`. */
const LOOP_COPY_BYTES = 48;

/** A rare huge body must not pin its buffer for the life of the process: `reset` lets go of more than this. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const MIN_BYTES = 16;

export class ByteWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(initialBytes = 256) {
    this.#buffer = new Uint8Array(Math.max(initialBytes, MIN_BYTES));
    this.#view = new DataView(this.#buffer.buffer);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    this.reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  bytes(source: Uint8Array, start = 0, end = source.length): this {
    const size = end - start;
    this.reserve(size);
    if (size <= LOOP_COPY_BYTES) {
      const buffer = this.#buffer;
      let at = this.#length;
      for (let i = start; i < end; i++) buffer[at++] = source[i];
    } else {
      this.#buffer.set(size === source.length ? source : source.subarray(start, end), this.#length);
    }
    this.#length += size;
    return this;
  }

  /** An unsigned integer up to 2^53 - 1. */
  varint(value: number): this {
    this.reserve(8);
    const buffer = this.#buffer;
    let at = this.#length;
    let rest = value;
    while (rest > 0x7fffffff) {
      buffer[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.#length = at;
    return this;
  }

  /** Any 64-bit integer; a negative one becomes ten bytes of two's complement, as protobuf's int64 does. */
  varint64(value: bigint): this {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.byte(Number(rest));
  }

  /** A signed safe integer as protobuf's int64, e.g. a timestamp in milliseconds. */
  int64(value: number): this {
    return value >= 0 ? this.varint(value) : this.varint64(BigInt(value));
  }

  zigzag32(value: number): this {
    return this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  zigzag64(value: bigint): this {
    return this.varint64(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  }

  fixed32(value: number): this {
    this.reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  fixed64(value: bigint): this {
    this.reserve(8);
    this.#view.setBigUint64(this.#length, BigInt.asUintN(64, value), true);
    this.#length += 8;
    return this;
  }

  /** NaN is written in the machine's way: bits that matter (the staleness marker) go through `fixed64`. */
  double(value: number): this {
    this.reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  tag(field: number, wireType: number): this {
    return this.varint(field * 8 + wireType);
  }

  /** The text alone, without a length. A lone surrogate becomes U+FFFD. */
  text(text: string): this {
    this.reserve(text.length * 3);
    this.#length += encodeUtf8Into(text, this.#buffer, this.#length);
    return this;
  }

  /** Length and text, as a protobuf string. */
  string(text: string): this {
    this.reserve(text.length * 3 + 5);
    const start = this.#length;
    // One length byte is right for nearly every label; a longer text is moved up by what its length needs more.
    const size = encodeUtf8Into(text, this.#buffer, start + 1);
    if (size < 0x80) {
      this.#buffer[start] = size;
      this.#length = start + 1 + size;
      return this;
    }
    const lengthBytes = size < 0x4000 ? 2 : size < 0x200000 ? 3 : size < 0x10000000 ? 4 : 5;
    this.#buffer.copyWithin(start + lengthBytes, start + 1, start + 1 + size);
    this.varint(size);
    this.#length += size;
    return this;
  }

  stringField(field: number, text: string): this {
    return this.tag(field, 2).string(text);
  }

  bytesField(field: number, source: Uint8Array, start = 0, end = source.length): this {
    return this.tag(field, 2)
      .varint(end - start)
      .bytes(source, start, end);
  }

  varintField(field: number, value: number): this {
    return this.tag(field, 0).varint(value);
  }

  /** A copy that the caller may keep. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length);
  }

  /** The bytes in place: valid until the next write or reset. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  reset(): this {
    this.#length = 0;
    if (this.#buffer.length > MAX_KEPT_BYTES) {
      this.#buffer = new Uint8Array(MIN_BYTES);
      this.#view = new DataView(this.#buffer.buffer);
    }
    return this;
  }

  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}
