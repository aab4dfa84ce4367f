/** What a strict reader of a protobuf message does with a field that it has no branch for. */
import type { ByteReader } from '../bytes/reader.ts';
import { OutcomeError } from '../outcome.ts';

/** Skips a field of a later version of the message. A known field that arrives here has the wrong wire type. */
export function skipUnknown(reader: ByteReader, tag: number, lastKnownField: number): void {
  if (Math.floor(tag / 8) <= lastKnownField) {
    throw new OutcomeError('malformed_protobuf', `malformed protobuf at byte ${reader.pos}: a field has a wrong type`);
  }
  reader.skip(tag & 7);
}
