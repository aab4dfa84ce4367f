/**
 * Damages files as disks, crashes and people do. `spoolPlaces` names the places of a segment of the agent's spool
 * (docs/spool-format.md), so that a test can say what it hits.
 */
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import {
  decodeFixedPart,
  RECORD_FIXED_BYTES,
  recordBytes,
  SEGMENT_HEADER_BYTES,
} from '../../agent-lite/spool/record.ts';

export function flipBit(path: string, offset: number, bit = 0): void {
  const bytes = readFileSync(path);
  if (offset < 0 || offset >= bytes.length) throw new Error(`${path} has ${bytes.length} bytes, none at ${offset}`);
  bytes[offset]! ^= 1 << bit;
  writeFileSync(path, bytes);
}

/** The file keeps its length unless the bytes reach beyond its end. */
export function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const old = readFileSync(path);
  const all = new Uint8Array(Math.max(old.length, offset + bytes.length));
  all.set(old);
  all.set(bytes, offset);
  writeFileSync(path, all);
}

export function overwriteUint32(path: string, offset: number, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  overwrite(path, offset, bytes);
}

/** Takes bytes from the end, as a torn write does. */
export function cutEnd(path: string, bytes: number): void {
  truncateSync(path, Math.max(statSync(path).size - bytes, 0));
}

export function cutTo(path: string, size: number): void {
  truncateSync(path, size);
}

export function appendJunk(path: string, junk: Uint8Array | string): void {
  appendFileSync(path, junk);
}

/** Offsets of one record of a segment. */
export interface RecordPlaces {
  readonly start: number;
  readonly metaLength: number;
  readonly payloadLength: number;
  readonly payloadChecksum: number;
  readonly sequence: number;
  readonly headerChecksum: number;
  readonly meta: number;
  readonly payload: number;
  /** Behind its last byte. */
  readonly end: number;
}

/** Offsets of the header of a segment. */
export const segmentPlaces = {
  magic: 0,
  version: 8,
  salt: 12,
  firstSequence: 16,
  checksum: 28,
  end: SEGMENT_HEADER_BYTES,
};

/** The records of an undamaged segment, marks included. */
export function spoolPlaces(path: string): RecordPlaces[] {
  const bytes = readFileSync(path);
  const places: RecordPlaces[] = [];
  for (let start = SEGMENT_HEADER_BYTES; start < bytes.length; ) {
    const header = decodeFixedPart(bytes, start);
    if (header === undefined) throw new Error(`${path}: there is no record at ${start}`);
    const end = start + recordBytes(header);
    const payload = end - header.payloadBytes;
    places.push({
      start,
      metaLength: start + 4,
      payloadLength: start + 8,
      payloadChecksum: start + 12,
      sequence: start + 16,
      headerChecksum: start + 72,
      meta: start + RECORD_FIXED_BYTES,
      payload,
      end,
    });
    start = end;
  }
  return places;
}
