import { expect } from 'vitest';
import type { SenderCase } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const LONG_NAME = 'very_long_label_name_that_exceeds_normal_length_but_is_still_valid';
const LONG_VALUE =
  'This is a very long label value that contains a lot of text to test how senders handle long strings '.repeat(3);
const MANY = Array.from({ length: 20 }, (_, i) => `l${i}="v${i}"`).join(',');

/** The labels of `test_metric`, beside those of its target, arrive as they were exposed. */
function kept(name: string, labels: string, expected: Readonly<Record<string, string>>): SenderCase {
  return {
    name,
    exposition: `test_metric{${labels}} 42\n`,
    check: (sent) => {
      const { __name__, job, instance, ...own } = sent.one('test_metric').labels;
      expect(own).toEqual(expected);
    },
  };
}

senderSuite({
  TestLabelValidation: [
    {
      name: 'label_lexicographic_ordering',
      exposition: 'test_metric{zzz="3",aaa="1",Bbb="2",_under="4"} 42\n',
      check: ({ series }) => {
        for (const { labelList } of series) {
          const names = labelList.map(([name]) => Buffer.from(name));
          expect(names).toEqual([...names].sort(Buffer.compare));
        }
      },
    },
    {
      name: 'metric_name_label_present',
      check: ({ series }) => {
        expect(series.length).toBeGreaterThan(0);
        for (const { labels } of series) expect(labels.__name__).toMatch(/./);
      },
    },
    {
      name: 'metric_name_format_valid',
      exposition: 'valid_metric_name:subsystem_total 42\n',
      check: (sent) => {
        sent.one('valid_metric_name:subsystem_total');
        for (const { labels } of sent.series) expect(labels.__name__).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
      },
    },
    {
      name: 'label_name_format_valid',
      exposition: 'test_metric{valid_label="value",another_1="val2"} 42\n',
      check: ({ series }) => {
        for (const [name] of series.flatMap(({ labelList }) => labelList))
          expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
      },
    },
    {
      name: 'no_duplicate_label_names',
      // Labels of the target that the exposition has as well are where a duplicate would come from.
      exposition: 'test_metric{job="mine",instance="mine",foo="bar"} 42\n',
      check: ({ series }) => {
        for (const { labelList } of series)
          expect(new Set(labelList.map(([name]) => name)).size).toBe(labelList.length);
      },
    },
    {
      name: 'label_names_not_empty',
      exposition: 'test_metric{label="value"} 42\n',
      check: ({ series }) => {
        for (const [name] of series.flatMap(({ labelList }) => labelList)) expect(name).not.toBe('');
      },
    },
    // Prometheus has no labels of empty value: the sender leaves them out, which the spec allows.
    kept('label_values_may_be_empty', 'empty="",full="x"', { full: 'x' }),
    {
      name: 'reserved_label_prefix',
      exposition: 'test_metric{normal="value"} 42\n',
      check: ({ series }) => {
        const reserved = series.flatMap(({ labelList }) => labelList).filter(([name]) => name.startsWith('__'));
        for (const [name] of reserved) expect(name).toBe('__name__');
      },
    },
    kept('unicode_in_label_values', 'emoji="🚀",chinese="测试"', { emoji: '🚀', chinese: '测试' }),
    kept('special_chars_in_label_values', 'path="/api/v1/users",query="foo=bar&baz=qux",quoted="a\\"b\\\\c\\nd"', {
      path: '/api/v1/users',
      query: 'foo=bar&baz=qux',
      quoted: 'a"b\\c\nd',
    }),
    kept('very_long_label_names', `${LONG_NAME}="value"`, { [LONG_NAME]: 'value' }),
    kept('very_long_label_values', `description="${LONG_VALUE}"`, { description: LONG_VALUE }),
    kept('many_labels_per_series', MANY, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`l${i}`, `v${i}`]))),
  ],
});
