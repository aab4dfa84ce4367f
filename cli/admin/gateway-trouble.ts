/**
 * What it means that nothing answered where the gateway should be, or that something else did: one line each, with what to
 * do about it. Nothing of the answer but its status, its type and a redirect's host is repeated: it may be anybody's page.
 */
import type { Connection } from './connection.ts';

/** Of an answer that is not one of the admin API. */
export interface StrangeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly location: string | null;
}

/** A proxy's words for a gateway behind it that does not answer; 52x are Cloudflare's. */
const BEHIND_PROXY = new Set([502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530]);

export function strangeAnswer(connection: Connection, path: string, answer: StrangeAnswer): string {
  const { status, location } = answer;
  const asked = `(asked ${new URL(path, connection.gateway).pathname})`;
  const here = `${originOf(connection)} answered ${status}`;
  if (status >= 300 && status < 400 && location !== null)
    return `${here} ${asked} and ${redirect(connection, location)}`;
  if (BEHIND_PROXY.has(status)) {
    return `${here} ${asked}, not in the gateway's words: a proxy in front of it, most likely, that cannot reach it`;
  }
  const what = answer.contentType === '' ? '' : ` with ${answer.contentType.split(';')[0]?.trim()}`;
  if (status === 401 || status === 403) {
    return `${here}${what} ${asked}, not in the gateway's words: something in front of it wants a login of its own, or it is none; ${isRight(connection)}`;
  }
  return `${here}${what} ${asked} and is not a Spillway gateway's admin API; ${isRight(connection)}`;
}

/** Redirects are not followed: the token is for the gateway that was named. */
function redirect(connection: Connection, location: string): string {
  const from = new URL(connection.gateway);
  if (!URL.canParse(location, from.href)) return `redirects; ${isRight(connection)}`;
  const to = new URL(location, from.href);
  if (to.host === from.host && from.protocol === 'http:' && to.protocol === 'https:') {
    return `redirects to https: write https:// in place of http:// (${sourceOf(connection)})`;
  }
  return `redirects to ${to.origin}, where the token is not sent; if that is the gateway, name it (${sourceOf(connection)}), else a login page stands in front of it`;
}

/** `error`: what fetch threw. */
export function noAnswer(connection: Connection, error: unknown, timeoutMs: number): string {
  const { protocol, hostname, host } = new URL(connection.gateway);
  const origin = originOf(connection);
  const { code, message } = causeOf(error);
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `no answer from ${origin} within ${timeoutMs / 1000} s: is the gateway overloaded, or the network slow?`;
  }
  if (code === 'ECONNREFUSED') {
    const start = isLocal(hostname) ? 'start it with "npm start" or "spillway serve"' : 'is the gateway running';
    return `nothing listens at ${origin}: ${start}, or ${isRight(connection)}`;
  }
  if (code === 'ENOTFOUND') return `there is no host ${JSON.stringify(hostname)} (DNS): ${isRight(connection)}`;
  if (code === 'EAI_AGAIN') {
    return `the name ${JSON.stringify(hostname)} cannot be looked up (DNS): is this machine online, and ${isRight(connection)}`;
  }
  if (UNREACHABLE.has(code)) {
    return `${origin} cannot be reached (${code}): is a firewall, VPN or proxy in the way, and ${isRight(connection)}`;
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return `${host} does not speak TLS: write http:// in place of https:// (${sourceOf(connection)}), on this machine or a network that you trust`;
  }
  const certificate = certificateTrouble(code, message);
  if (certificate !== undefined) return `the certificate of ${origin} ${certificate}`;
  if (message === 'bad port') return `${origin}: HTTP clients refuse this port, as browsers do; ${isRight(connection)}`;
  if (/^HPE_/.test(code) || message.includes('HTTP/1.1 protocol')) {
    return `what listens at ${origin} does not speak HTTP: ${isRight(connection)}`;
  }
  if (protocol === 'http:' && /^(ECONNRESET|UND_ERR_SOCKET)$/.test(code)) {
    return `${origin} ended the connection without an answer in HTTP: if it speaks TLS, write https:// (${sourceOf(connection)})`;
  }
  return `the gateway at ${origin} does not answer (${[code, message].filter(Boolean).join(': ')}); ${isRight(connection)}`;
}

const UNREACHABLE = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
]);

function certificateTrouble(code: string, message: string): string | undefined {
  if (code === 'CERT_HAS_EXPIRED') return 'has expired: it has to be renewed on the gateway';
  if (code === 'CERT_NOT_YET_VALID') return 'is not valid yet: is the clock of this machine right?';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `is for other names: ${message.replace(/^.*altnames?: /i, '')}`;
  if (!/^(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/.test(code)) return undefined;
  return `is not trusted (${message}): if its authority is your own, set NODE_EXTRA_CA_CERTS=/path/to/ca.pem`;
}

/** fetch wraps what happened; several addresses of one name fail as one error with a list. */
function causeOf(error: unknown): { readonly code: string; readonly message: string } {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  if (cause instanceof AggregateError && cause.errors.length > 0) cause = cause.errors[0];
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return {
    code: typeof code === 'string' ? code : '',
    message: cause instanceof Error ? cause.message : String(cause),
  };
}

function originOf({ gateway }: Connection): string {
  return new URL(gateway).origin;
}

function isRight(connection: Connection): string {
  return `is the URL right (${sourceOf(connection)})?`;
}

function sourceOf({ gatewayFrom }: Connection): string {
  return `from ${gatewayFrom}`;
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
