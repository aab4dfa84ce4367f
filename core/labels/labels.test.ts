import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNames, formatLabels, LabelsBuilder, labelsFromRecord, quoteLabelValue } from './labels.ts';
import { isLabelName, isMetricName } from './names.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('compareNames', () => {
  it('orders as the bytes of UTF-8 do', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '\uffee', '\ue000', '😀', '\u{10ffff}'),
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(Math.sign(Buffer.compare(utf8(a), utf8(b))));
      }),
    );
  });
});

describe('LabelsBuilder', () => {
  it('sorts, keeps the last of equal names, and drops empty values', () => {
    const builder = new LabelsBuilder([
      { name: 'b', value: '1' },
      { name: 'a', value: '2' },
      { name: 'b', value: '3' },
    ]);
    expect(formatLabels(builder.labels())).toBe('{a="2", b="3"}');
    expect([builder.get('missing'), builder.has('missing'), builder.size]).toEqual(['', false, 2]);
    builder.set('a', '').delete('b');
    expect(builder.labels()).toEqual([]);
  });
});

describe('label text', () => {
  it.each([
    ['plain', '"plain"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['\n\r\t', '"\\n\\r\\t"'],
    ['\u0000\u001b\u007f', '"\\x00\\x1b\\x7f"'],
    ['grüße 😀', '"grüße 😀"'],
  ])('%j is quoted as Go quotes it', (value, expected) => {
    expect(quoteLabelValue(value)).toBe(expected);
  });

  it('of no labels is an empty pair of braces', () => {
    expect(formatLabels(labelsFromRecord({ a: '' }))).toBe('{}');
  });
});

describe('names', () => {
  it.each([
    ['up', true, true],
    ['_x1', true, true],
    ['__name__', true, true],
    ['job:up:sum', false, true],
    [':x', false, true],
    ['1x', false, false],
    ['a-b', false, false],
    ['a b', false, false],
    ['é', false, false],
    ['', false, false],
  ])('%j is a label name: %s, a metric name: %s', (name, label, metric) => {
    expect([isLabelName(name), isMetricName(name)]).toEqual([label, metric]);
  });
});
