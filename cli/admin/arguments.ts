/** Arguments and options that several commands take. */
import { InvalidArgumentError, Option } from 'commander';

/** An option that may be repeated. `none`: what it is without. */
export function repeatable(flags: string, description: string, none = 'none'): Option {
  const collect = (value: string, previous: readonly string[]) => [...previous, value];
  return new Option(flags, `${description}; repeatable`).argParser(collect).default([], none);
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('A whole number above 0 is needed.');
  return Number(text);
}

export function wholeNumberUpTo(max: number): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,14}$/.test(text) && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`A whole number from 1 to ${max} is needed.`);
  };
}

/** A day of the calendar: `Date` takes the 31st of February for the 3rd of March. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

export function utcDay(text: string): string {
  if (isDay(text)) return text;
  throw new InvalidArgumentError('A UTC day is written like 2026-11-22.');
}

/** People have the token at hand, rather than its id. */
export function tokenId(given: string): string {
  return /^sp[ow]_([^_]+)_/.exec(given)?.[1] ?? given;
}
