/**
 * UTF-8 in both directions. Decoding labels is fatal: bytes that are not UTF-8 never become U+FFFD silently, since two
 * different label values would then become one series. A byte order mark is data and is kept.
 */
import { OutcomeError } from '../outcome.ts';

const encoder = new TextEncoder();
const lossyDecoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to this many ASCII bytes a loop beats the call into the platform's codec. */
const SHORT_TEXT_BYTES = 24;
const SHORT_TEXT_UNITS = 64;

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>; // workers-types leave the buffer's type open
}

/** Writes at `offset` and returns the number of bytes; the caller has made room (three bytes per UTF-16 unit). */
export function encodeUtf8Into(text: string, target: Uint8Array, offset: number): number {
  const length = text.length;
  if (length > SHORT_TEXT_UNITS) return encoder.encodeInto(text, target.subarray(offset)).written;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return i + encoder.encodeInto(text.slice(i), target.subarray(offset + i)).written;
    target[offset + i] = unit;
  }
  return length;
}

export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start <= SHORT_TEXT_BYTES) {
    let text = '';
    let i = start;
    for (; i < end; i++) {
      const byte = bytes[i];
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (i === end) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    throw new OutcomeError('invalid_utf8', `text at byte ${start} is not valid UTF-8`);
  }
}

/** For log lines, which come from anywhere: what is not UTF-8 becomes U+FFFD, as Loki stores it. */
export function decodeUtf8Lossy(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return lossyDecoder.decode(bytes.subarray(start, end));
}

/** Bytes that `encodeUtf8` would produce; a lone surrogate counts as U+FFFD, three bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdbff || !isLowSurrogate(text.charCodeAt(i + 1))) bytes += 2;
    else {
      bytes += 2;
      i++;
    }
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
