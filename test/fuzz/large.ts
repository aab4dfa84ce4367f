/**
 * Inputs that grow: each target on n and on 4n of what could make it slow (abuse case A3). Linear is four times as long,
 * quadratic sixteen times. Garbage collection adds to both (`npm run test:fuzz` has a large young generation), so an input
 * is a failure where it takes nine times as long and half a microsecond a byte. Times are measured there only; `npm test`
 * runs the inputs once.
 */
import { leastMs } from './fuzz.ts';
import { INPUTS } from './inputs.ts';
import type { FuzzTarget } from './targets.ts';
import { field, message, utf8 } from './wire.ts';

export interface Growing {
  readonly what: string;
  readonly make: (size: number) => Uint8Array;
}

const repeat = (bytes: Uint8Array, times: number): Uint8Array => {
  const out = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) out.set(bytes, i * bytes.length);
  return out;
};
/** One message of `times` equal fields inside the field 1. */
const within = (inner: Uint8Array, times: number) => field(1, repeat(inner, times));

const PROTOBUF: readonly Growing[] = [
  { what: 'empty messages', make: (n) => repeat(Uint8Array.of(0x0a, 0x00), n) },
  { what: 'empty messages in one', make: (n) => within(Uint8Array.of(0x0a, 0x00), n) },
  { what: 'second fields in one', make: (n) => within(Uint8Array.of(0x12, 0x00), n) },
  { what: 'unknown varints', make: (n) => repeat(Uint8Array.of(0xa0, 0x06, 0x01), n) },
  { what: 'labels of one series', make: (n) => within(field(1, message({ 1: 'a', 2: 'b' })), n) },
  { what: 'one long text', make: (n) => field(1, field(1, message({ 1: 'a', 2: new Uint8Array(n * 4).fill(97) }))) },
];
const JSON_GROWING: readonly Growing[] = [
  { what: 'brackets', make: (n) => utf8('['.repeat(n)) },
  { what: 'closed brackets', make: (n) => utf8('['.repeat(n) + ']'.repeat(n)) },
  { what: 'objects in objects', make: (n) => utf8(`${'{"a":'.repeat(n)}1${'}'.repeat(n)}`) },
  { what: 'fields', make: (n) => utf8(`{${Array.from({ length: n }, (_, i) => `"k${i}":1`).join(',')}}`) },
  { what: 'empty objects', make: (n) => utf8(`[${'{},'.repeat(n)}{}]`) },
];
const TEXT: readonly Growing[] = [
  ...[
    'a',
    '\n',
    '"',
    '\\',
    '{',
    '(',
    '[',
    '-',
    ' ',
    ',',
    '=',
    '#',
    '/*',
    '{{',
    '9',
    '0x',
    'a=',
    'a 1\n',
    '\\"',
    'é',
  ].map((unit) => ({ what: JSON.stringify(unit), make: (n: number) => utf8(unit.repeat(n)) })),
  { what: 'labels', make: (n) => utf8(`{${Array.from({ length: n }, (_, i) => `l${i}="v"`).join(',')}}`) },
  {
    what: 'a series with labels',
    make: (n) => utf8(`up{${Array.from({ length: n }, (_, i) => `l${i}="v"`).join(',')}} 1\n`),
  },
];
const BINARY: readonly Growing[] = [
  { what: 'zeros', make: (n) => new Uint8Array(n) },
  { what: 'ones', make: (n) => new Uint8Array(n).fill(0xff) },
];

/** Good messages one behind the other, where that is a message again, besides what the format allows. */
export function growing({ name, format }: FuzzTarget): readonly Growing[] {
  const good = Object.entries(INPUTS[name] ?? {}).find(([input]) => input.startsWith('good-'))?.[1];
  const general = { protobuf: PROTOBUF, json: JSON_GROWING, text: TEXT, binary: BINARY }[format];
  if (good === undefined || format === 'json') return general;
  return [...general, { what: 'good inputs in a row', make: (n) => repeat(good, Math.ceil(n / 20)) }];
}

const MIN_MS = 20;
const MAX_SIZE = 1 << 19;
const GROWTH = 4;
const MAX_RATIO = 9;
/** Of the larger input: objects that a decoder must make take about a tenth of it. */
const MAX_NS_PER_BYTE = 500;

export async function growthProblems(target: FuzzTarget): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, make } of growing(target)) {
    const problem = await growthProblem(target, what, make);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** The second look is at warm code: the first runs of a function are slow for reasons of their own. */
async function growthProblem(target: FuzzTarget, what: string, make: Growing['make']): Promise<string | undefined> {
  for (let size = 1 << 10; size <= MAX_SIZE; size *= 2) {
    if ((await leastMs(target, make(size))) < MIN_MS || (await leastMs(target, make(size))) < MIN_MS) continue;
    const larger = await leastMs(target, make(size * GROWTH), 5);
    const smaller = await leastMs(target, make(size), 5);
    const nsPerByte = (larger * 1e6) / make(size * GROWTH).length;
    if (larger / smaller <= MAX_RATIO || nsPerByte < MAX_NS_PER_BYTE) return undefined;
    return `${what}: ${size} take ${smaller.toFixed(0)} ms, ${size * GROWTH} take ${larger.toFixed(0)} ms`;
  }
  return undefined;
}
