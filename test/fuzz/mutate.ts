/**
 * Makes broken inputs out of good ones. Everything comes from one seeded generator, so a run can be repeated. Besides
 * flipped bits it writes what decoders trip over: lengths that lie, varints without end, text escapes, repeated parts.
 */

/** xorshift32: small, fast, and the same everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e3779b9;
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }
}

const BYTES = [0x00, 0x01, 0x0a, 0x12, 0x20, 0x22, 0x2c, 0x3d, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xed, 0xfe, 0xff];

const TEXTS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    "'",
    '`',
    '\\',
    '\n',
    '\r\n',
    '\0',
    '\ufeff',
    '=',
    ',',
    ';',
    ':',
    '|',
    '#',
    '$',
    '@',
  ],
  ...[
    '""',
    '{}',
    '[]',
    'null',
    'true',
    '-0',
    '1e999',
    '-1',
    '0x',
    'NaN',
    '+Inf',
    '18446744073709551616',
    '9223372036854775808',
  ],
  ...['\\u0000', '\\ud800', '\\x', '\\"', '{{', '}}', '__proto__', 'constructor', '# TYPE x ', '# EOF\n', ' '],
];

/** Varints that mean 2^31, 2^32 - 1, 2^53, 2^63, 2^64 - 1, and one that never ends. */
const VARINTS: readonly (readonly number[])[] = [
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];

const encoder = new TextEncoder();

export function mutate(input: Uint8Array, others: readonly Uint8Array[], random: Random, maxBytes: number): Uint8Array {
  let bytes: Uint8Array = input;
  for (let edits = 1 + random.below(4); edits > 0; edits--) bytes = edit(bytes, others, random);
  return bytes.length > maxBytes ? bytes.subarray(0, maxBytes) : bytes;
}

function edit(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.pick([2, 16, 256])));
  switch (random.below(11)) {
    case 0:
      return replace(bytes, at, at, [random.pick(BYTES)]);
    case 1:
      return replace(bytes, at, Math.min(bytes.length, at + 1), [random.pick(BYTES)]);
    case 2:
      return at === bytes.length ? bytes : replace(bytes, at, at + 1, [(bytes[at] as number) ^ (1 << random.below(8))]);
    case 3:
      return at === bytes.length
        ? bytes
        : replace(bytes, at, at + 1, [((bytes[at] as number) + random.below(9) - 4) & 0xff]);
    case 4:
      return replace(bytes, at, end, []);
    case 5:
      return bytes.subarray(0, at);
    case 6:
      return replace(bytes, at, at, repeated(bytes.subarray(at, end), 1 + random.below(random.pick([2, 8, 300]))));
    case 7:
      return replace(bytes, at, random.below(2) === 0 ? at : Math.min(bytes.length, at + 1), random.pick(VARINTS));
    case 8:
      return replace(bytes, at, random.below(2) === 0 ? at : end, encoder.encode(random.pick(TEXTS)));
    case 9:
      return replace(bytes, at, end, part(random.pick(others), random));
    default:
      return replace(bytes, at, at, part(bytes, random));
  }
}

function part(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.below(bytes.length + 1);
  return bytes.subarray(start, start + random.below(64));
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const out = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) out.set(bytes, i * bytes.length);
  return out;
}

function replace(bytes: Uint8Array, start: number, end: number, middle: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(bytes.length - (end - start) + middle.length);
  out.set(bytes.subarray(0, start));
  out.set(middle, start);
  out.set(bytes.subarray(end), start + middle.length);
  return out;
}
