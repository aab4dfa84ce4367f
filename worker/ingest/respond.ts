/**
 * Answers in the words of the protocol that the push came in: remote write and Loki take text, OTLP takes its own messages
 * in the content type of the request, and 500 never leaves an OTLP route, because OTLP clients do not retry it.
 */
import { type Failure, outcomeStatus } from '../../core/outcome.ts';
import {
  encodeOtlpResponse,
  encodeOtlpStatus,
  otlpResponseJson,
  otlpStatusJson,
  RPC_CODES,
} from '../../core/wire/otlp-status.ts';
import type { ContentKind } from './format.ts';
import { describeRejections, type PushResult, rejectedItems } from './result.ts';

export interface Responder {
  success(): Response;
  /** Some items were invalid and left out, the others were taken. */
  partial(result: PushResult, unit: string): Response;
  failure(failure: Failure): Response;
}

const JSON_TYPE = 'application/json';
const TEXT_HEADERS = { 'Content-Type': 'text/plain; charset=utf-8' };

/** Remote write: 400 says "do not send this again", also where the rest was taken (its specification, and Mimir). */
export const remoteWriteResponder: Responder = {
  success: () => new Response(null, { status: 204 }),
  partial: (result, unit) =>
    new Response(`${describeRejections(result, unit)}\n`, { status: 400, headers: TEXT_HEADERS }),
  failure: textFailure,
};

export const lokiResponder: Responder = remoteWriteResponder;

export function otlpResponder(kind: ContentKind): Responder {
  const contentType = kind === 'json' ? JSON_TYPE : 'application/x-protobuf';
  const respond = (rejected: number, message: string) => {
    const body =
      kind === 'json' ? otlpResponseJson('traces', rejected, message) : encodeOtlpResponse(rejected, message);
    return new Response(body, { headers: { 'Content-Type': contentType } });
  };
  return {
    success: () => respond(0, ''),
    partial: (result, unit) => respond(rejectedItems(result), describeRejections(result, unit)),
    failure: (failure) => otlpError(outcomeStatus(failure.reason), failure.message, contentType, retryHeaders(failure)),
  };
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
