/**
 * Whether a request names its host as `host[:port]` and nothing else. The text of a URL is put together of the Host header
 * and the path: a host with a slash or a question mark in it would be another path than the one a proxy in front let
 * through, and one that no URL can have would fail wherever the URL is read.
 */
const PLAIN = /^(?:[a-z0-9_](?:[a-z0-9_.-]{0,252}[a-z0-9_.])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Those of late: nearly every request names the same. */
const known = new Set<string>();
const MAX_KNOWN = 32;

/** `authority`: the Host header, or what stands for it in a URL. */
export function isPlainHost(authority: string): boolean {
  if (known.has(authority)) return true;
  if (!PLAIN.test(authority) || !URL.canParse(`http://${authority}/`)) return false;
  if (known.size >= MAX_KNOWN) known.clear();
  known.add(authority);
  return true;
}

export function badHost(): Response {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  return new Response('The Host header has to be a host name or an address, with or without a port.\n', {
    status: 400,
    headers,
  });
}
