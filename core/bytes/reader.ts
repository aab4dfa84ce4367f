/**
 * Bounds-checked reading of the protobuf wire format. Every read stays inside [pos, end); anything else throws an
 * OutcomeError, so a decoder built on this cannot crash on untrusted bytes. Nothing is copied: `bytes()` is a view.
 */
import { OutcomeError } from '../outcome.ts';
import { keepShape } from './kept-shape.ts';
import { decodeUtf8 } from './utf8.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_FIXED32 = 5;

export class ByteReader {
  readonly source: Uint8Array;
  pos: number;
  readonly end: number;

  constructor(source: Uint8Array, start = 0, end = source.length) {
    this.source = source;
    this.pos = start;
    this.end = end;
  }

  get done(): boolean {
    return this.pos >= this.end;
  }

  /** An unsigned varint as a number: exact up to 2^53, rounded beyond (callers of 64-bit fields use varint64). */
  varint(): number {
    const { source, end } = this;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.pos >= end) throw truncated(this.pos);
      const byte = source[this.pos++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        // The tenth byte holds bit 63 alone; more would be a number of over 64 bits.
        if (count === 9 && byte > 1) break;
        return value;
      }
      scale *= 128;
    }
    throw malformed(this.pos, 'a varint is longer than 64 bits');
  }

  /** The unsigned 64-bit value. */
  varint64(): bigint {
    const { source, end } = this;
    let low = 0;
    let scale = 1;
    let high = 0n;
    for (let count = 0; count < 10; count++) {
      if (this.pos >= end) throw truncated(this.pos);
      const byte = source[this.pos++];
      // Seven bytes are 49 bits, still exact in a number.
      if (count < 7) low += (byte & 0x7f) * scale;
      else high |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) {
        if (count === 9 && byte > 1) break;
        return count < 7 ? BigInt(low) : high | BigInt(low);
      }
      scale *= 128;
    }
    throw malformed(this.pos, 'a varint is longer than 64 bits');
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.varint64());
  }

  zigzag64(): bigint {
    const value = this.varint64();
    return (value >> 1n) ^ -(value & 1n);
  }

  fixed32(): number {
    const at = this.#advance(4);
    const s = this.source;
    return (s[at] | (s[at + 1] << 8) | (s[at + 2] << 16) | (s[at + 3] << 24)) >>> 0;
  }

  fixed64(): bigint {
    return BigInt(this.fixed32()) | (BigInt(this.fixed32()) << 32n);
  }

  double(): number {
    const at = this.#advance(8);
    return new DataView(this.source.buffer, this.source.byteOffset + at, 8).getFloat64(0, true);
  }

  /** field * 8 + wire type; a field number of 0 or beyond 2^29 - 1 is not protobuf. */
  tag(): number {
    const tag = this.varint();
    if (tag < 8 || tag > 0xffffffff) throw malformed(this.pos, 'a field number is out of range');
    return tag;
  }

  /** A length that fits into what is left. */
  size(): number {
    const size = this.varint();
    if (size > this.end - this.pos) {
      throw malformed(this.pos, `a length of ${size} runs past the end (${this.end - this.pos} bytes left)`);
    }
    return size;
  }

  bytes(): Uint8Array {
    const size = this.size();
    this.pos += size;
    return this.source.subarray(this.pos - size, this.pos);
  }

  string(): string {
    const size = this.size();
    this.pos += size;
    return decodeUtf8(this.source, this.pos - size, this.pos);
  }

  /** A reader of the embedded message at the current position; this one moves behind it. */
  message(): ByteReader {
    const size = this.size();
    this.pos += size;
    return new ByteReader(this.source, this.pos - size, this.pos);
  }

  /** Groups (wire types 3 and 4) are refused: no format here has them, and they are the way to unbounded nesting. */
  skip(wireType: number): void {
    switch (wireType) {
      case WIRE_VARINT:
        this.varint();
        return;
      case WIRE_FIXED64:
        this.#advance(8);
        return;
      case WIRE_BYTES: {
        // Not `this.pos += this.size()`: that reads pos before size() has moved it.
        const size = this.size();
        this.pos += size;
        return;
      }
      case WIRE_FIXED32:
        this.#advance(4);
        return;
      default:
        throw malformed(this.pos, `wire type ${wireType} is not supported`);
    }
  }

  /** For a known field: its wire type must be the one of its declaration. */
  expect(tag: number, wireType: number): void {
    if ((tag & 7) !== wireType) {
      throw malformed(this.pos, `field ${Math.floor(tag / 8)} has wire type ${tag & 7}, expected ${wireType}`);
    }
  }

  #advance(bytes: number): number {
    if (this.end - this.pos < bytes) throw truncated(this.pos);
    this.pos += bytes;
    return this.pos - bytes;
  }
}

export function malformed(position: number, problem: string): OutcomeError {
  return new OutcomeError('malformed_protobuf', `malformed protobuf at byte ${position}: ${problem}`);
}

function truncated(position: number): OutcomeError {
  return malformed(position, 'the message ends in the middle of a field');
}

keepShape(new ByteReader(new Uint8Array(0)));
