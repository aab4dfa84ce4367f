/** Times and durations as people read them. Pure: now and the offset of the time zone come from the caller's `Date`. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How long, in at most two units: `0 s`, `42 s`, `3 min 12 s`, `2 h 5 min`, `4 d 3 h`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / SECOND_MS)) * SECOND_MS;
  if (whole < MINUTE_MS) return `${whole / SECOND_MS} s`;
  if (whole < HOUR_MS) return twoUnits(whole, MINUTE_MS, 'min', SECOND_MS, 's');
  if (whole < DAY_MS) return twoUnits(whole, HOUR_MS, 'h', MINUTE_MS, 'min');
  return twoUnits(whole, DAY_MS, 'd', HOUR_MS, 'h');
}

function twoUnits(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const bigs = Math.floor(ms / big);
  const smalls = Math.floor((ms % big) / small);
  return smalls === 0 ? `${bigs} ${bigName}` : `${bigs} ${bigName} ${smalls} ${smallName}`;
}

/** A measured span of time: `850 ns`, `12 µs`, `3.4 ms`, `1.25 s`, `2 min 5 s`. */
export function formatLatency(ms: number): string {
  if (ms >= MINUTE_MS) return formatDuration(ms);
  if (ms >= SECOND_MS) return `${trim(ms / SECOND_MS, 2)} s`;
  if (ms >= 1) return `${trim(ms, ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
  if (ms >= 0.001) return `${trim(ms * 1e3, 0)} µs`;
  return `${trim(ms * 1e6, 0)} ns`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

/** `just now`, `42 s ago`, `3 min 12 s ago`. A time slightly ahead of us is a clock that differs, not the future. */
export function formatAgo(atMs: number, nowMs: number): string {
  const age = nowMs - atMs;
  return age < 2 * SECOND_MS ? 'just now' : `${formatDuration(age)} ago`;
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

/** `15:04:05` in the viewer's zone. */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** `2026-11-22 15:04:05` in the viewer's zone. */
export function formatDateTime(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${formatClock(ms)}`;
}

/** Clock alone for today, date and clock for other days. */
export function formatWhen(ms: number, nowMs: number): string {
  return new Date(ms).toDateString() === new Date(nowMs).toDateString() ? formatClock(ms) : formatDateTime(ms);
}
