/**
 * The only fetch() of the gateway. Redirects are not followed, because they would carry credentials to an address that
 * the pipeline does not name; answers are read to 1 KiB; nothing that a client sent becomes a header (core/delivery/request).
 */
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { FallbackMemory, type FallbackStore, sendWithFallback, writtenCounts } from '../../core/delivery/fallback.ts';
import { buildRequest } from '../../core/delivery/request.ts';
import {
  type Judgement,
  judgeError,
  judgeResponse,
  type SendErrorKind,
  type Verdict,
} from '../../core/delivery/verdict.ts';
import { withoutSecrets } from '../../core/delivery/without-secrets.ts';
import { VERSION } from '../../core/version.ts';
import { decodeOtlpResponse, type PartialSuccess } from '../../core/wire/otlp/status.ts';
import { isRemoteWrite2 } from '../../core/wire/remote-write/v2.ts';
import type { Env } from '../env.ts';
import { errorText } from '../telemetry/log.ts';
import { type EgressOptions, egressProblem } from './egress-policy.ts';

/** A destination that hangs holds an outbox awake and billed, or a client waiting. */
export const MAX_SEND_TIMEOUT_MS = 10_000;
const MAX_ERROR_BODY_BYTES = 1024;
const MAX_OTLP_ANSWER_BYTES = 8 * 1024;
const USER_AGENT = `spillway/${VERSION}`;

export interface SendOptions extends EgressOptions {
  /** Of a request, whose timers end with it. An outbox is kept awake by a timer until it is cleared or due. */
  readonly timersEndSoon?: boolean;
}

/**
 * `adminHost`: the host by which whoever saves a pipeline reached the gateway, which is one of its own. Never the host of a
 * push: where no platform vouches for it, a sender could name a destination as the gateway and so stop its delivery.
 */
export function sendOptions(env: Env, adminHost = ''): SendOptions {
  const { ALLOW_PRIVATE_DESTINATIONS, ALLOWED_DESTINATIONS = '', GATEWAY_HOSTS = '' } = env;
  return {
    allowPrivate: ALLOW_PRIVATE_DESTINATIONS === 'true',
    allowed: ALLOWED_DESTINATIONS,
    ownHosts: adminHost === '' ? GATEWAY_HOSTS : `${GATEWAY_HOSTS},${adminHost}`,
  };
}

/** Of this isolate; an outbox has a lasting one. */
const isolateFallbacks = new FallbackMemory();

/** Sends and judges the answer; a second time as remote write 1.0 where the receiver takes no 2.0. Never throws. */
export function sendPayload(
  destination: Destination,
  payload: Payload,
  attempt: number,
  options: SendOptions,
  fallbacks: FallbackStore = isolateFallbacks,
): Promise<Verdict> {
  const send = async (body: Payload) =>
    withoutSecrets(destination, await sendOnce(destination, body, attempt, options));
  return sendWithFallback(fallbacks, destination.url, payload, Date.now(), send);
}

async function sendOnce(
  destination: Destination,
  payload: Payload,
  attempt: number,
  options: SendOptions,
): Promise<Judgement> {
  const problem = egressProblem(destination.url, options);
  if (problem !== undefined) return judgeError('address_refused', `the URL ${problem}`);
  let request: RequestHead;
  try {
    request = attempt === 0 ? firstAttempt(destination, payload) : head(destination, payload, attempt);
  } catch (error) {
    // A configuration is checked when it is loaded; what slips through keeps its data until somebody puts it right.
    return { kind: 'pause', reason: 'request_invalid', detail: `the request cannot be made: ${errorText(error)}` };
  }
  const { url, headers } = request;
  const timeoutMs = Math.min(destination.timeoutMs, MAX_SEND_TIMEOUT_MS);
  const limit = timeLimit(timeoutMs, options);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: payload.body,
      redirect: 'manual',
      signal: limit.signal,
    });
    const { ok, status } = response;
    const partialSuccess = await readPartialSuccess(destination, response);
    const excerpt = ok ? await discard(response) : await readExcerpt(response);
    // Each header read is a call into the platform.
    const retryAfter = ok ? undefined : response.headers.get('retry-after');
    const tellsCounts = isRemoteWrite2(payload.contentType);
    const written = tellsCounts ? writtenCounts((name) => response.headers.get(name)) : undefined;
    return judgeResponse(destination, status, { retryAfter, written, partialSuccess }, excerpt, Date.now(), payload);
  } catch (error) {
    if (limit.signal.aborted) return judgeError('timeout', `no answer within ${timeoutMs} ms`);
    const { kind, text } = networkFault(errorText(error));
    return judgeError(kind, `${new URL(url).host}: ${text}`);
  } finally {
    limit.lift?.();
  }
}

