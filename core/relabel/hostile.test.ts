// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of Go regexps
/** Abuse cases A7 and A8: rules that would stop a gateway are refused, or take work in proportion to the text. */
import { describe, expect, it } from 'vitest';
import { LabelsBuilder } from '../labels/labels.ts';
import { compileRegex, EDGE_REGEX_LIMITS } from '../regex/re2.ts';
import { measureWork, withWorkBudget } from '../regex/work.ts';
import { compileRelabelRules } from './compile.ts';
import { DEFAULT_RELABEL_CONFIG, type RelabelConfig } from './config.ts';
import { applyRelabelRules, MAX_EXPANDED_LENGTH } from './relabel.ts';

const refused: readonly (readonly [what: string, pattern: string, message: RegExp])[] = [
  ['counted repetitions of counted repetitions', '(x{1000}){1000}', /invalid repeat count/],
  ['a repetition above 1000', 'x{1001}', /invalid repeat count/],
  ['copies that add up', '.{1000}.{1000}', /too complex: it compiles to \d+ instructions, the limit is 2000/],
  ['repetitions that just pass as Go', '(?:(?:a{1,10}){1,10}){1,10}', /too complex/],
  ['an alternation of thousands', Array.from({ length: 5000 }, (_, i) => `name${i}`).join('|'), /limit is 1024/],
  ['64 KiB', 'a'.repeat(65_536), /is 65536 characters long, the limit is 1024/],
  [
    'nesting of a thousand groups',
    `${'('.repeat(1001)}a${')'.repeat(1001)}`,
    /limit is 1024|expression nests too deeply/,
  ],
  ['a look-ahead', '(?=a)', /invalid or unsupported Perl syntax/],
  ['a back-reference', '(a)\\1', /invalid escape sequence/],
];

const linear: readonly (readonly [what: string, pattern: string, text: string])[] = [
  ['nested quantifiers', '(x+x+)+y', 'x'.repeat(2048)],
  ['five wildcards', '(.*)(.*)(.*)(.*)(.*)x', 'a'.repeat(2048)],
  ['the same twice in a loop', '(a|a)*b', 'a'.repeat(2048)],
  ['optional letters', `${'a?'.repeat(100)}${'a'.repeat(100)}`, 'a'.repeat(2048)],
  ['a bounded gap', '.*a.{500}b.*', 'a'.repeat(2048)],
  ['as many states as allowed', '(?:[a-z]{1,40}){1,20}!', 'a'.repeat(2048)],
];

describe('A7 a hostile pattern', () => {
  it.each(refused)('with %s is refused when it is saved', (_, pattern, message) => {
    expect(() => compileRegex(pattern, { anchored: true, ...EDGE_REGEX_LIMITS })).toThrow(message);
  });

  it.each(linear)("with %s takes work in proportion to the text, within one batch's budget", (_, pattern, text) => {
    const regex = compileRegex(pattern, { anchored: true, ...EDGE_REGEX_LIMITS });
    const once = measureWork(() => regex.test(text));
    const twice = measureWork(() => regex.test(text + text));
    expect(once).toBeGreaterThan(0);
    expect(twice / once).toBeLessThan(2.01);
    expect(once).toBeLessThan(EDGE_REGEX_LIMITS.maxWorkPerBatch / 40);
  });

  it('that matches at every character is charged for each look at the rest of the text', () => {
    const regex = compileRegex('.*x|a', { anchored: false });
    const once = measureWork(() => regex.matchAll('a'.repeat(500)));
    const twice = measureWork(() => regex.matchAll('a'.repeat(1000)));
    expect(twice / once).toBeGreaterThan(3.5);
  });
});

function config(given: Partial<RelabelConfig>): RelabelConfig {
  return { ...DEFAULT_RELABEL_CONFIG, ...given };
}

/** Labels as large as the limits let in: 30 names, values of 2 KiB. */
function largestSeries(salt = ''): LabelsBuilder {
  return new LabelsBuilder(
    Array.from({ length: 30 }, (_, i) => ({ name: `${'n'.repeat(1000)}_${i}`, value: `${salt}${'x'.repeat(2000)}` })),
  );
}

const throwsOnlyRefusals = (rules: readonly RelabelConfig[], labels: LabelsBuilder) => {
  const compiled = compileRelabelRules(rules, EDGE_REGEX_LIMITS);
  return () => withWorkBudget(EDGE_REGEX_LIMITS.maxWorkPerBatch, () => applyRelabelRules(compiled, labels));
};

describe('A7 the work of one batch', () => {
  it('is bounded: rules that cost more are stopped', () => {
    const rules = Array.from({ length: 100 }, (_, i) =>
      config({ sourceLabels: [`${'n'.repeat(1000)}_1`], regex: `(?:[a-z]{1,40}){1,20}!${i}`, targetLabel: 't' }),
    );
    expect(throwsOnlyRefusals(rules, largestSeries())).toThrow(
      'the expressions of the pipeline take too much work for one batch',
    );
  });

  it('is given back: the next batch has all of it again', () => {
    expect(() => withWorkBudget(10, () => compileRegex('a+b', { anchored: true }).test('a'.repeat(100)))).toThrow();
    expect(compileRegex('a+b', { anchored: true }).test(`${'a'.repeat(100)}b`)).toBe(true);
  });

  it('is not spent by what is remembered', () => {
    const regex = compileRegex('(a+)(b*)', { anchored: true });
    expect(measureWork(() => regex.test('aab'))).toBeGreaterThan(0);
    expect(measureWork(() => regex.test('aab'))).toBe(0);
  });
});

describe('A8 rules that multiply', () => {
  it('map labels onto themselves without end or growth', () => {
    const labels = largestSeries();
    const onto = config({ action: 'labelmap', regex: '(.*)', replacement: '$1' });
    expect(throwsOnlyRefusals(Array(100).fill(onto), labels)()).toBe(true);
    expect(labels.size).toBe(30);
  });

  it('make a name of a value of 2 KiB, which the limits then judge', () => {
    const labels = new LabelsBuilder([{ name: 'a', value: 'b'.repeat(2048) }]);
    expect(throwsOnlyRefusals([config({ sourceLabels: ['a'], targetLabel: '$1' })], labels)()).toBe(true);
    expect(labels.has('b'.repeat(2048))).toBe(true);
  });

  it('are stopped before one series takes the memory of the isolate', () => {
    const grow = config({ action: 'labelmap', regex: '(.*)', replacement: '${1}_${1}' });
    const double = config({ sourceLabels: ['a'], targetLabel: 'a', replacement: '$1$1' });
    expect(throwsOnlyRefusals(Array(100).fill(grow), largestSeries())).toThrow(
      `relabelling makes a text of more than ${MAX_EXPANDED_LENGTH} characters`,
    );
    expect(throwsOnlyRefusals(Array(100).fill(double), new LabelsBuilder([{ name: 'a', value: 'x' }]))).toThrow(
      `relabelling makes a text of more than ${MAX_EXPANDED_LENGTH} characters`,
    );
  });

  it('of a thousand each cost what they read, no more', () => {
    const rule = config({ sourceLabels: ['a'], regex: '([a-z]+)-(\\d+)', targetLabel: 'b' });
    const cost = (count: number, salt: string) =>
      measureWork(() =>
        applyRelabelRules(
          compileRelabelRules(Array(count).fill(rule)),
          new LabelsBuilder([{ name: 'a', value: `x${salt}-1` }]),
        ),
      );
    expect(cost(1000, 'a') / cost(100, 'b')).toBeCloseTo(10, 1);
  });
});
