/**
 * Payloads for an outbox in the size of one row where their signal can be divided: small ones cost an outbox little memory
 * and a destination takes them more readily. What cannot be divided is stored in several rows (outbox/sqlite-queue.ts).
 */
import type { Payload } from '../../core/delivery/destination.ts';
import { payloadSplitter } from '../../core/delivery/split.ts';
import { gunzip, gzip } from '../compression.ts';
import { MAX_ROW_BYTES } from '../outbox/rows.ts';

const split = payloadSplitter({ compress: gzip, decompress: gunzip });

export async function fitRows(payloads: readonly Payload[]): Promise<Payload[]> {
  const fitted: Payload[] = [];
  for (const payload of payloads) {
    if (payload.body.byteLength <= MAX_ROW_BYTES) fitted.push(payload);
    else {
      const halves = await split(payload);
      fitted.push(...(halves.length < 2 ? [payload] : await fitRows(halves)));
    }
  }
  return fitted;
}
