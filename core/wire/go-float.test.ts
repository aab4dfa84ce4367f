import { describe, expect, it } from 'vitest';
import { formatGoFloat } from './go-float.ts';

describe('formatGoFloat', () => {
  // The right column is what `strconv.FormatFloat(value, 'g', -1, 64)` prints.
  it.each<[number, string]>([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-1.5, '-1.5'],
    [999999, '999999'],
    [1000000, '1e+06'],
    [1234567.5, '1.2345675e+06'],
    [1700000000, '1.7e+09'],
    [123456789012, '1.23456789012e+11'],
    [0.1 + 0.2, '0.30000000000000004'],
    [0.0001, '0.0001'],
    [0.00001234, '1.234e-05'],
    [5e-324, '5e-324'],
    [1e100, '1e+100'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('prints %s as Go prints it', (value, text) => {
    expect(formatGoFloat(value)).toBe(text);
  });
});
