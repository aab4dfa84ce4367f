/** Forms of single values. Go's YAML takes any scalar for a text, so `version: 1.10` stays `1.10`. */
import { isScalar, type Node, type Scalar } from 'yaml';
import { parseDuration } from '../../../core/alloy/duration.ts';
import { ValueError } from '../../../core/alloy/value-error.ts';
import { compileRegex } from '../../../core/regex/re2.ts';
import { type AlloyValue, Duration, Size } from '../alloy/value.ts';
import { type Form, list, mapOf, refuse } from './form.ts';
import type { YamlSource } from './source.ts';

/** `parse` gives undefined, or throws ValueError, for a text that is none. */
function scalar<T>(expected: string, parse: (text: string) => T | undefined, empty?: () => T): Form<T> {
  return {
    ...(empty === undefined ? {} : { empty }),
    read(node, source, path) {
      const written = scalarText(node);
      if (written === undefined) return refuse(source, node, path, `expected ${expected}`);
      try {
        const value = parse(written);
        return value === undefined
          ? refuse(source, node, path, `expected ${expected}, got ${JSON.stringify(written)}`)
          : value;
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        return refuse(source, node, path, error.message);
      }
    },
  };
}

export function scalarText(node: Node): string | undefined {
  if (!isScalar(node)) return undefined;
  const { source, value, type } = node as Scalar;
  if (type === 'PLAIN' && source !== undefined) return source;
  return typeof value === 'string' ? value : String(value);
}

export const text: Form<string> = scalar('a text', (written) => written);

/** A text that a mapping may name without a value, such as the source of a label. */
export const textOrNull: Form<string | null> = { read: text.read, empty: () => null };

const TRUE = new Set(['true', 'yes', 'on', 'y']);
const FALSE = new Set(['false', 'no', 'off', 'n']);

export const bool: Form<boolean> = scalar('true or false', (written) => {
  const lower = written.toLowerCase();
  return TRUE.has(lower) ? true : FALSE.has(lower) ? false : undefined;
});

export const int: Form<number> = scalar('a whole number', (written) => {
  const digits = written.replaceAll('_', '');
  if (!/^[+-]?(?:0x[0-9a-fA-F]+|0o?[0-7]+|[0-9]+)$/.test(digits)) return undefined;
  const octal = /^([+-]?)0([0-7]+)$/.exec(digits);
  const value = octal === null ? Number(digits) : Number(`${octal[1]}${Number.parseInt(octal[2]!, 8)}`);
  return Number.isSafeInteger(value) ? value : undefined;
});

export const float: Form<number> = scalar('a number', (written) => {
  const value = written.trim() === '' ? Number.NaN : Number(written.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
});

/** `300ms`, `1h30m`; a bare number is nanoseconds, as Go's time.Duration in YAML. */
export const goDuration: Form<Duration> = scalar('a duration', (written) => {
  if (/^[0-9]+$/.test(written)) return new Duration(Number(written) / 1e6);
  return new Duration(parseDuration(written));
});

const PROMETHEUS_UNITS: readonly (readonly [string, number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const PROMETHEUS_DURATION = new RegExp(`^${PROMETHEUS_UNITS.map(([unit]) => `(?:([0-9]+)${unit})?`).join('')}$`);

/** Prometheus's durations know days and weeks, but no fractions: `1d`, `1h30m`. */
export const promDuration: Form<Duration> = scalar('a duration such as 30s or 1h30m', (written) => {
  if (written === '0') return new Duration(0);
  const parts = written === '' ? null : PROMETHEUS_DURATION.exec(written);
  if (parts === null) return undefined;
  return new Duration(PROMETHEUS_UNITS.reduce((sum, [, ms], i) => sum + Number(parts[i + 1] ?? 0) * ms, 0));
});

/** `256KB`, `1MiB`, `10mb` or a plain number of bytes; all units count by 1024. */
export const byteSize: Form<Size> = scalar('a size such as 256KB', parseByteSize);

function parseByteSize(written: string): Size | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*([kmgtpe]?)(?:i?b)?$/i.exec(written);
  if (match === null) return undefined;
  const exponent = ' kmgtpe'.indexOf(match[2] === '' ? ' ' : match[2]!.toLowerCase());
  return new Size(Math.trunc(Number(match[1]) * 1024 ** exponent));
}

/** A size that YAML gives as a plain number of bytes. */
export const bytes: Form<Size> = scalar('a number of bytes', (written) => {
  return /^[0-9]+$/.test(written) ? new Size(Number(written)) : undefined;
});

export const regex: Form<string> = {
  read(node, source, path) {
    const pattern = text.read(node, source, path);
    if (pattern === undefined) return undefined;
    try {
      compileRegex(pattern, { anchored: true });
      return pattern;
    } catch (error) {
      return refuse(source, node, path, error instanceof Error ? error.message : String(error));
    }
  },
};

export const textList: Form<readonly string[]> = list(text);
export const textMap: Form<ReadonlyMap<string, string>> = mapOf(text);
export const textListMap: Form<ReadonlyMap<string, readonly string[]>> = mapOf(textList);

/** Any scalar with the type that YAML sees in it, for values whose type matters. */
export const anyScalar: Form<AlloyValue> = {
  read(node: Node, source: YamlSource, path: string) {
    if (!isScalar(node)) return refuse(source, node, path, 'expected a single value');
    const { value } = node;
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
  },
};
