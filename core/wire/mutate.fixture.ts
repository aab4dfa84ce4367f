/** Broken input for fuzzing: a mutation flips, inserts, removes or repeats bytes of a valid message. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { OutcomeError } from '../outcome.ts';

const edit = fc.record({
  kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'repeat'),
  at: fc.nat(),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x0a, 0x22, 0x5c, 0x7b, 0x7d)),
  length: fc.integer({ min: 1, max: 12 }),
});
export type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

export function mutate(input: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const bytes = [...input];
  for (const { kind, at, value, length } of edits) {
    const index = bytes.length === 0 ? 0 : at % bytes.length;
    if (kind === 'set') bytes[index] = value;
    else if (kind === 'flip') bytes[index] ^= 1 << (value % 8);
    else if (kind === 'insert') bytes.splice(index, 0, ...Array(length).fill(value));
    else if (kind === 'remove') bytes.splice(index, length);
    else bytes.splice(index, 0, ...bytes.slice(index, index + length));
  }
  return new Uint8Array(bytes);
}

/** Whether the input was taken. The only error allowed is an OutcomeError with a message of a decent length. */
export function survives(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    expect(error.failure.message.length).toBeLessThan(500);
    return false;
  }
}

export const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
