/**
 * The only place where outbound headers are made. The list is closed: what the protocol needs, what the destination's
 * configuration names, and nothing that came in with a client's request.
 */
import { encodeUtf8 } from '../bytes/utf8.ts';
import { PYROSCOPE_PUSH_PATH } from '../wire/pyroscope/push.ts';
import { REMOTE_WRITE_V1_VERSION } from '../wire/remote-write/v1.ts';
import { isRemoteWrite2, REMOTE_WRITE_2_VERSION } from '../wire/remote-write/v2.ts';
import type { Auth, Destination, Payload } from './destination.ts';
import { headerProblem } from './headers.ts';

export interface DeliveryRequest {
  readonly url: string;
  readonly method: 'POST';
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface RequestOptions {
  /** Failed attempts so far; 0 for the first. */
  readonly attempt: number;
  readonly userAgent: string;
}

export function buildRequest(destination: Destination, payload: Payload, options: RequestOptions): DeliveryRequest {
  const headers = new HeaderList();
  headers.set('Content-Type', payload.contentType);
  if (payload.contentEncoding !== '') headers.set('Content-Encoding', payload.contentEncoding);
  headers.set('User-Agent', options.userAgent);
  if (destination.protocol === 'remote_write') {
    const version = isRemoteWrite2(payload.contentType) ? REMOTE_WRITE_2_VERSION : REMOTE_WRITE_V1_VERSION;
    headers.set('X-Prometheus-Remote-Write-Version', version);
  }
  if (payload.path === PYROSCOPE_PUSH_PATH) headers.set('Connect-Protocol-Version', '1');
  // Mimir grows its Retry-After with this number (wire.md, 3).
  if (options.attempt > 0) headers.set('Retry-Attempt', String(options.attempt));
  const tenant = payload.tenantId ?? destination.tenantId;
  if (tenant !== undefined && tenant !== '') headers.set('X-Scope-OrgID', tenant);
  const authorization = authorizationHeader(destination.auth);
  if (authorization !== undefined) headers.set('Authorization', authorization);
  for (const [name, value] of Object.entries(destination.headers)) headers.add(name, value);
  for (const { name, value } of destination.secretHeaders ?? []) headers.add(name, value.reveal());
  return { url: urlOf(destination, payload), method: 'POST', headers: headers.entries(), body: payload.body };
}

function urlOf(destination: Destination, { path }: Payload): string {
  // The URL of an OTLP endpoint is whole: the path of its payloads only tells what they are.
  if (path === undefined || destination.protocol === 'otlp_http') return destination.url;
  const { origin, pathname } = new URL(destination.url);
  return `${origin}${pathname.replace(/\/$/, '')}${path}`;
}

function authorizationHeader(auth: Auth): string | undefined {
  if (auth.basic !== undefined) {
    return `Basic ${base64(encodeUtf8(`${auth.basic.username}:${auth.basic.password.reveal()}`))}`;
  }
  if (auth.bearer !== undefined) return `Bearer ${auth.bearer.reveal()}`;
  if (auth.authorization !== undefined) {
    return `${auth.authorization.type} ${auth.authorization.credentials.reveal()}`;
  }
  return undefined;
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

class HeaderList {
  readonly #byName = new Map<string, [name: string, value: string]>();

  set(name: string, value: string): void {
    this.#byName.set(name.toLowerCase(), [name, value]);
  }

  /** A configured header: never in place of one that is already there, never one that could smuggle. */
  add(name: string, value: string): void {
    if (this.#byName.has(name.toLowerCase()) || headerProblem(name, value) !== undefined) return;
    this.set(name, value);
  }

  entries(): [name: string, value: string][] {
    return [...this.#byName.values()];
  }
}
