/**
 * OTLP over HTTP: takes protobuf or JSON and answers in the same form. 200 is said only when the data is on
 * the spools; what can be tried again is 503 with Retry-After, because 500 tells an OTLP sender to give up.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OutcomeError, outcomeStatus } from '../../core/outcome.ts';
import { countOtlp, type OtlpBatch } from '../../core/pipeline/signals.ts';
import { countLogRecords, otlpLogsJsonToProtobuf } from '../../core/wire/otlp/logs.ts';
import { countDataPoints, otlpMetricsJsonToProtobuf } from '../../core/wire/otlp/metrics.ts';
import {
  countSpans,
  encodeOtlpResponse,
  encodeOtlpStatus,
  otlpResponseJson,
  otlpStatusJson,
  otlpTracesJsonToProtobuf,
} from '../../core/wire/otlp/traces.ts';
import { MISDIRECTED, ON_LOOPBACK_ONLY, reboundCheck } from '../server/loopback.ts';
import { readRequestBody } from './request-body.ts';

type OtlpSignal = keyof typeof SIGNALS;

export interface OtlpHttpSettings {
  readonly paths: Readonly<Record<OtlpSignal, string>>;
  /** What is sent for others is answered with a text that says so. */
  readonly taken: ReadonlySet<OtlpSignal>;
  readonly maxBodyBytes: number;
  readonly idleTimeoutMs: number;
  readonly headerTimeoutMs: number;
  /** 0: no limit. */
  readonly readTimeoutMs: number;
}

type Write = (batch: OtlpBatch) => Promise<void>;

interface SignalForm {
  readonly fromJson: (text: string) => Uint8Array;
  /** Counts the items, checking the whole body. */
  readonly toBatch: (body: Uint8Array) => OtlpBatch;
}

const SIGNALS = {
  traces: {
    fromJson: otlpTracesJsonToProtobuf,
    toBatch: (body) => ({ signal: 'traces', body, spans: countSpans(body) }),
  },
  metrics: {
    fromJson: otlpMetricsJsonToProtobuf,
    toBatch: (body) => ({ signal: 'metrics', encoding: 'otlp', body, dataPoints: countDataPoints(body) }),
  },
  logs: {
    fromJson: otlpLogsJsonToProtobuf,
    toBatch: (body) => ({ signal: 'logs', encoding: 'otlp', body, records: countLogRecords(body) }),
  },
} as const satisfies Readonly<Record<string, SignalForm>>;

const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly OtlpSignal[];

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const RETRY_AFTER_SECONDS = 5;
/** google.rpc.Code */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const UNAVAILABLE = 14;

export function createOtlpServer(settings: () => OtlpHttpSettings, write: Write): Server {
  const { idleTimeoutMs, headerTimeoutMs, readTimeoutMs } = settings();
  const options = { keepAliveTimeout: idleTimeoutMs, headersTimeout: headerTimeoutMs, requestTimeout: readTimeoutMs };
  const server = createServer(options, (request, response) => {
    handle(request, response, settings(), isRebound(request), write).catch(() => response.destroy());
  });
  const isRebound = reboundCheck(server);
  return server;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  settings: OtlpHttpSettings,
  isRebound: boolean,
  write: Write,
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
  if (isRebound) return refuse(MISDIRECTED, INVALID_ARGUMENT, ON_LOOPBACK_ONLY);
  const signal = SIGNAL_NAMES.find((name) => settings.paths[name] === path);
  if (signal === undefined) return refuse(404, NOT_FOUND, `there is nothing at ${path}`);
  if (!settings.taken.has(signal)) return refuse(404, NOT_FOUND, `no output of this receiver takes ${signal}`);
  if (request.method !== 'POST') {
    response.setHeader('Allow', 'POST');
    return refuse(405, INVALID_ARGUMENT, 'use POST');
  }
  if (!json && contentType !== PROTOBUF) {
    return refuse(415, INVALID_ARGUMENT, `the content type must be ${PROTOBUF} or ${JSON_TYPE}, not "${contentType}"`);
  }
  try {
    const raw = await readRequestBody(request, settings.maxBodyBytes);
    const { fromJson, toBatch } = SIGNALS[signal];
    const batch = toBatch(json ? fromJson(Buffer.from(raw).toString('utf8')) : raw);
    if (countOtlp(batch) > 0) await write(batch);
    respond(response, 200, json, json ? otlpResponseJson(signal) : encodeOtlpResponse());
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
