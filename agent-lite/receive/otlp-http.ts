/**
 * OTLP over HTTP: takes traces as protobuf or JSON and answers in the same form. 200 is said only when the spans are on
 * the spools; what can be tried again is 503 with Retry-After, because 500 tells an OTLP sender to give up.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OutcomeError, outcomeStatus } from '../../core/outcome.ts';
import type { TracesBatch } from '../../core/pipeline/signals.ts';
import {
  countSpans,
  encodeOtlpResponse,
  encodeOtlpStatus,
  otlpResponseJson,
  otlpStatusJson,
  otlpTracesJsonToProtobuf,
} from '../../core/wire/otlp-traces.ts';
import { readRequestBody } from './request-body.ts';

export interface OtlpHttpSettings {
  readonly tracesPath: string;
  /** Paths of signals that no output takes: answered with a text that says so. */
  readonly otherPaths: readonly string[];
  readonly maxBodyBytes: number;
  readonly idleTimeoutMs: number;
  readonly headerTimeoutMs: number;
  /** 0: no limit. */
  readonly readTimeoutMs: number;
}

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const RETRY_AFTER_SECONDS = 5;
/** google.rpc.Code */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const UNAVAILABLE = 14;

export function createOtlpServer(
  settings: () => OtlpHttpSettings,
  writeTraces: (batch: TracesBatch) => Promise<void>,
): Server {
  const { idleTimeoutMs, headerTimeoutMs, readTimeoutMs } = settings();
  const options = { keepAliveTimeout: idleTimeoutMs, headersTimeout: headerTimeoutMs, requestTimeout: readTimeoutMs };
  return createServer(options, (request, response) => {
    handle(request, response, settings(), writeTraces).catch(() => response.destroy());
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  settings: OtlpHttpSettings,
  writeTraces: (batch: TracesBatch) => Promise<void>,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0]!;
  const contentType = String(request.headers['content-type'] ?? '')
    .split(';', 1)[0]!
    .trim()
    .toLowerCase();
  const json = contentType === JSON_TYPE;
  const refuse = (status: number, code: number, message: string) => {
    // What is left of the body is not read, so the connection cannot be used again.
    if (!request.complete) response.setHeader('Connection', 'close');
    if (status === 503 || status === 429) response.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
    respond(response, status, json, json ? otlpStatusJson(code, message) : encodeOtlpStatus(code, message));
  };
  if (path !== settings.tracesPath) {
    const known = settings.otherPaths.includes(path);
    return refuse(
      404,
      NOT_FOUND,
      known ? `no output of this receiver takes what is sent to ${path}` : `there is nothing at ${path}`,
    );
  }
  if (request.method !== 'POST') {
    response.setHeader('Allow', 'POST');
    return refuse(405, INVALID_ARGUMENT, 'use POST');
  }
  if (!json && contentType !== PROTOBUF) {
    return refuse(415, INVALID_ARGUMENT, `the content type must be ${PROTOBUF} or ${JSON_TYPE}, not "${contentType}"`);
  }
  try {
    const raw = await readRequestBody(request, settings.maxBodyBytes);
    const body = json ? otlpTracesJsonToProtobuf(Buffer.from(raw).toString('utf8')) : raw;
    const spans = countSpans(body);
    if (spans > 0) await writeTraces({ signal: 'traces', body, spans });
    respond(response, 200, json, json ? otlpResponseJson('traces') : encodeOtlpResponse());
  } catch (error) {
    if (!(error instanceof OutcomeError)) return refuse(503, UNAVAILABLE, 'internal error');
    const status = outcomeStatus(error.failure.reason);
    refuse(status, status >= 500 || status === 429 ? UNAVAILABLE : INVALID_ARGUMENT, error.message);
  }
}

function respond(response: ServerResponse, status: number, json: boolean, body: string | Uint8Array): void {
  response.writeHead(status, { 'Content-Type': json ? JSON_TYPE : PROTOBUF });
  response.end(body);
}
