/**
 * Bounds what a protobuf body becomes when its messages become objects. An empty message takes two bytes, and up to three
 * hundred once it is a log record with its entry: 16 MB of them, 16 KB when compressed, would take gigabytes (abuse case
 * A3). Bodies that stay bytes need no such bound.
 */
import { ByteReader, WIRE_BYTES } from '../bytes/reader.ts';
import { OutcomeError } from '../outcome.ts';
import { MAX_MESSAGE_DEPTH, type MessageShape } from './message-shape.ts';

/** Those of 16,000 log records with 15 attributes each. */
export const MAX_DECODED_MESSAGES = 500_000;

/** Throws body_too_large. What is malformed is found by others; here it only has to end. */
export function checkMessageCount(bytes: Uint8Array, shape: MessageShape): void {
  // Each takes two bytes at least, so most bodies need no look.
  if (bytes.length <= 2 * MAX_DECODED_MESSAGES) return;
  countMessages(new ByteReader(bytes), shape, 0, MAX_DECODED_MESSAGES);
}

/** Returns how many more there may be. */
function countMessages(reader: ByteReader, shape: MessageShape, depth: number, allowed: number): number {
  let left = allowed;
  while (!reader.done) {
    const tag = reader.tag();
    const field = shape[Math.floor(tag / 8)];
    if ((tag & 7) !== WIRE_BYTES || typeof field !== 'object' || !('message' in field)) {
      reader.skip(tag & 7);
      continue;
    }
    if (--left < 0) {
      const message = `the body has more than ${MAX_DECODED_MESSAGES} protobuf messages; send it in parts`;
      throw new OutcomeError('body_too_large', message);
    }
    const inner = reader.message();
    if (depth < MAX_MESSAGE_DEPTH) left = countMessages(inner, field.message(), depth + 1, left);
  }
  return left;
}
