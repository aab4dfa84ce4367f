import { describe, expect, it } from 'vitest';
import type { MetricType } from './exposition/exposition.ts';
import { normaliseNumberLabels } from './number-labels.ts';

const normalised = (name: string, value: string, type: MetricType | undefined) =>
  normaliseNumberLabels([{ name, value }], type)[0]?.value;

describe('labels that are numbers', () => {
  it.each([
    ['1', '1.0'],
    ['1.0', '1.0'],
    ['1.0e1', '10.0'],
    ['0.0000001', '1e-07'],
    ['10000000', '1e+07'],
    ['+Inf', '+Inf'],
    ['inf', '+Inf'],
    ['0', '0.0'],
    ['-5', '-5.0'],
    ['many', 'many'],
    ['1e999', '1e999'],
  ])('are written as Prometheus 3 writes them: %s is %s', (text, expected) => {
    expect(normalised('le', text, 'histogram')).toBe(expected);
    expect(normalised('quantile', text, 'summary')).toBe(expected);
  });

  it.each<[string, MetricType | undefined]>([
    ['le', 'summary'],
    ['quantile', 'histogram'],
    ['le', 'gaugehistogram'],
    ['le', 'gauge'],
    ['le', undefined],
    ['code', 'histogram'],
  ])('stay as they are where %s of a %s is no number to Prometheus', (name, type) => {
    expect(normalised(name, '1', type)).toBe('1');
  });
});
