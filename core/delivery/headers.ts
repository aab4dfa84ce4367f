/**
 * Which custom headers a configuration may add to an outbound request. Checked when a configuration is loaded, so that
 * `request.ts` never meets a header that would smuggle a request, break the framing or contradict the body.
 */

/** Framing, hop-by-hop and identity headers belong to the transport; the others are ours and describe the body. */
const reserved: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'retry-attempt',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-prometheus-remote-write-version',
]);

/** Says what is wrong with a custom header, or undefined. Never repeats the value: it may be a secret. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return `${JSON.stringify(name)} is not a valid header name`;
  if (reserved.has(name.toLowerCase())) return `header ${name} is set by Spillway itself and cannot be configured`;
  // Line breaks would start a header or a request of the value's own; bytes above 0x7e are not portable in headers.
  if (!/^[\t\x20-\x7e]*$/.test(value)) return `the value of header ${name} holds a character that headers cannot carry`;
  return undefined;
}
