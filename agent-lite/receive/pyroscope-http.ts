/**
 * Pyroscope's HTTP API for profilers: `/ingest` and the push of Connect. 200 is said only when the profiles are on the
 * spools. Labels get a service name as Alloy gives it, so that rules written for Alloy find what they look for.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { decodeUtf8 } from '../../core/bytes/utf8.ts';
import { type Labels, LabelsBuilder, METRIC_NAME_LABEL } from '../../core/labels/labels.ts';
import { OutcomeError, outcomeStatus } from '../../core/outcome.ts';
import type { ProfilesBatch } from '../../core/pipeline/signals.ts';
import { connectErrorJson } from '../../core/wire/pyroscope/connect-error.ts';
import { decodePyroscopeIngest, PYROSCOPE_INGEST_PATH } from '../../core/wire/pyroscope/ingest.ts';
import type { ProfileSeries } from '../../core/wire/pyroscope/profile-series.ts';
import {
  decodePyroscopePush,
  PYROSCOPE_PUSH_CONTENT_TYPE,
  PYROSCOPE_PUSH_PATH,
} from '../../core/wire/pyroscope/push.ts';
import { decodePyroscopePushJson } from '../../core/wire/pyroscope/push-json.ts';
import { MISDIRECTED, ON_LOOPBACK_ONLY, reboundCheck } from '../server/loopback.ts';
import { readRequestBody } from './request-body.ts';

export interface PyroscopeHttpSettings {
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  readonly idleTimeoutMs: number;
  readonly readTimeoutMs: number;
}

const JSON_TYPE = 'application/json';
const RETRY_AFTER_SECONDS = 5;

type Write = (batch: ProfilesBatch) => Promise<void>;

interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
}

export function createPyroscopeServer(settings: PyroscopeHttpSettings, write: Write): Server {
  const { idleTimeoutMs, readTimeoutMs } = settings;
  const options = { keepAliveTimeout: idleTimeoutMs, requestTimeout: readTimeoutMs };
  const server = createServer(options, (request, response) => {
    const answer = isRebound(request)
      ? Promise.resolve(error(MISDIRECTED, ON_LOOPBACK_ONLY))
      : handle(request, settings, write);
    answer
      .catch(refusal)
      .then((answer) => respond(request, response, answer))
      .catch(() => response.destroy());
  });
  const isRebound = reboundCheck(server);
  if (settings.maxConnections > 0) server.maxConnections = settings.maxConnections;
  return server;
}

async function handle(
  request: IncomingMessage,
  { maxBodyBytes }: PyroscopeHttpSettings,
  write: Write,
): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://agent');
  const isPush = url.pathname === PYROSCOPE_PUSH_PATH;
  if (!isPush && url.pathname !== PYROSCOPE_INGEST_PATH) return error(404, `there is nothing at ${url.pathname}`);
  if (request.method !== 'POST') return error(405, 'use POST');
  const contentType = request.headers['content-type'] ?? '';
  const mediaType = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (isPush && mediaType !== PYROSCOPE_PUSH_CONTENT_TYPE && mediaType !== JSON_TYPE) {
    return error(415, `the content type must be ${PYROSCOPE_PUSH_CONTENT_TYPE} or ${JSON_TYPE}, not "${mediaType}"`);
  }
  const body = await readRequestBody(request, maxBodyBytes);
  const series = isPush ? decodePush(mediaType, body) : [decodePyroscopeIngest(url.search, contentType, body)];
  if (series.length > 0) await write({ signal: 'profiles', series: series.map(withServiceName) });
  if (!isPush) return { status: 200 };
  return { status: 200, contentType: mediaType, body: mediaType === JSON_TYPE ? '{}' : '' };
}

function decodePush(mediaType: string, body: Uint8Array): ProfileSeries[] {
  return mediaType === JSON_TYPE ? decodePyroscopePushJson(decodeUtf8(body)) : decodePyroscopePush(body);
}

/** A profile without a service is of the service that its name says; with one, the name is kept as `app_name`. */
function withServiceName(series: ProfileSeries): ProfileSeries {
  const labels = new LabelsBuilder(series.labels);
  const name = labels.get(METRIC_NAME_LABEL);
  if (name === '') return series;
  labels.set(labels.has('service_name') ? 'app_name' : 'service_name', name);
  const named: Labels = labels.labels();
  return { ...series, labels: named };
}

function refusal(problem: unknown): Answer {
  if (!(problem instanceof OutcomeError)) return error(503, 'internal error');
  return error(outcomeStatus(problem.failure.reason), problem.message);
}

function error(status: number, message: string): Answer {
  return { status, contentType: JSON_TYPE, body: connectErrorJson(status, message) };
}

function respond(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: Answer): void {
  // What is left of the body is not read, so the connection cannot be used again.
  if (!request.complete) response.setHeader('Connection', 'close');
  if (status === 405) response.setHeader('Allow', 'POST');
  if (status === 429 || status === 503) response.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
  response.writeHead(status, contentType === undefined ? {} : { 'Content-Type': contentType });
  response.end(body);
}
