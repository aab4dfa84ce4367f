/**
 * The only fetch() of the gateway. Redirects are not followed, because they would carry credentials to an address that
 * the pipeline does not name; answers are read to 1 KiB; nothing that a client sent becomes a header (core/delivery/request).
 */
import type { Destination, Payload } from '../../core/delivery/destination.ts';
import { buildRequest } from '../../core/delivery/request.ts';
import { judgeError, judgeResponse, type SendErrorKind, type Verdict } from '../../core/delivery/verdict.ts';
import { VERSION } from '../../core/version.ts';
import type { Env } from '../env.ts';
import { errorText } from '../telemetry/log.ts';
import { type EgressOptions, egressProblem } from './egress-policy.ts';

/** A destination that hangs holds an outbox awake and billed, or a client waiting. */
export const MAX_SEND_TIMEOUT_MS = 10_000;
const MAX_ERROR_BODY_BYTES = 1024;
const USER_AGENT = `spillway/${VERSION}`;

export type SendOptions = EgressOptions;

export function sendOptions(env: Env): SendOptions {
  return { allowPrivate: env.ALLOW_PRIVATE_DESTINATIONS === 'true' };
}

/** Sends once and judges the answer. Never throws. */
export async function sendPayload(
  destination: Destination,
  payload: Payload,
  attempt: number,
  options: SendOptions,
): Promise<Verdict> {
  const problem = egressProblem(destination.url, options);
  if (problem !== undefined) return judgeError('address_refused', `the URL ${problem}`);
  const { url, method, headers, body } = buildRequest(destination, payload, { attempt, userAgent: USER_AGENT });
  const abort = new AbortController();
  const timeoutMs = Math.min(destination.timeoutMs, MAX_SEND_TIMEOUT_MS);
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      body,
      redirect: 'manual',
      signal: abort.signal,
    });
    const excerpt = response.ok ? await discard(response) : await readExcerpt(response);
    const retryAfter = response.headers.get('retry-after');
    return judgeResponse(destination, response.status, { retryAfter }, excerpt, Date.now());
  } catch (error) {
    if (abort.signal.aborted) return judgeError('timeout', `no answer within ${timeoutMs} ms`);
    const { kind, text } = networkFault(errorText(error));
    return judgeError(kind, `${new URL(url).host}: ${text}`);
  } finally {
    clearTimeout(timer);
  }
}

async function discard(response: Response): Promise<string> {
  await response.body?.cancel();
  return '';
}

async function readExcerpt(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const excerpt = new Uint8Array(MAX_ERROR_BODY_BYTES);
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
  return new TextDecoder().decode(excerpt.subarray(0, length));
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
