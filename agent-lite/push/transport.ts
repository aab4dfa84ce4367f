/**
 * Sends one request to a destination and judges the answer. Reads at most a kilobyte of it beyond what the batch
 * protocol answers, so a destination cannot fill our memory with an error page.
 */
import { hostname } from 'node:os';
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { type FallbackMemory, sendWithFallback, writtenCounts } from '../../core/delivery/fallback.ts';
import { buildRequest } from '../../core/delivery/request.ts';
import {
  type Judgement,
  judgeError,
  judgeResponse,
  type SendErrorKind,
  type Verdict,
} from '../../core/delivery/verdict.ts';
import { withoutSecrets } from '../../core/delivery/without-secrets.ts';
import { decodeOtlpResponse } from '../../core/wire/otlp/status.ts';
import { exchange, type HttpAnswer, HttpTimeoutError } from '../runtime/http-request.ts';
import type { DestinationAgents } from './destination-agents.ts';

const MAX_ERROR_TEXT_BYTES = 1024;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface Transport {
  /** Which receivers take remote write 1.0 only. */
  readonly fallbacks: FallbackMemory;
  readonly agents: DestinationAgents;
  readonly userAgent: string;
  readonly nowMs: () => number;
}

export interface Sent {
  readonly verdict: Verdict;
  /** The answer, where one came. */
  readonly answer?: HttpAnswer;
}

/** A second time as remote write 1.0 where the receiver takes no 2.0. */
export async function sendPayload(
  transport: Transport,
  destination: Destination,
  payload: Payload,
  attempt: number,
  signal: AbortSignal,
): Promise<Sent> {
  let answer: HttpAnswer | undefined;
  const send = async (body: Payload) => {
    const judged = await sendOnce(transport, destination, body, attempt, signal);
    answer = judged.answer;
    return judged.judgement;
  };
  const { fallbacks, nowMs } = transport;
  const verdict = await sendWithFallback(fallbacks, destination.url, payload, nowMs(), send);
  return answer === undefined ? { verdict } : { verdict, answer };
}

async function sendOnce(
  transport: Transport,
  destination: Destination,
  payload: Payload,
  attempt: number,
  signal: AbortSignal,
): Promise<{ readonly judgement: Judgement; readonly answer?: HttpAnswer }> {
  const { nowMs } = transport;
  const userAgent = destination.protocol === 'spillway_batch' ? withHost(transport.userAgent) : transport.userAgent;
  const request = buildRequest(destination, payload, { attempt, userAgent });
  try {
    const answer = await exchange({
      ...request,
      timeoutMs: destination.timeoutMs,
      maxBodyBytes: MAX_ANSWER_BYTES,
      agents: transport.agents.of(destination),
      signal,
    });
    const retryAfter = answer.header('retry-after');
    const start = Buffer.from(answer.body.subarray(0, MAX_ERROR_TEXT_BYTES)).toString('utf8');
    const text = answer.body.length > MAX_ERROR_TEXT_BYTES ? `${start}…` : start;
    const written = writtenCounts((name) => answer.header(name.toLowerCase()));
    const partialSuccess =
      destination.protocol === 'otlp_http' && answer.status === 200
        ? decodeOtlpResponse(answer.body, answer.header('content-type') ?? '')
        : undefined;
    const headers = { retryAfter, written, partialSuccess };
    const judgement = judgeResponse(destination, answer.status, headers, text, nowMs(), payload);
    return { judgement: withoutSecrets(destination, judgement), answer };
  } catch (error) {
    return { judgement: withoutSecrets(destination, judgeError(errorKind(error), errorText(error))) };
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
