import { describe, expect, it } from 'vitest';
import { decodeValue } from './decode-value.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { float, int, uint } from './numbers.ts';
import { t } from './schema.ts';
import { Unknown } from './scope.ts';
import { parseSize } from './size.ts';
import { toValue } from './to-value.ts';
import { ValueError } from './value-error.ts';
import type { Value } from './value-types.ts';
import { Capsule, Secret } from './values.ts';

type AnyType = Parameters<typeof decodeValue>[0];

function failure(type: AnyType, value: Value): string {
  try {
    decodeValue(type, value);
  } catch (error) {
    if (error instanceof ValueError) return `${error.path.join('.')}: ${error.message}`;
    throw error;
  }
  return 'decoded';
}

describe('decodeValue', () => {
  it.each<[string, AnyType, Value, unknown]>([
    ['a number where a text is wanted', t.string, int(5), '5'],
    ['a float where a text is wanted, without exponent', t.string, float(1e21), '1000000000000000000000'],
    ['a text where a number is wanted', t.number, '2.5', 2.5],
    ['a negative text where an int is wanted', t.int, '-3', -3],
    ['the whole part of a float where an int is wanted', t.int, float(2.9), 2],
    ['a uint', t.uint, uint(7), 7],
    ['a duration', t.duration, '1h30m', 5_400_000],
    ['a size', t.size, '1.5KiB', 1536],
    ['a number as a size', t.size, int(10), 10],
    ['an optional secret that is none', t.optionalSecret, 'plain', 'plain'],
    ['null as the zero of a text', t.string, null, ''],
    ['null as the zero of a list', t.list(t.string), null, []],
    ['null as the zero of a number', t.duration, null, 0],
    ['an empty list', t.targets, [], []],
    ['one of some texts in any case', t.oneOfAnyCase('insert', 'update'), 'Update', 'update'],
    ['anything as it is', t.any, true, true],
  ])('takes %s', (_, type, value, expected) => {
    expect(decodeValue(type, value)).toEqual(expected);
  });

  it('takes a text as a secret, and a secret as an optional secret', () => {
    expect((decodeValue(t.secret, 'x') as Secret).reveal()).toBe('x');
    expect((decodeValue(t.optionalSecret, new Secret('y')) as Secret).reveal()).toBe('y');
  });

  it.each<[AnyType, Value, string]>([
    [t.string, true, ': should be string, got bool'],
    [t.string, new Secret('x'), ': secrets may not be converted into strings'],
    [t.bool, 'true', ': should be bool, got string'],
    [t.bool, int(1), ': should be bool, got number'],
    [t.number, '', ': should be number, got string'],
    [t.number, '0x10', ': should be number, got string'],
    [t.number, 'Infinity', ': should be number, got string'],
    [t.uint, int(-1), ': must not be negative'],
    [t.duration, int(30), ': time: missing unit in duration "30"'],
    [t.duration, '1d', ': time: unknown unit "d" in duration "1d"'],
    [t.size, '1XB', ': unknown unit "XB" in size "1XB": use B, KiB, MiB, GiB or TiB'],
    [t.secret, int(1), ': should be capsule, got number'],
    [t.list(t.string), 'a', ': should be array, got string'],
    [t.map(t.string), [], ': should be object, got array'],
    [t.targets, toValue([{ a: 'x' }, { b: [] }]), '1.b: should be string, got array'],
    [t.oneOf('a', 'b'), 'c', ': should be one of "a", "b"'],
    [t.oneOfAnyCase('a', 'b'), 'C', ': should be one of "a", "b"'],
    [t.list(t.capsule('x')), new Unknown('x'), ': should be array, got capsule'],
    [t.duration, new Unknown('x'), ': should be string, got capsule'],
    [t.capsule('x'), new Unknown('y'), ': expected capsule("x"), got capsule("y")'],
    [t.capsule('x'), 'c', ': should be capsule, got string'],
    [t.capsule('x'), new Capsule('y', 1), ': expected capsule("x"), got capsule("y")'],
    [t.capsule('x'), new Secret('s'), ': expected capsule("x"), got capsule("alloytypes.Secret")'],
    [t.capsule('x'), null, ': should be capsule, got null'],
  ])('refuses what does not fit %#', (type, value, expected) => {
    expect(failure(type, value)).toBe(expected);
  });

  it('keeps every key of a map a key', () => {
    const decoded = decodeValue(
      t.map(t.string),
      new Map([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    ) as Record<string, string>;
    expect(Object.keys(decoded)).toEqual(['__proto__', 'constructor']);
    expect(decoded.toString).toBeUndefined();
  });
});

describe('durations', () => {
  it.each<[string, number]>([
    ['0', 0],
    ['300ms', 300],
    ['1.5h', 5_400_000],
    ['2h45m', 9_900_000],
    ['-1m', -60_000],
    ['+5s', 5000],
    ['.5s', 500],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['100ns', 0.0001],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '1', 's', '1 s', '1d', '1w', '--1s', '1.2.3s', '1e3s', '9999999999h'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(ValueError);
  });

  it.each<[number, string]>([
    [0, '0s'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m0s'],
    [1500, '1.5s'],
    [300, '300ms'],
    [0.25, '250µs'],
    [-60_000, '-1m0s'],
  ])('prints %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('sizes', () => {
  it.each<[string, number]>([
    ['0', 0],
    ['512B', 512],
    ['1KB', 1024],
    ['1KiB', 1024],
    ['1MiB', 1_048_576],
    ['1.5GiB', 1_610_612_736],
    ['1KB512B', 1536],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'MiB', '1 MiB', '1mib', '-1KB', '1KiBx'])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow(ValueError);
  });
});
