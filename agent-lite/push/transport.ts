/**
 * Sends one request to a destination and judges the answer. Reads at most a kilobyte of it beyond what the batch
 * protocol answers, so a destination cannot fill our memory with an error page.
 */
import { hostname } from 'node:os';
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { buildRequest } from '../../core/delivery/request.ts';
import { judgeError, judgeResponse, type SendErrorKind, type Verdict } from '../../core/delivery/verdict.ts';
import { exchange, type HttpAgents, type HttpAnswer, HttpTimeoutError } from '../runtime/http-request.ts';

const MAX_ERROR_TEXT_BYTES = 1024;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface Transport {
  readonly agents: HttpAgents;
  readonly userAgent: string;
  readonly nowMs: () => number;
}

export interface Sent {
  readonly verdict: Verdict;
  /** The answer, where one came. */
  readonly answer?: HttpAnswer;
}

export async function sendPayload(
  transport: Transport,
  destination: Destination,
  payload: Payload,
  attempt: number,
  signal: AbortSignal,
): Promise<Sent> {
  const { agents, nowMs } = transport;
  const userAgent = destination.protocol === 'spillway_batch' ? withHost(transport.userAgent) : transport.userAgent;
  const request = buildRequest(destination, payload, { attempt, userAgent });
  try {
    const answer = await exchange({
      ...request,
      timeoutMs: destination.timeoutMs,
      maxBodyBytes: MAX_ANSWER_BYTES,
      agents,
      signal,
    });
    const retryAfter = answer.header('retry-after');
    const text = Buffer.from(answer.body.subarray(0, MAX_ERROR_TEXT_BYTES)).toString('utf8');
    return { verdict: judgeResponse(destination, answer.status, { retryAfter }, text, nowMs()), answer };
  } catch (error) {
    return { verdict: judgeError(errorKind(error), errorText(error)) };
  }
}

/** Our gateway's console shows agents by host. Other destinations are not told how this host is called. */
function withHost(userAgent: string): string {
  return `${userAgent} (${hostname().replace(/[^\w.-]/g, '_')})`;
}

const KINDS: Readonly<Record<string, SendErrorKind>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns_failure',
  EAI_AGAIN: 'dns_failure',
};

export function errorKind(error: unknown): SendErrorKind {
  if (error instanceof HttpTimeoutError) return 'timeout';
  const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? '');
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) return 'tls_failure';
  return KINDS[code] ?? 'network_error';
}

/** Several addresses of one name fail as one error without a text of its own. */
function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return errorText(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
