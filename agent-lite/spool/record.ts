/**
 * The bytes of a spool (docs/spool-format.md). All integers are little-endian.
 *
 *   segment file  <first sequence, 20 digits>-<salt, 8 hex digits>.seg
 *   segment       header (32) record*
 *     header      magic "SPWSPOOL" (8) | version u32 | salt u32 | first sequence u64 | zero u32 | CRC32C of these 28
 *   record        fixed part (76) meta payload
 *     fixed part  magic "SPR1" | meta bytes u32 | payload bytes u32 | payload CRC u32 | sequence u64 |
 *                 appended at, ms u64 | items u32 | signal u8, zero (3) | items of each signal before this record,
 *                 4 x u64 (metrics, logs, traces, profiles) | CRC32C of the fixed part before it and of the meta
 *
 * Every record checksum starts from the segment's salt. The salt is random and never leaves the host, so a log line
 * that looks like a record cannot be taken for one when the reader searches for the next record after damage.
 */
import { crc32c } from '../../core/bytes/crc32c.ts';
import { decodeUtf8, encodeUtf8 } from '../../core/bytes/utf8.ts';
import type { Payload } from '../../core/delivery/destination.ts';
import { SIGNALS, type Signal, type SourceMark } from '../../core/pipeline/signals.ts';

export const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 32;
export const RECORD_FIXED_BYTES = 76;
/** A meta holds content type, tenant and source marks: a snapshot of 100,000 marks fits. */
export const MAX_META_BYTES = 64 * 1024 * 1024;
export const MAX_PAYLOAD_BYTES = 0x7fffffff;

const SEGMENT_MAGIC = encodeUtf8('SPWSPOOL');
/** "SPR1" */
const RECORD_MAGIC = 0x31525053;
const FIXED_CRC_AT = 72;

/** Items by signal, in the order of SIGNALS. */
export type SignalCounts = readonly [number, number, number, number];
export const NO_ITEMS: SignalCounts = [0, 0, 0, 0];

export interface RecordMeta {
  readonly contentType: string;
  readonly contentEncoding: Payload['contentEncoding'];
  readonly tenantId?: string;
  readonly path?: string;
  readonly marks: readonly SourceMark[];
}

export interface RecordHeader {
  readonly sequence: number;
  readonly appendedAtMs: number;
  /** undefined: the record holds only source marks, carries the sequence of the record before it, is never sent. */
  readonly signal: Signal | undefined;
  readonly items: number;
  readonly itemsBefore: SignalCounts;
  readonly metaBytes: number;
  readonly payloadBytes: number;
  readonly payloadCrc: number;
}

export function recordBytes(header: RecordHeader): number {
  return RECORD_FIXED_BYTES + header.metaBytes + header.payloadBytes;
}

export function itemsAfter(header: RecordHeader): SignalCounts {
  return header.signal === undefined ? header.itemsBefore : addItems(header.itemsBefore, header.signal, header.items);
}

export function addItems(counts: SignalCounts, signal: Signal, items: number): SignalCounts {
  const sum: [number, number, number, number] = [...counts];
  sum[SIGNALS.indexOf(signal)]! += items;
  return sum;
}

export interface RecordInput {
  readonly sequence: number;
  readonly appendedAtMs: number;
  readonly payload: Payload | undefined;
  readonly marks: readonly SourceMark[];
  readonly itemsBefore: SignalCounts;
}

/** The record as chunks to write one after the other; the payload is not copied. */
export function encodeRecord(input: RecordInput, salt: number): Uint8Array[] {
  const { payload } = input;
  const meta = encodeMeta(payload, input.marks);
  const head = new Uint8Array(RECORD_FIXED_BYTES + meta.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, RECORD_MAGIC, true);
  view.setUint32(4, meta.length, true);
  view.setUint32(8, payload?.body.length ?? 0, true);
  view.setUint32(12, payload === undefined ? 0 : crc32c(payload.body, 0, payload.body.length, salt), true);
  view.setBigUint64(16, BigInt(input.sequence), true);
  view.setBigUint64(24, BigInt(input.appendedAtMs), true);
  view.setUint32(32, payload?.items ?? 0, true);
  view.setUint8(36, payload === undefined ? 0 : SIGNALS.indexOf(payload.signal) + 1);
  for (const [i, items] of input.itemsBefore.entries()) view.setBigUint64(40 + i * 8, BigInt(items), true);
  head.set(meta, RECORD_FIXED_BYTES);
  view.setUint32(FIXED_CRC_AT, fixedPartCrc(head, 0, meta.length, salt), true);
  return payload === undefined || payload.body.length === 0 ? [head] : [head, payload.body];
}

/**
 * Reads the fixed part at `at`; undefined unless it is one by its magic and bounds. The checksum is not compared here,
 * because the meta that it covers may not be in memory yet: `checkHeader` does.
 */
