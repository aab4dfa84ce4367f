/**
 * The file `cursor`: how far the spool has been delivered. Replaced as a whole after each acknowledgement. It may be
 * old after a power cut, because only its rename is atomic, not its durability: then the records since are sent again.
 *
 *   magic "SPWCURS1" (8) | acknowledged sequence u64 | items of each signal up to it, 4 x u64 | CRC32C of these 48
 */
import { crc32c } from '../../core/bytes/crc32c.ts';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import { NO_ITEMS, type SignalCounts } from './record.ts';

export interface Cursor {
  readonly acknowledged: number;
  readonly items: SignalCounts;
}

export const START: Cursor = { acknowledged: 0, items: NO_ITEMS };
export const CURSOR_FILE = 'cursor';

const MAGIC = encodeUtf8('SPWCURS1');
const CRC_AT = 48;

export function encodeCursor(cursor: Cursor): Uint8Array {
  const bytes = new Uint8Array(CRC_AT + 4);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setBigUint64(8, BigInt(cursor.acknowledged), true);
  for (const [i, items] of cursor.items.entries()) view.setBigUint64(16 + i * 8, BigInt(items), true);
  view.setUint32(CRC_AT, crc32c(bytes, 0, CRC_AT), true);
  return bytes;
}

/** undefined where the bytes are not a whole, undamaged cursor. */
export function decodeCursor(bytes: Uint8Array): Cursor | undefined {
  if (bytes.length !== CRC_AT + 4 || !MAGIC.every((byte, i) => bytes[i] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(CRC_AT, true) !== crc32c(bytes, 0, CRC_AT)) return undefined;
  const items = (i: number) => Number(view.getBigUint64(16 + i * 8, true));
  return { acknowledged: Number(view.getBigUint64(8, true)), items: [items(0), items(1), items(2), items(3)] };
}
