/**
 * Several waiting payloads as one request, so that a backlog of many small pushes drains in few round trips. Nothing is
 * decoded: a protobuf message whose fields are all repeated is merged by concatenation (protobuf, "Encoding": "Last One
 * Wins" and merging), and snappy blocks are merged by adding their lengths and concatenating their elements, because a copy
 * element points backwards relative to where it stands. Only remote write 2.0 is decoded and encoded anew: its series refer
 * to a table of symbols of their own request. Order is kept.
 */
import { ByteWriter } from '../bytes/writer.ts';
import { snappyDecode, snappyDecodedLength, snappyEncode } from '../codec/snappy.ts';
import {
  decodeRemoteWrite2,
  encodeRemoteWrite2,
  isRemoteWrite2,
  type RemoteWrite2Body,
} from '../wire/remote-write/v2.ts';
import type { Payload } from './destination.ts';
import { isOtlpPayload } from './split-otlp.ts';

export interface MergeLimits {
  readonly maxItems: number;
  /** Of the merged body as it is sent, and of its decoded form. */
  readonly maxBytes: number;
  readonly maxDecodedBytes: number;
}

/** Remote write, Loki and OTLP requests consist of repeated fields only; what else there may be travels alone. */
const MERGEABLE_TYPE = 'application/x-protobuf';

/** How many payloads from the first on fit one request; at least 1. */
export function mergeableCount(payloads: readonly Payload[], limits: MergeLimits): number {
  const [first] = payloads;
  if (first === undefined || !isMergeable(first)) return Math.min(1, payloads.length);
  let items = 0;
  let bytes = 0;
  let decodedBytes = 0;
  for (const [index, payload] of payloads.entries()) {
    if (!isMergeable(payload)) return index;
    items += payload.items;
    bytes += payload.body.byteLength;
    decodedBytes += decodedLength(payload);
    const fits = items <= limits.maxItems && bytes <= limits.maxBytes && decodedBytes <= limits.maxDecodedBytes;
    if (index > 0 && !(fits && isAlike(first, payload))) return index;
  }
  return payloads.length;
}

/** One payload of all, which must be what `mergeableCount` allows. */
export function mergePayloads(payloads: readonly Payload[]): Payload {
  const [first, ...others] = payloads;
  if (first === undefined) throw new Error('there is nothing to merge');
  if (others.length === 0) return first;
  const items = payloads.reduce((sum, payload) => sum + payload.items, 0);
  return { ...first, items, body: mergeBodies(first, payloads) };
}

function mergeBodies(first: Payload, payloads: readonly Payload[]): Uint8Array {
  if (isRemoteWrite2(first.contentType)) return mergeRemoteWrite2(payloads);
  return isSnappy(first) ? mergeSnappy(payloads) : concatenate(payloads.map(({ body }) => body));
}

function isMergeable(payload: Payload): boolean {
  const { signal, contentType, contentEncoding } = payload;
  const isMessage = contentType === MERGEABLE_TYPE || isRemoteWrite2(contentType);
  return signal !== 'profiles' && isMessage && contentEncoding !== 'gzip' && isReadable(payload);
}

/** A body that is not what its headers say is the destination's to refuse, and must not take others with it. */
function isReadable(payload: Payload): boolean {
  try {
    decodedLength(payload);
    // What cannot be said in our own form would be left out without a word.
    return !isRemoteWrite2(payload.contentType) || decodedVersion2(payload).rejections.length === 0;
  } catch {
    return false;
  }
}

function isAlike(a: Payload, b: Payload): boolean {
  return (
    a.signal === b.signal &&
    a.contentType === b.contentType &&
    a.contentEncoding === b.contentEncoding &&
    a.tenantId === b.tenantId &&
    a.path === b.path
  );
}

/** Loki's protobuf is always snappy, whether or not a header says so; OTLP's is not. */
function isSnappy(payload: Payload): boolean {
  return payload.contentEncoding === 'snappy' || (payload.signal === 'logs' && !isOtlpPayload(payload));
}

function decodedLength(payload: Payload): number {
  return isSnappy(payload) ? snappyDecodedLength(payload.body) : payload.body.byteLength;
}

function mergeSnappy(payloads: readonly Payload[]): Uint8Array {
  const decoded = payloads.reduce((sum, { body }) => sum + snappyDecodedLength(body), 0);
  const bytes = payloads.reduce((sum, { body }) => sum + body.byteLength, 0);
  const merged = new ByteWriter(bytes + 5).varint(decoded);
  for (const { body } of payloads) merged.bytes(body, preambleLength(body), body.length);
  return merged.take();
}

/** The varint of the decoded length; `snappyDecodedLength` has checked it. */
function preambleLength(body: Uint8Array): number {
  let length = 1;
  while (body[length - 1] >= 0x80) length++;
  return length;
}

/** Decoded, each is a message of repeated fields. */
function mergeRemoteWrite2(payloads: readonly Payload[]): Uint8Array {
  const decoded = concatenate(payloads.map((payload) => decodedVersion2(payload).body));
  return snappyEncode(encodeRemoteWrite2(decoded, { extended: true }));
}

/** The bytes are our own, so what the symbols expand to was in memory before. */
function decodedVersion2({ body }: Payload): RemoteWrite2Body {
  return decodeRemoteWrite2(snappyDecode(body, snappyDecodedLength(body)), Number.POSITIVE_INFINITY);
}

function concatenate(bodies: readonly Uint8Array[]): Uint8Array {
  const merged = new ByteWriter(bodies.reduce((sum, body) => sum + body.byteLength, 0));
  for (const body of bodies) merged.bytes(body, 0, body.length);
  return merged.take();
}
