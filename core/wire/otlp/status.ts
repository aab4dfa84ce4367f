/**
 * Answers of OTLP/HTTP: `google.rpc.Status` for errors and the Export response for success, in protobuf and in JSON. The
 * same for every signal: partial_success is field 1, with rejected items in 1 and the message in 2.
 */
import { ByteReader } from '../../bytes/reader.ts';
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { ByteWriter } from '../../bytes/writer.ts';

/** The gRPC codes that OTLP/HTTP errors carry. */
export const RPC_CODES = {
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export function encodeOtlpStatus(code: number, message: string): Uint8Array<ArrayBuffer> {
  return new ByteWriter(message.length + 16).varintField(1, code).stringField(2, message).take();
}

export function otlpStatusJson(code: number, message: string): string {
  return JSON.stringify({ code, message });
}

/** Export<Signal>ServiceResponse: an empty message is full success. A message with 0 rejected items is a warning. */
export function encodeOtlpResponse(rejectedItems = 0, message = ''): Uint8Array<ArrayBuffer> {
  if (rejectedItems === 0 && message === '') return new Uint8Array(0);
  const partial = new ByteWriter(message.length + 16);
  if (rejectedItems > 0) partial.varintField(1, rejectedItems);
  partial.stringField(2, message);
  return new ByteWriter(partial.length + 8).bytesField(1, partial.view()).take();
}

export interface PartialSuccess {
  /** 0 with a message is a warning. */
  readonly rejected: number;
  readonly message: string;
}

/** What the answer to a push says was left out; undefined for full success, and for an answer that is not OTLP. */
export function decodeOtlpResponse(body: Uint8Array, contentType: string): PartialSuccess | undefined {
  try {
    return contentType.startsWith('application/json') ? partialOfJson(decodeUtf8(body)) : partialOfProtobuf(body);
  } catch {
    return undefined;
  }
}

function partialOfProtobuf(body: Uint8Array): PartialSuccess | undefined {
  let partial: PartialSuccess | undefined;
  const reader = new ByteReader(body);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) partial = readPartial(reader.message());
    else reader.skip(tag & 7);
  }
  return partial;
}

function readPartial(reader: ByteReader): PartialSuccess {
  let rejected = 0;
  let message = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) rejected = Number(reader.int64());
    else if (tag === 0x12) message = reader.string();
    else reader.skip(tag & 7);
  }
  return { rejected: Math.max(0, rejected), message };
}

function partialOfJson(text: string): PartialSuccess | undefined {
  const { partialSuccess } = JSON.parse(text) as { partialSuccess?: Readonly<Record<string, unknown>> };
  if (partialSuccess === undefined) return undefined;
  const rejected = Math.max(0, ...Object.values(REJECTED_FIELDS).map((name) => Number(partialSuccess[name] ?? 0)));
  return {
    rejected: Number.isSafeInteger(rejected) ? rejected : 0,
    message: String(partialSuccess.errorMessage ?? ''),
  };
}

const REJECTED_FIELDS = {
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
  profiles: 'rejectedProfiles',
} as const;

export function otlpResponseJson(signal: keyof typeof REJECTED_FIELDS, rejectedItems = 0, message = ''): string {
  if (rejectedItems === 0 && message === '') return '{}';
  return JSON.stringify({
    partialSuccess: { [REJECTED_FIELDS[signal]]: String(rejectedItems), errorMessage: message },
  });
}
