/**
 * What a destination's answer means for the payload that was sent: one table for the gateway and the agent.
 * A 4xx other than those named below says that the bytes are wrong, so sending them again can never help.
 */
import type { PartialSuccess } from '../wire/otlp/status.ts';
import { isRemoteWrite2, type MetricCounts } from '../wire/remote-write/v2.ts';
import type { Destination, Payload } from './destination.ts';
import { parseRetryAfter } from './retry-after.ts';

export type Verdict =
  | { readonly kind: 'delivered'; readonly note?: 'deduplicated' | 'fell_back' }
  | (Trouble & { readonly kind: 'retry'; readonly retryAfterMs?: number })
  /** Too large as a whole: send it in halves, and reject what is too large on its own. */
  | (Trouble & { readonly kind: 'split' })
  /** The configuration is wrong, not the data: keep everything, tell the operator, try again rarely. */
  | (Trouble & { readonly kind: 'pause' })
  /** `written`: how much of it a receiver of remote write 2.0, or of OTLP with partial success, took all the same. */
  | (Trouble & { readonly kind: 'reject'; readonly written?: MetricCounts });

/** Of one answer; fallback.ts makes a verdict of it. */
export type Judgement =
  | Verdict
  /** The receiver takes remote write 1.0 only: send it again as that, at once. */
  | (Trouble & { readonly kind: 'fallback' });

export interface Trouble {
  /** snake_case, a metric label. */
  readonly reason: string;
  /** For people: one line, at most `maxDetailLength` characters. */
  readonly detail: string;
  /** HTTP status, absent where no answer came. */
  readonly status?: number;
}

export type SendErrorKind =
  | 'timeout'
  | 'connection_refused'
  | 'connection_reset'
  | 'dns_failure'
  | 'tls_failure'
  | 'network_error'
  /** Our own guard refused the address (a private network, a port, a scheme). */
  | 'address_refused';

export interface AnswerHeaders {
  readonly retryAfter?: string | null | undefined;
  /** `writtenCounts` of the answer. */
  readonly written?: MetricCounts | undefined;
  /** Of an answer of OTLP. */
  readonly partialSuccess?: PartialSuccess | undefined;
}

export const maxDetailLength = 1024;

const rejections: ReadonlyMap<number, string> = new Map([
  [400, 'bad_request'],
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [409, 'conflict'],
  [410, 'gone'],
  [415, 'unsupported_media_type'],
  [422, 'unprocessable_content'],
]);

const retries: ReadonlyMap<number, string> = new Map([
  [408, 'request_timeout'],
  [425, 'too_early'],
  [429, 'rate_limited'],
  [499, 'client_closed_request'],
  [500, 'internal_server_error'],
  [502, 'bad_gateway'],
  [503, 'service_unavailable'],
  [504, 'gateway_timeout'],
]);

const pauses: ReadonlyMap<number, string> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [407, 'proxy_unauthorized'],
]);

