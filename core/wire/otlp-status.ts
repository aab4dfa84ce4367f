/**
 * Answers of OTLP/HTTP: `google.rpc.Status` for errors and the Export response for success, in protobuf and in JSON. The
 * same for every signal: partial_success is field 1, with rejected items in 1 and the message in 2.
 */
import { ByteWriter } from '../bytes/writer.ts';

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