export function decodeFixedPart(bytes: Uint8Array, at: number): RecordHeader | undefined {
  if (at + RECORD_FIXED_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_FIXED_BYTES);
  if (view.getUint32(0, true) !== RECORD_MAGIC) return undefined;
  const metaBytes = view.getUint32(4, true);
  const payloadBytes = view.getUint32(8, true);
  const signal = view.getUint8(36);
  if (metaBytes > MAX_META_BYTES || payloadBytes > MAX_PAYLOAD_BYTES || signal > SIGNALS.length) return undefined;
  const before = (i: number) => Number(view.getBigUint64(40 + i * 8, true));
  return {
    sequence: Number(view.getBigUint64(16, true)),
    appendedAtMs: Number(view.getBigUint64(24, true)),
    signal: signal === 0 ? undefined : SIGNALS[signal - 1],
    items: view.getUint32(32, true),
    itemsBefore: [before(0), before(1), before(2), before(3)],
    metaBytes,
    payloadBytes,
    payloadCrc: view.getUint32(12, true),
  };
}

/** Compares the checksum of fixed part and meta, which start at `at`. */
export function checkHeader(bytes: Uint8Array, at: number, metaBytes: number, salt: number): boolean {
  if (at + RECORD_FIXED_BYTES + metaBytes > bytes.length) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, RECORD_FIXED_BYTES);
  return view.getUint32(FIXED_CRC_AT, true) === fixedPartCrc(bytes, at, metaBytes, salt);
}

export function checkPayload(header: RecordHeader, payload: Uint8Array, salt: number): boolean {
  if (payload.length !== header.payloadBytes) return false;
  return header.signal === undefined || crc32c(payload, 0, payload.length, salt) === header.payloadCrc;
}

/** Where the next "SPR1" begins, from `from` on; -1 if nowhere. */
export function findRecordMagic(bytes: Uint8Array, from: number): number {
  const last = bytes.length - 4;
  for (let i = bytes.indexOf(0x53, from); i >= 0 && i <= last; i = bytes.indexOf(0x53, i + 1)) {
    if (bytes[i + 1] === 0x50 && bytes[i + 2] === 0x52 && bytes[i + 3] === 0x31) return i;
  }
  return -1;
}

function fixedPartCrc(bytes: Uint8Array, at: number, metaBytes: number, salt: number): number {
  const fixed = crc32c(bytes, at, at + FIXED_CRC_AT, salt);
  return crc32c(bytes, at + RECORD_FIXED_BYTES, at + RECORD_FIXED_BYTES + metaBytes, fixed);
}

interface MetaJson {
  readonly type?: string;
  readonly encoding?: Payload['contentEncoding'];
  readonly tenant?: string;
  readonly path?: string;
  readonly marks?: readonly (readonly [string, string, string])[];
}

function encodeMeta(payload: Payload | undefined, marks: readonly SourceMark[]): Uint8Array {
  const meta: MetaJson = {
    type: payload?.contentType,
    encoding: payload?.contentEncoding,
    tenant: payload?.tenantId,
    path: payload?.path,
    marks: marks.length === 0 ? undefined : marks.map(({ source, key, position }) => [source, key, position]),
  };
  return encodeUtf8(JSON.stringify(meta));
}

/** The meta is covered by the header's checksum: a text that does not parse was written by something else. */
export function decodeMeta(bytes: Uint8Array): RecordMeta {
  const meta = JSON.parse(decodeUtf8(bytes)) as MetaJson;
  return {
    contentType: meta.type ?? '',
    contentEncoding: meta.encoding ?? '',
    ...(meta.tenant === undefined ? {} : { tenantId: meta.tenant }),
    ...(meta.path === undefined ? {} : { path: meta.path }),
    marks: (meta.marks ?? []).map(([source, key, position]) => ({ source, key, position })),
  };
}

export interface SegmentName {
  readonly firstSequence: number;
  readonly salt: number;
}

export function segmentFileName({ firstSequence, salt }: SegmentName): string {
  return `${String(firstSequence).padStart(20, '0')}-${salt.toString(16).padStart(8, '0')}.seg`;
}

/** The name repeats what the header says, so that a damaged header costs nothing. */
export function parseSegmentFileName(name: string): SegmentName | undefined {
  const match = /^(\d{20})-([0-9a-f]{8})\.seg$/.exec(name);
  if (match === null) return undefined;
  const firstSequence = Number(match[1]);
  return Number.isSafeInteger(firstSequence) ? { firstSequence, salt: Number.parseInt(match[2]!, 16) } : undefined;
}

export function encodeSegmentHeader({ firstSequence, salt }: SegmentName): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(SEGMENT_MAGIC);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, salt, true);
  view.setBigUint64(16, BigInt(firstSequence), true);
  view.setUint32(28, crc32c(bytes, 0, 28), true);
  return bytes;
}

/** The version of an intact header; undefined where the header is damaged or cut. */
export function segmentVersion(bytes: Uint8Array): number | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (view.getUint32(28, true) !== crc32c(bytes, 0, 28)) return undefined;
  return view.getUint32(8, true);
}