export function judgeResponse(
  destination: Pick<Destination, 'protocol' | 'retry'>,
  status: number,
  headers: AnswerHeaders,
  bodyExcerpt: string,
  nowMs: number,
  sent?: Pick<Payload, 'contentType' | 'items'>,
): Judgement {
  const asVersion2 = sent !== undefined && isRemoteWrite2(sent.contentType);
  const trouble = (reason: string): Trouble => ({ reason, status, detail: describe(status, bodyExcerpt) });

  // Loki answers 260 while a tenant's ingestion is blocked on purpose: a success to HTTP, but nothing was stored.
  if (status === 260 && destination.protocol === 'loki_push') return { kind: 'reject', ...trouble('blocked') };
  // "Senders SHOULD assume 415 … when … receiving 2xx …, but none of the Written response headers": a receiver of 1.0 that
  // does not look at the content type finds no series in a 2.0 request, and is content.
  if (asVersion2 && (status === 415 || (status >= 200 && status < 300 && headers.written === undefined))) {
    return { kind: 'fallback', ...trouble('remote_write_2_unsupported') };
  }
  if (status >= 200 && status < 300) return partly(headers.partialSuccess, sent) ?? delivered(destination, status);
  // Following a redirect would carry the credentials to an address that the configuration does not name.
  if (status >= 300 && status < 400) return { kind: 'pause', ...trouble('redirect_refused') };

  const pause = pauses.get(status);
  if (pause !== undefined) return { kind: 'pause', ...trouble(pause) };
  if (status === 413 || isMimirTooLarge(status, bodyExcerpt)) return { kind: 'split', ...trouble('payload_too_large') };
  if (status === 429 && !destination.retry.retryOnHttp429) return { kind: 'reject', ...trouble('rate_limited') };

  // OTLP declares 500 permanent, yet Tempo answers it for passing failures too, and resent spans merge: losing data is
  // the worse mistake, so every 5xx is tried again for every protocol.
  if (retries.has(status) || status >= 500 || status < 200) {
    const retryAfterMs = parseRetryAfter(headers.retryAfter, nowMs);
    const reason = retries.get(status) ?? 'server_error';
    return { kind: 'retry', ...trouble(reason), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const written = asVersion2 ? headers.written : undefined;
  const rejection = trouble(rejections.get(status) ?? 'client_error');
  return { kind: 'reject', ...rejection, ...(written === undefined ? {} : { written }) };
}

/** Items of a payload that its destination refused: all but those that it says it has written. */
export function refusedItems({ items }: Payload, { written }: Extract<Verdict, { kind: 'reject' }>): number {
  if (written === undefined) return items;
  return Math.max(0, items - written.samples - written.histograms);
}

export function judgeError(kind: SendErrorKind, detail = ''): Verdict {
  const trouble: Trouble = { reason: kind, detail: detail === '' ? errorTexts[kind] : oneLine(detail) };
  return kind === 'address_refused' ? { kind: 'pause', ...trouble } : { kind: 'retry', ...trouble };
}

const errorTexts: Readonly<Record<SendErrorKind, string>> = {
  timeout: 'no answer within the timeout',
  connection_refused: 'connection refused',
  connection_reset: 'connection reset',
  dns_failure: 'the host name could not be resolved',
  tls_failure: 'the TLS handshake failed',
  network_error: 'network error',
  address_refused: 'the address is not allowed as a destination',
};

/** "The client MUST NOT retry": what was left out of a push of OTLP is refused for good. */
function partly(partial: PartialSuccess | undefined, sent: Pick<Payload, 'items'> | undefined): Judgement | undefined {
  if (partial === undefined || sent === undefined || partial.rejected === 0) return undefined;
  const taken = Math.max(0, sent.items - partial.rejected);
  const detail = oneLine(`partial success, ${partial.rejected} of ${sent.items} rejected: ${partial.message}`);
  const written = { samples: taken, histograms: 0, exemplars: 0 };
  return { kind: 'reject', reason: PARTIAL_SUCCESS, detail, written };
}

/** The reason of what a receiver of OTLP left out of a push that it took otherwise. */
export const PARTIAL_SUCCESS = 'partial_success';

function delivered(destination: Pick<Destination, 'protocol'>, status: number): Verdict {
  // Mimir's HA tracker answers 202 for the replica that is not elected: taken on purpose, stored from its twin.
  if (status === 202 && destination.protocol === 'remote_write') return { kind: 'delivered', note: 'deduplicated' };
  return { kind: 'delivered' };
}

/** Mimir answers 400 instead of 413 for a remote-write body over its size limit. */
function isMimirTooLarge(status: number, bodyExcerpt: string): boolean {
  return status === 400 && bodyExcerpt.includes('err-mimir-distributor-max-write-message-size');
}

function describe(status: number, bodyExcerpt: string): string {
  const text = oneLine(bodyExcerpt);
  return text === '' ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
}

/** A destination's text goes to logs and pages, so it may not start a new line or carry terminal codes. */
function oneLine(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return clean.length > maxDetailLength ? `${clean.slice(0, maxDetailLength)}…` : clean;
}
