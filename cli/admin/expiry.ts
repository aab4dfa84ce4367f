/** When a token ends: as it is given on a command line, and as lists show it. */
import { isDay } from './arguments.ts';
import { UsageError } from './connection.ts';
import { formatTime } from './table.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** The end of the year 9999: what comes behind is written in another form. */
const MAX_TIME_MS = Date.UTC(10_000, 0) - 1;

/** For the help of options that take it. */
export const EXPIRY_HELP = 'when it ends: 90d, 12h, 2027-01-31, 2027-01-31T12:00:00Z or never';

/** `90d` from now, a date, or `never`. */
export function parseExpiry(text: string | undefined, nowMs = Date.now()): number | null {
  if (text === undefined || text === 'never') return null;
  const duration = durationMs(text);
  if (duration !== undefined) {
    if (nowMs + duration > MAX_TIME_MS) throw new UsageError(`--expires ${text}: that is too far away; write never`);
    return nowMs + duration;
  }
  // Date.parse takes a bare number for a year, and much else that nobody meant.
  const atMs = isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(`--expires ${JSON.stringify(text)}: write 90d, 12h, a date such as 2027-01-31, or never`);
  }
  if (atMs <= nowMs) throw new UsageError(`--expires ${JSON.stringify(text)}: that is in the past`);
  return atMs;
}

/** `--grace 24h`; 0 stands for at once. */
export function parseDuration(text: string, option: string): number {
  const duration = text === '0' ? 0 : durationMs(text);
  if (duration === undefined) throw new UsageError(`${option} ${JSON.stringify(text)}: write 30m, 24h, 7d or 0`);
  return duration;
}

function durationMs(text: string): number | undefined {
  const match = /^(\d{1,6})([smhdwy])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] as string] as number);
}

export interface Expiring {
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
}

export function stateOf({ revokedAtMs, expiresAtMs }: Expiring, nowMs: number): string {
  if (revokedAtMs !== null) return `revoked ${formatTime(revokedAtMs)}`;
  if (expiresAtMs === null) return 'valid';
  return expiresAtMs <= nowMs ? `expired ${formatTime(expiresAtMs)}` : `valid until ${formatTime(expiresAtMs)}`;
}
