/**
 * A snappy block under construction, for whoever knows more about the bytes than a general encoder can find out. What it
 * is told is not checked: offsets must not reach before the start, and the texts must add up to what was said.
 */
import { keepShape } from '../bytes/kept-shape.ts';
import { encodeBlocks, snappyMaxEncodedLength } from './snappy-encode.ts';

/** The length prefix is known last and takes up to five bytes. */
const PREFIX_BYTES = 5;
/** A rare huge body must not pin its buffer for the life of the process. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;
/** Longer ones say their length in bytes of their own. */
const MAX_SHORT_LITERAL_BYTES = 60;

/** Writers are short-lived and seldom more than a few at a time, so their memory goes round. */
const spare: Uint8Array<ArrayBuffer>[] = [];
const MAX_SPARE = 4;

export class SnappyWriter {
  #buffer = spare.pop() ?? new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #to = PREFIX_BYTES;
  /** Of the text. */
  #length = 0;

  /** Any text, compressed the general way. */
  text(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#reserve(snappyMaxEncodedLength(end - start));
    this.#to = encodeBlocks(bytes, start, end, this.#buffer, this.#to);
    this.#length += end - start;
  }

  /** Elements made before, for `length` bytes of text; in `source` eight readable bytes must follow them. */
  elements(source: DataView, start: number, bytes: number, length: number): void {
    // Whole words are written: what lies behind is written again later.
    this.#reserve(bytes + 8);
    const view = this.#view;
    const to = this.#to;
    for (let i = 0; i < bytes; i += 8) view.setBigInt64(to + i, source.getBigInt64(start + i, true), true);
    this.#to = to + bytes;
    this.#length += length;
  }

  /** Eight bytes as they are, behind elements that end in a literal of `literalBytes`, which it then becomes part of. */
  word(source: DataView, at: number, literalBytes: number): void {
    this.#reserve(9);
    if (literalBytes > 0 && literalBytes <= MAX_SHORT_LITERAL_BYTES - 8) {
      this.#buffer[this.#to - literalBytes - 1] = (literalBytes + 7) << 2;
      this.#view.setBigInt64(this.#to, source.getBigInt64(at, true), true);
      this.#to += 8;
      this.#length += 8;
      return;
    }
    this.#view.setUint8(this.#to, 7 << 2);
    this.#view.setBigInt64(this.#to + 1, source.getBigInt64(at, true), true);
    this.#to += 9;
    this.#length += 8;
  }

  /** 1 to 60 bytes as they are. */
  literal(bytes: Uint8Array, start: number, length: number): void {
    this.#reserve(length + 1);
    this.#buffer[this.#to++] = (length - 1) << 2;
    for (let i = 0; i < length; i++) this.#buffer[this.#to++] = bytes[start + i];
    this.#length += length;
  }

  /** 4 to 64 bytes that stand `offset` before, at most 64 KiB. */
  copy(offset: number, length: number): void {
    this.#reserve(3);
    if (length < 12 && offset < 2048) {
      this.#buffer[this.#to++] = ((offset >>> 8) << 5) | ((length - 4) << 2) | 1;
      this.#buffer[this.#to++] = offset & 0xff;
    } else {
      this.#buffer[this.#to++] = ((length - 1) << 2) | 2;
      this.#view.setUint16(this.#to, offset, true);
      this.#to += 2;
    }
    this.#length += length;
  }

  /** A copy of the whole block. The writer is of no use afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    let size = 1;
    for (let rest = this.#length; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
    const start = PREFIX_BYTES - size;
    let rest = this.#length;
    for (let i = start; i < PREFIX_BYTES; i++) {
      this.#buffer[i] = (rest & 0x7f) | (i < PREFIX_BYTES - 1 ? 0x80 : 0);
      rest = Math.floor(rest / 128);
    }
    const block = this.#buffer.slice(start, this.#to);
    this.discard();
    return block;
  }

  /** Instead of `finish`, where the block is not wanted. */
  discard(): void {
    if (this.#buffer.length <= MAX_KEPT_BYTES && spare.length < MAX_SPARE) spare.push(this.#buffer);
    this.#buffer = new Uint8Array(0);
    this.#view = new DataView(this.#buffer.buffer);
  }

  #reserve(bytes: number): void {
    const needed = this.#to + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#to));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const example = new SnappyWriter();
example.discard();
keepShape(example);
