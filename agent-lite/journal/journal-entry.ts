/**
 * One entry as `journalctl -o json` writes it. A value is a text, an array of bytes where it is not printable UTF-8, null
 * where journalctl left it out for its size, and a list of those where the entry has the field more than once
 * (systemd's JOURNAL_EXPORT_FORMATS, "Journal JSON Format").
 */
import { decodeUtf8Lossy } from '../../core/bytes/utf8.ts';

export interface JournalEntry {
  readonly cursor: string;
  /** When the journal received it, in microseconds since 1970. */
  readonly realtimeUs: bigint;
  /** Without the entry's address (`__CURSOR` and the like), which is no field to sd-journal either. */
  readonly fields: ReadonlyMap<string, string>;
}

const MICROSECONDS = /^\d{1,19}$/;

/** Throws an Error that says what is wrong with the text. */
export function parseJournalEntry(text: string): JournalEntry {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('not a JSON object');
  const all = parsed as Record<string, unknown>;
  const { __CURSOR: cursor, __REALTIME_TIMESTAMP: realtime } = all;
  if (typeof cursor !== 'string' || cursor === '') throw new Error('an entry without __CURSOR');
  if (typeof realtime !== 'string' || !MICROSECONDS.test(realtime)) {
    throw new Error('an entry without __REALTIME_TIMESTAMP');
  }
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(all)) {
    if (name.startsWith('__')) continue;
    const field = fieldText(value);
    if (field !== undefined) fields.set(name, field);
  }
  return { cursor, realtimeUs: BigInt(realtime), fields };
}

/** Of a field that is there more than once the last value counts, as it does when Alloy sets one label after the other. */
function fieldText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  if (value.every((item) => typeof item === 'number')) return decodeUtf8Lossy(Uint8Array.from(value));
  return value.map(fieldText).findLast((text) => text !== undefined);
}
