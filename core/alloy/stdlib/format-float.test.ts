import { describe, expect, it } from 'vitest';
import { formatFloat } from './format-float.ts';

describe('formatFloat', () => {
  // Expected texts are what Go 1.2x prints for the same verb.
  it.each<[number, string, number | undefined, string]>([
    [0, 'f', 2, '0.00'],
    [0, 'e', 2, '0.00e+00'],
    [0, 'g', undefined, '0'],
    [2.5, 'f', 0, '2'],
    [3.5, 'f', 0, '4'],
    [0.5, 'f', 0, '0'],
    [1.5, 'f', 0, '2'],
    [0.05, 'f', 1, '0.1'],
    [0.25, 'f', 1, '0.2'],
    [9.99, 'f', 1, '10.0'],
    [0.99, 'f', 0, '1'],
    [0.001, 'f', 1, '0.0'],
    [1e21, 'f', 1, '1000000000000000000000.0'],
    [1.005, 'f', 2, '1.00'],
    [123456.789, 'e', 6, '1.234568e+05'],
    [2.5, 'e', 0, '2e+00'],
    [9.99, 'e', 1, '1.0e+01'],
    [1e-7, 'e', undefined, '1e-07'],
    [1e100, 'g', undefined, '1e+100'],
    [100000, 'g', undefined, '100000'],
    [1000000, 'g', undefined, '1e+06'],
    [0.0001, 'g', undefined, '0.0001'],
    [0.00001, 'G', undefined, '1E-05'],
    [123456, 'g', 3, '1.23e+05'],
    [100000000, 'g', 10, '100000000'],
    [2.5, 'g', 1, '2'],
    [6.28318, 'f', 2, '6.28'],
  ])('%d with %s and precision %s is %s', (value, form, precision, expected) => {
    expect(formatFloat(value, form, precision)).toBe(expected);
  });
});
