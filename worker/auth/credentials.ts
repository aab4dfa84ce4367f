/**
 * The token text of a request: `Authorization: Bearer <token>` (`Token <token>` from clients of InfluxDB), or Basic with
 * the token as password and any user name, as clients of Grafana Cloud send it. Never from the query string, which ends up
 * in logs.
 */
const BEARER = /^(?:Bearer|Token) +([^\s,]+)$/i;
const BASIC = /^Basic +([A-Za-z0-9+/=_-]+)$/i;

/** Generous for Basic with a long user name; a 100 KB header stops here. */
const MAX_HEADER_LENGTH = 1024;

/** Two Authorization headers arrive joined by a comma and match nothing: which one counts would be a guess. */
export function tokenFromHeaders(headers: Headers): string | undefined {
  const header = headers.get('authorization');
  if (header === null || header.length > MAX_HEADER_LENGTH) return undefined;
  const bearer = BEARER.exec(header);
  if (bearer !== null) return bearer[1];
  const basic = BASIC.exec(header);
  return basic === null ? undefined : passwordOf(basic[1] as string);
}

function passwordOf(encoded: string): string | undefined {
  let text: string;
  try {
    text = atob(encoded);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}
