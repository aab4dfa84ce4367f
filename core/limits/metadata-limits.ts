/**
 * The limit of metadata texts, as Mimir keeps it: a help text that is too long is cut, metadata whose metric name or unit is
 * too long is left out. For bodies that were found to have long ones: it copies the body.
 */
import { ByteReader } from '../bytes/reader.ts';
import { decodeUtf8Lossy } from '../bytes/utf8.ts';
import { ByteWriter } from '../bytes/writer.ts';

/** WriteRequest.metadata = 3 { metric_family_name = 2, help = 4, unit = 5 } */
const METADATA = 0x1a;
const NAME = 0x12;
const HELP = 0x22;
const UNIT = 0x2a;

export interface LimitedMetadata {
  /** The same where nothing was too long after all. */
  readonly body: Uint8Array;
  /** Metric names of what was left out, shortened. */
  readonly leftOut: readonly string[];
}

/** `body` is a WriteRequest that was walked before, so its structure is sound. */
export function limitMetadata(body: Uint8Array, maxLength: number): LimitedMetadata {
  const out = new ByteWriter(body.length);
  const leftOut: string[] = [];
  let changed = false;
  const reader = new ByteReader(body);
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag !== METADATA) {
      reader.skip(tag & 7);
      out.bytes(body, start, reader.pos);
      continue;
    }
    const message = reader.bytes();
    const limited = limitMessage(message, maxLength);
    changed ||= limited !== message;
    if (limited instanceof Uint8Array) out.bytesField(3, limited);
    else leftOut.push(limited.name);
  }
  return { body: changed ? out.take() : body, leftOut };
}

function limitMessage(message: Uint8Array, maxLength: number): Uint8Array | { readonly name: string } {
  const out = new ByteWriter(message.length);
  const reader = new ByteReader(message);
  let name = '';
  let isTooLong = false;
  let isCut = false;
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag !== NAME && tag !== HELP && tag !== UNIT) {
      reader.skip(tag & 7);
      out.bytes(message, start, reader.pos);
      continue;
    }
    const text = reader.bytes();
    if (tag === NAME) name = decodeUtf8Lossy(text.subarray(0, 100));
    if (tag !== HELP && text.length > maxLength) isTooLong = true;
    const kept = tag === HELP ? cut(text, maxLength) : text;
    isCut ||= kept !== text;
    out.bytesField(tag >> 3, kept);
  }
  if (isTooLong) return { name };
  return isCut ? out.take() : message;
}

/** Not inside of a character: continuation bytes of UTF-8 are 10xxxxxx. */
function cut(text: Uint8Array, maxLength: number): Uint8Array {
  if (text.length <= maxLength) return text;
  let end = maxLength;
  while (end > 0 && ((text[end] as number) & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}
