/**
 * Batch protocol v1 between agent and gateway, `POST /api/v1/batch`; docs/batch-protocol.md is its specification. A
 * section's body is a complete push of its own protocol and is never decoded here: it is a view into the message.
 */
import { ByteReader, WIRE_BYTES, WIRE_VARINT } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { OutcomeError } from '../outcome.ts';

/** Of the request and of the answer. */
export const BATCH_CONTENT_TYPE = 'application/x-protobuf';

export const MAX_BATCH_SECTIONS = 1000;
export const MAX_AGENT_ID_BYTES = 128;

/** The values of the enum are the positions, counted from 1. */
const BATCH_SIGNALS = ['metrics', 'logs', 'traces', 'profiles'] as const;

export type BatchSignal = (typeof BATCH_SIGNALS)[number];

export interface BatchSection {
  readonly signal: BatchSignal;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: Uint8Array;
  /** Samples, lines, spans or profiles, as the agent counted them. */
  readonly items: number;
  /** Path and query of the push where its protocol puts something there: `/ingest?name=…`. */
  readonly path?: string;
}

export interface SpillwayBatch {
  readonly agentId: string;
  /** Grows by at least one with each batch of an agent; with the agent's id it is the idempotency key. */
  readonly sequence: number;
  readonly sentAtMs: number;
  readonly sections: readonly BatchSection[];
}

export interface SectionResult {
  /** Position of the section in the batch, counted from 0. */
  readonly section: number;
  readonly acceptedItems: number;
  readonly rejectedItems: number;
  /** Why items were rejected; empty when none were. */
  readonly reason: string;
  readonly message: string;
}

export interface BatchResponse {
  /** The batch had been taken before and was not taken again. */
  readonly duplicate: boolean;
  readonly results: readonly SectionResult[];
}

export function encodeBatch(batch: SpillwayBatch): Uint8Array<ArrayBuffer> {
  const bodyBytes = batch.sections.reduce(
    (bytes, section) => bytes + section.body.length + (section.path?.length ?? 0) * 3 + 128,
    256,
  );
  const out = new ByteWriter(bodyBytes);
  out.stringField(1, batch.agentId).varintField(2, batch.sequence).varintField(3, batch.sentAtMs);
  for (const { signal, contentType, contentEncoding, body, items, path = '' } of batch.sections) {
    const head = new ByteWriter(128).varintField(1, BATCH_SIGNALS.indexOf(signal) + 1).stringField(2, contentType);
    if (contentEncoding !== '') head.stringField(3, contentEncoding);
    if (path !== '') head.stringField(6, path);
    // Items before body: the order of fields is free, and so the body is copied once.
    head.varintField(5, items).tag(4, WIRE_BYTES).varint(body.length);
    out
      .tag(4, WIRE_BYTES)
      .varint(head.length + body.length)
      .bytes(head.view())
      .bytes(body);
  }
  return out.take();
}

export function decodeBatch(bytes: Uint8Array): SpillwayBatch {
  let agentId = '';
  let sequence = 0;
  let sentAtMs = 0;
  const sections: BatchSection[] = [];
  eachField(new ByteReader(bytes), [0, WIRE_BYTES, WIRE_VARINT, WIRE_VARINT, WIRE_BYTES], (field, reader) => {
    if (field === 1) agentId = reader.string();
    else if (field === 2) sequence = readSafe(reader, 'sequence');
    else if (field === 3) sentAtMs = readSafe(reader, 'sent_at_ms');
    else {
      if (sections.length === MAX_BATCH_SECTIONS) {
        throw new OutcomeError('body_too_large', `the batch has more than ${MAX_BATCH_SECTIONS} sections`);
      }
      sections.push(decodeSection(reader.message(), sections.length));
    }
  });
  if (agentId === '' || agentId.length > MAX_AGENT_ID_BYTES) {
    throw new OutcomeError('malformed_protobuf', `agent_id must have 1 to ${MAX_AGENT_ID_BYTES} characters`);
  }
  if (sequence === 0) throw new OutcomeError('malformed_protobuf', 'sequence must be 1 or more');
  return { agentId, sequence, sentAtMs, sections };
}

function decodeSection(section: ByteReader, index: number): BatchSection {
  let signal = 0;
  let contentType = '';
  let contentEncoding = '';
  let body = new Uint8Array(0) as Uint8Array;
  let items = 0;
  let path = '';
  const wireTypes = [0, WIRE_VARINT, WIRE_BYTES, WIRE_BYTES, WIRE_BYTES, WIRE_VARINT, WIRE_BYTES];
  eachField(section, wireTypes, (field, reader) => {
    if (field === 1) signal = reader.varint();
    else if (field === 2) contentType = reader.string();
    else if (field === 3) contentEncoding = reader.string();
    else if (field === 4) body = reader.bytes();
    else if (field === 5) items = readSafe(reader, 'items');
    else path = reader.string();
  });
  const name = BATCH_SIGNALS[signal - 1];
  if (name === undefined) {
    throw new OutcomeError(
      'unsupported_media_type',
      `section ${index} has signal ${signal}, known are 1 to ${BATCH_SIGNALS.length}`,
    );
  }
  return { signal: name, contentType, contentEncoding, body, items, ...(path === '' ? {} : { path }) };
}

export function encodeBatchResponse({ duplicate, results }: BatchResponse): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  const part = new ByteWriter();
  if (duplicate) out.varintField(1, 1);
  for (const { section, acceptedItems, rejectedItems, reason, message } of results) {
    part.reset().varintField(1, section).varintField(2, acceptedItems).varintField(3, rejectedItems);
    if (reason !== '') part.stringField(4, reason);
    if (message !== '') part.stringField(5, message);
    out.bytesField(2, part.view());
  }
  return out.take();
}

export function decodeBatchResponse(bytes: Uint8Array): BatchResponse {
  let duplicate = false;
  const results: SectionResult[] = [];
  eachField(new ByteReader(bytes), [0, WIRE_VARINT, WIRE_BYTES], (field, reader) => {
    if (field === 1) duplicate = reader.varint() !== 0;
    else results.push(decodeResult(reader.message()));
  });
  return { duplicate, results };
}

function decodeResult(result: ByteReader): SectionResult {
  const decoded = { section: 0, acceptedItems: 0, rejectedItems: 0, reason: '', message: '' };
  const wireTypes = [0, WIRE_VARINT, WIRE_VARINT, WIRE_VARINT, WIRE_BYTES, WIRE_BYTES];
  eachField(result, wireTypes, (field, reader) => {
    if (field === 1) decoded.section = readSafe(reader, 'section');
    else if (field === 2) decoded.acceptedItems = readSafe(reader, 'accepted_items');
    else if (field === 3) decoded.rejectedItems = readSafe(reader, 'rejected_items');
    else if (field === 4) decoded.reason = reader.string();
    else decoded.message = reader.string();
  });
  return decoded;
}

/** Calls `read` for the fields 1 to n whose wire types are given at their positions, and skips all others. */
function eachField(
  reader: ByteReader,
  wireTypes: readonly number[],
  read: (field: number, reader: ByteReader) => void,
): void {
  while (!reader.done) {
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    if (field < wireTypes.length) {
      reader.expect(tag, wireTypes[field]);
      read(field, reader);
    } else {
      reader.skip(tag & 7);
    }
  }
}

function readSafe(reader: ByteReader, name: string): number {
  const value = reader.varint();
  if (!Number.isSafeInteger(value)) throw new OutcomeError('malformed_protobuf', `${name} is above 2^53 - 1`);
  return value;
}