interface TimeLimit {
  readonly signal: AbortSignal;
  lift?(): void;
}

/** The platform's own takes 20 µs less than a controller with a timer, and cannot be lifted. */
function timeLimit(timeoutMs: number, { timersEndSoon }: SendOptions): TimeLimit {
  if (timersEndSoon === true) return { signal: AbortSignal.timeout(timeoutMs) };
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  return { signal: abort.signal, lift: () => clearTimeout(timer) };
}

/** Where a request goes and under which headers. */
interface RequestHead {
  readonly url: string;
  readonly headers: Headers;
}

/**
 * Of first attempts, kept for as long as the pipeline's version is: all pushes to a destination have the same, and turning
 * a list into headers is a tenth of what `fetch` costs. A changed pipeline has other destinations.
 */
const firstAttempts = new WeakMap<Destination, Map<string, RequestHead>>();
/** Payloads may name their own tenants (`__tenant_id__`), any number of them. */
const MAX_HEADS = 32;

function firstAttempt(destination: Destination, payload: Payload): RequestHead {
  let heads = firstAttempts.get(destination);
  if (heads === undefined) firstAttempts.set(destination, (heads = new Map()));
  const { contentType, contentEncoding, path = '', tenantId } = payload;
  // No tenant of its own is not the same as the tenant ''.
  const tenant = tenantId === undefined ? '' : `=${tenantId}`;
  const key = `${contentEncoding}\n${contentType}\n${tenant}\n${path}`;
  let known = heads.get(key);
  if (known !== undefined) return known;
  if (heads.size >= MAX_HEADS) heads.clear();
  heads.set(key, (known = head(destination, payload, 0)));
  return known;
}

function head(destination: Destination, payload: Payload, attempt: number): RequestHead {
  const { url, headers } = buildRequest(destination, payload, { attempt, userAgent: USER_AGENT });
  return { url, headers: new Headers(headers.map(([name, value]): [string, string] => [name, value])) };
}

async function discard(response: Response): Promise<string> {
  if (!response.bodyUsed) await response.body?.cancel();
  return '';
}

/** A receiver of OTLP answers 200 and says in the body what it left out. */
async function readPartialSuccess({ protocol }: Destination, response: Response): Promise<PartialSuccess | undefined> {
  if (protocol !== 'otlp_http' || !response.ok) return undefined;
  const bytes = await readStart(response, MAX_OTLP_ANSWER_BYTES);
  return decodeOtlpResponse(bytes, response.headers.get('content-type') ?? '');
}

async function readExcerpt(response: Response): Promise<string> {
  const start = await readStart(response, MAX_ERROR_BODY_BYTES);
  const text = new TextDecoder().decode(start);
  return start.byteLength < MAX_ERROR_BODY_BYTES ? text : `${text}…`;
}

async function readStart(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null || response.bodyUsed) return new Uint8Array();
  const reader = response.body.getReader();
  const excerpt = new Uint8Array(maxBytes);
  let length = 0;
  try {
    while (length < excerpt.byteLength) {
      const { done, value } = await reader.read();
      if (done) break;
      const chunk = value.subarray(0, excerpt.byteLength - length);
      excerpt.set(chunk, length);
      length += chunk.byteLength;
    }
    await reader.cancel();
  } catch {
    // The status decides; a body that breaks off or never ends costs only its text.
  }
  return excerpt.subarray(0, length);
}

/**
 * The platform reports network failures as texts only, and in plain workerd refused, reset and unknown hosts look alike. A
 * text with a reference number of its own would be a new error on the console each time.
 */
function networkFault(text: string): { readonly kind: SendErrorKind; readonly text: string } {
  if (/connection refused|ECONNREFUSED/i.test(text)) return { kind: 'connection_refused', text: 'connection refused' };
  if (/DNS|name not resolved|no such host/i.test(text)) return { kind: 'dns_failure', text: 'unknown host name' };
  if (/TLS|SSL|certificate/i.test(text)) return { kind: 'tls_failure', text };
  if (/ECONNRESET|connection (was )?reset/i.test(text)) return { kind: 'connection_reset', text: 'connection reset' };
  if (/connection (was )?(lost|closed)|disconnected/i.test(text)) {
    return { kind: 'network_error', text: 'the connection was refused or lost' };
  }
  return { kind: 'network_error', text: 'cannot be reached: unknown host name, or no network' };
}
