/** Go's time.ParseDuration and Duration.String, on milliseconds. `1d` is a mistake in Alloy, as it is in Go. */
import { ValueError } from './value-error.ts';

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const MAX_NS = 2 ** 63;

/** Throws ValueError with Go's text. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '') throw new ValueError(`time: invalid duration ${quoted}`);
  let ns = 0;
  let rest = unsigned;
  while (rest !== '') {
    const number = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)/.exec(rest)?.[0];
    if (number === undefined) throw new ValueError(`time: invalid duration ${quoted}`);
    rest = rest.slice(number.length);
    const unit = /^[^0-9.]*/.exec(rest)![0];
    if (unit === '') throw new ValueError(`time: missing unit in duration ${quoted}`);
    if (!Object.hasOwn(UNIT_NS, unit)) {
      throw new ValueError(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    }
    rest = rest.slice(unit.length);
    ns += Number(number) * UNIT_NS[unit]!;
  }
  if (ns >= MAX_NS) throw new ValueError(`time: invalid duration ${quoted}`);
  return (text.startsWith('-') ? -ns : ns) / 1e6;
}

/** `90000` to `1m30s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const sign = milliseconds < 0 ? '-' : '';
  const ns = Math.round(Math.abs(milliseconds) * 1e6);
  if (ns < 1e3) return `${sign}${ns}ns`;
  if (ns < 1e6) return `${sign}${ns / 1e3}µs`;
  if (ns < 1e9) return `${sign}${ns / 1e6}ms`;
  const hours = Math.floor(ns / 3600e9);
  const minutes = Math.floor((ns % 3600e9) / 60e9);
  const seconds = (ns % 60e9) / 1e9;
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${sign}${head}${seconds}s`;
}
