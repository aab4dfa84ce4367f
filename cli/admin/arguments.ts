/** Arguments and options that several commands take. */
import { InvalidArgumentError } from 'commander';

/** An option that may be repeated. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('A whole number above 0 is needed.');
  return Number(text);
}

/** People have the token at hand, rather than its id. */
export function tokenId(given: string): string {
  return /^sp[ow]_([^_]+)_/.exec(given)?.[1] ?? given;
}
