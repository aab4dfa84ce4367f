/**
 * The Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date. What is negative, past or not one of the two forms
 * counts as absent, and no destination can silence us for longer than the clamp.
 */

/** Bounds what a mistaken or hostile destination can ask for, e.g. `Retry-After: 1000000000`. */
export const maxRetryAfterMs = 15 * 60 * 1000;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function parseRetryAfter(text: string | null | undefined, nowMs: number): number | undefined {
  const trimmed = (text ?? '').trim();
  if (/^\d{1,18}$/.test(trimmed)) return clamp(Number(trimmed) * 1000);
  const atMs = parseHttpDate(trimmed);
  return atMs === undefined ? undefined : clamp(atMs - nowMs);
}

function clamp(waitMs: number): number | undefined {
  return waitMs > 0 ? Math.min(waitMs, maxRetryAfterMs) : undefined;
}

/** The three forms that recipients must accept: IMF-fixdate, RFC 850 and asctime. */
export function parseHttpDate(text: string): number | undefined {
  const fixdate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (fixdate !== null) {
    const [, day, month, year, ...time] = fixdate;
    return utc(Number(year), month, day, time);
  }
  const rfc850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (rfc850 !== null) {
    const [, day, month, year, ...time] = rfc850;
    // Two-digit years: RFC 850 dates are from 1970 on, and no sender of this century means the last one.
    return utc(Number(year) + (Number(year) >= 70 ? 1900 : 2000), month, day, time);
  }
  const asctime = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/.exec(text);
  if (asctime !== null) {
    const [, month, day, hour, minute, second, year] = asctime;
    return utc(Number(year), month, day, [hour, minute, second]);
  }
  return undefined;
}

function utc(
  year: number,
  monthName: string | undefined,
  day: string | undefined,
  time: readonly (string | undefined)[],
): number | undefined {
  const month = months.indexOf(monthName ?? '');
  const [hour, minute, second] = time.map(Number);
  if (month < 0 || hour === undefined || minute === undefined || second === undefined) return undefined;
  if (Number(day) < 1 || Number(day) > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return Date.UTC(year, month, Number(day), hour, minute, second);
}
