import { describe, expect, it } from 'vitest';
import { formatBytes, formatExact, formatShort, plural } from './numbers.ts';
import { formatAgo, formatClock, formatDuration, formatLatency, formatWhen } from './time.ts';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.05, '0.05'],
    [0.5, '0.5'],
    [0.9996, '1'],
    [7.25, '7.25'],
    [9.996, '10'],
    [31.26, '31.3'],
    [312.4, '312'],
    [999.4, '999'],
    [999.6, '1 k'],
    [12_345, '12.3 k'],
    [999_600, '1 M'],
    [4_560_000, '4.56 M'],
    [-1500, '−1.5 k'],
    [0.00004, '4.0e−5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('writes %d with three significant digits as %s', (value, text) => {
    expect(formatShort(value)).toBe(text);
  });

  it('writes a count with every digit', () => {
    expect(formatExact(12_345_678)).toBe('12,345,678');
  });

  it.each([
    [0, '0 B'],
    [640, '640 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1024 * 1024 - 1, '1 MiB'],
    [2.25 * 1024 ** 3, '2.25 GiB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('uses the singular for exactly one', () => {
    expect([plural(0, 'line'), plural(1, 'line'), plural(2, 'entry', 'entries')]).toEqual([
      '0 lines',
      '1 line',
      '2 entries',
    ]);
  });
});

describe('time', () => {
  it.each([
    [-5, '0 s'],
    [42_900, '42 s'],
    [60_000, '1 min'],
    [192_000, '3 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [356_400_000, '4 d 3 h'],
  ])('writes %d ms in at most two units as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    [0.00085, '850 ns'],
    [0.012, '12 µs'],
    [3.4, '3.4 ms'],
    [250, '250 ms'],
    [1250, '1.25 s'],
    [125_000, '2 min 5 s'],
  ])('writes a latency of %d ms as %s', (ms, text) => {
    expect(formatLatency(ms)).toBe(text);
  });

  it('takes a time ahead of now for now', () => {
    expect([formatAgo(5_000, 4_000), formatAgo(0, 42_000)]).toEqual(['just now', '42 s ago']);
  });

  it('adds the date only for another day', () => {
    const noon = new Date(2026, 10, 22, 12, 0, 5).getTime();
    expect(formatClock(noon)).toBe('12:00:05');
    expect(formatWhen(noon, noon + 1000)).toBe('12:00:05');
    expect(formatWhen(noon, noon + 86_400_000)).toBe('2026-11-22 12:00:05');
  });
});
