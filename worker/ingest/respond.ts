/**
 * Answers in the words of the protocol that the push came in: remote write and Loki take text, OTLP takes its own messages
 * in the content type of the request, and 500 never leaves an OTLP route, because OTLP clients do not retry it.
 */
import { type Failure, outcomeStatus } from '../../core/outcome.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import {
  encodeOtlpResponse,
  encodeOtlpStatus,
  otlpResponseJson,
  otlpStatusJson,
  RPC_CODES,
} from '../../core/wire/otlp/status.ts';
import { type FormatHeaders, mediaType } from './format.ts';
import { describeRejections, type PushResult, rejectedItems } from './result.ts';

export interface Responder {
  /** Everything was taken. */
  success(result: PushResult): Response;
  /** Some items were invalid and left out, the others were taken. */
  partial(result: PushResult): Response;
  /** `result` is absent where the body was not looked at. */
  failure(failure: Failure, result?: PushResult): Response;
}

const JSON_TYPE = 'application/json';
const TEXT_HEADERS = { 'Content-Type': 'text/plain; charset=utf-8' };

/** The words of remote write and Loki: 204, or a status and a line of text. */
export function textResponder(unit: string): Responder {
  return {
    // 202 is what Mimir says to a replica that is not the elected one.
    success: ({ deduplicatedFor }) =>
      deduplicatedFor === undefined ? new Response(null, { status: 204 }) : accepted(deduplicatedFor),
    partial: (result) => new Response(`${describeRejections(result, unit)}\n`, { status: 400, headers: TEXT_HEADERS }),
    failure: (failure) => textFailure(failure),
  };
}

export function otlpResponder(signal: Signal, unit: string, headers: FormatHeaders): Responder {
  const isJson = mediaType(headers.contentType) === JSON_TYPE;
  const contentType = isJson ? JSON_TYPE : 'application/x-protobuf';
  const respond = (rejected: number, message: string) => {
    const body = isJson ? otlpResponseJson(signal, rejected, message) : encodeOtlpResponse(rejected, message);
    return new Response(body, { headers: { 'Content-Type': contentType } });
  };
  return {
    success: () => respond(0, ''),
    partial: (result) => respond(rejectedItems(result), describeRejections(result, unit)),
    failure: (failure) => otlpError(outcomeStatus(failure.reason), failure.message, contentType, retryHeaders(failure)),
  };
}

function accepted(electedReplica: string): Response {
  const message = `replicas did not match, the samples of the elected replica are taken: ${electedReplica}\n`;
  return new Response(message, { status: 202, headers: TEXT_HEADERS });
}

export function textFailure(failure: Failure): Response {
  const headers = { ...TEXT_HEADERS, ...retryHeaders(failure), ...challenge(failure) };
  return new Response(`${failure.message}\n`, { status: outcomeStatus(failure.reason), headers });
}

export function retryHeaders({ retryAfterSeconds }: Failure): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
}

function challenge({ reason }: Failure): Record<string, string> {
  return reason === 'unauthenticated' ? { 'WWW-Authenticate': 'Bearer realm="spillway"' } : {};
}

function otlpError(
  status: number,
  message: string,
  contentType: string,
  headers: Record<string, string> = {},
): Response {
  const code = rpcCode(status);
  const body = contentType === JSON_TYPE ? otlpStatusJson(code, message) : encodeOtlpStatus(code, message);
  return new Response(body, { status, headers: { ...headers, 'Content-Type': contentType } });
}

function rpcCode(status: number): number {
  switch (status) {
    case 401:
      return RPC_CODES.unauthenticated;
    case 403:
      return RPC_CODES.permissionDenied;
    case 413:
    case 429:
      return RPC_CODES.resourceExhausted;
    case 503:
      return RPC_CODES.unavailable;
    default:
      return RPC_CODES.invalidArgument;
  }
}
