import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { compileTemplate, expandTemplate, replaceAll } from './expand.ts';
import { estimatedProgramSize } from './program-size.ts';
import { compileRegex, EDGE_REGEX_LIMITS, RegexError } from './re2.ts';
import { parseSimplePattern } from './simple-pattern.ts';

const anchored = (pattern: string) => compileRegex(pattern, { anchored: true });
const search = (pattern: string) => compileRegex(pattern, { anchored: false });

/** What RE2 says about the same whole-text match. */
function byRe2(pattern: string, text: string): (string | null)[] | undefined {
  const matcher = RE2JS.compile(pattern, RE2JS.DOTALL).matcher(text);
  if (!matcher.matches()) return undefined;
  return Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group));
}

function groupsOf(pattern: string, text: string): (string | null)[] | undefined {
  const regex = anchored(pattern);
  const match = regex.match(text);
  expect(regex.test(text)).toBe(match !== undefined);
  return match && Array.from({ length: regex.groupCount + 1 }, (_, group) => match.group(group) ?? null);
}

describe('anchored regular expressions', () => {
  it.each(
    `
    foo             foo            yes
    foo             foobar         no
    foo             xfoo           no
    foo|bar         bar            yes
    foo|bar         foobar         no
    (foo|bar)       foo            yes
    .*              anything       yes
    .+              x              yes
    foo.*           foo            yes
    foo.+           foo            no
    foo.+           foox           yes
    .*foo           xfoo           yes
    .*foo.*         xfoox          yes
    ^foo$           foo            yes
    ^foo|bar$       foobar         no
    a\\.b           a.b            yes
    a\\.b           axb            no
    (?i)FOO         foo            yes
    [a-c]+          abcabc         yes
    \\d{3}          123            yes
    \\pL+           grüße          yes
    (?P<x>a)b       ab             yes
    [[:alpha:]]+    abc            yes
    \\Qa.b\\E       a.b            yes
    `
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/)),
  )('%s against %s: %s', (pattern, text, expected) => {
    expect(anchored(pattern).test(text)).toBe(expected === 'yes');
  });

  it('let dot match a newline, as Prometheus does', () => {
    for (const pattern of ['.*', 'a.b', 'a.*b', '(?:a|x).b']) expect(anchored(pattern).test('a\nb')).toBe(true);
  });

  it('match an empty pattern with an empty text alone', () => {
    expect(anchored('').test('')).toBe(true);
    expect(anchored('').test('x')).toBe(false);
  });

  it('give the same answer from the memo as at first', () => {
    const regex = anchored('(a+)(b*)');
    for (const text of ['aab', 'aab', 'b', 'b']) {
      expect(regex.match(text)?.group(1)).toBe(text === 'aab' ? 'aa' : undefined);
    }
    for (let i = 0; i < 3000; i++) expect(regex.test(`a${'b'.repeat(i % 7)}${i}`)).toBe(false);
    expect(regex.match('aab')?.group(2)).toBe('b');
  });
});

describe('the fast path for simple patterns', () => {
  it.each([
    'foo',
    '',
    'a|b|c',
    '(a|b)',
    '(?:a|b)',
    '.*',
    '(.*)',
    '(.+)',
    'foo.*',
    'foo(.+)',
    '(.*)foo',
    'a(.*)b',
    '.*foo.*',
    '^foo$',
    '^foo.*|bar$',
    'a\\.b',
    'a\\.b(.*)',
    'node_.*|go_.*|up',
    'a\\.b|c\\|d|e.*',
    '(a\\.b|c)',
    '(a\\\\|b)',
  ])('takes %s', (pattern) => {
    expect(parseSimplePattern(pattern)).toBeDefined();
  });

  it.each([
    'fo+',
    'foo?',
    'a.c',
    '[ab]',
    'a{2}',
    '(a)(b)',
    '(a)|(b)',
    '((a))',
    '(?i)a',
    '(?P<n>a)',
    '.*?',
    'a.*b.*c',
    '\\d',
    '\\bfoo',
    'a\\',
    '(a',
    'a)',
    'a)|(b',
    '(.*)|b',
    '\\(.*)',
    '\\\\.*',
    'a$b',
    'a^b',
    'foo\\$',
    '.*\\$',
    '*',
    '.**',
    '(?:a|(.*))',
    '(a\\|b)',
    '(a|b\\)',
    '(a|b\\\\)',
    '\\Qa|b\\E',
    '[a|b]|c',
  ])('leaves %s to RE2 or agrees with it', (pattern) => {
    const simple = parseSimplePattern(pattern);
    if (simple === undefined) return;
    for (const text of ['', 'a', 'foo', 'foo$', '$', 'x$', 'a.b', '.b', '\\b']) {
      const bounds = simple.match(text);
      expect(bounds === undefined).toBe(byRe2(pattern, text) === undefined);
    }
  });

  const piece = fc.constantFrom(
    'a',
    'b',
    'foo',
    '.*',
    '.+',
    '(.*)',
    '(.+)',
    '|',
    '(',
    ')',
    '(?:',
    '\\.',
    '.',
    '^',
    '$',
    'é',
    '+',
    '😀',
    '-',
    '\\|',
    '\\\\',
  );
  const sample = fc.array(fc.constantFrom('a', 'b', 'foo', '.', '|', '\n', 'é', '😀', '-', '^', '$', '\\'), {
    maxLength: 6,
  });

  it('agrees with RE2 on every pattern it takes, captures included', () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 7 }),
        fc.array(sample, { minLength: 5, maxLength: 5 }),
        (parts, texts) => {
          const pattern = parts.join('');
          if (parseSimplePattern(pattern) === undefined) return;
          taken++;
          for (const text of [...texts.map((t) => t.join('')), parts.filter((p) => !p.includes('.')).join('')]) {
            expect(groupsOf(pattern, text)).toEqual(byRe2(pattern, text));
          }
        },
      ),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});

describe('searching regular expressions', () => {
  it('find the leftmost match with its groups and their names', () => {
    const regex = search('(?P<method>GET|POST) (?P<path>/\\S*)( HTTP)?');
    const match = regex.match('x GET /a/b y');
    expect([...regex.groupNames]).toEqual([
      ['method', 1],
      ['path', 2],
    ]);
    expect([match?.start, match?.end]).toEqual([2, 10]);
    expect([match?.group(1), match?.group(2), match?.group(3), match?.group(9)]).toEqual([
      'GET',
      '/a/b',
      undefined,
      undefined,
    ]);
  });

  it('do not let dot match a newline unless asked', () => {
    expect(search('a.b').test('a\nb')).toBe(false);
    expect(search('(?s)a.b').test('a\nb')).toBe(true);
  });

  // Results of Go 1.23's FindAllStringIndex.
  it.each<[string, string, number[][]]>([
    [
      'a*',
      'baac',
      [
        [0, 0],
        [1, 3],
        [4, 4],
      ],
    ],
    [
      'a',
      'banana',
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    [
      '',
      'ab',
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    ],
    ['x', 'ab', []],
    ['^a', 'aa', [[0, 1]]],
  ])('find all of %j in %j where Go does', (pattern, text, expected) => {
    expect(
      search(pattern)
        .matchAll(text)
        .map((match) => [match.start, match.end]),
    ).toEqual(expected);
  });
});

describe('patterns that are refused', () => {
  it.each([
    ['(foo', 'error parsing regexp: missing closing ): `(foo`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
    ['x{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
    ['a)|(b', 'error parsing regexp: unexpected ): `a)|(b`'],
    ['((a{1,100}){1,100}){1,100}', 'error parsing regexp: invalid repeat count: `{1,100}`'],
  ])('%s, with the message of Go', (pattern, message) => {
    expect(() => anchored(pattern)).toThrow(new RegexError(message));
  });

  it('are those above the limits of length and of program size, where limits are set', () => {
    const edge = (pattern: string) => compileRegex(pattern, { anchored: true, ...EDGE_REGEX_LIMITS });
    expect(() => edge('a'.repeat(1025))).toThrow('regular expression is 1025 characters long, the limit is 1024');
    expect(() => edge('(a{1,50}){1,20}')).toThrow(/too complex: it compiles to \d+ instructions, the limit is 2000/);
    expect(() => edge(`(${'(ab|cd)'.repeat(100)}){400}`)).toThrow(
      /it compiles to about \d+ instructions, the limit is 2000/,
    );
    expect(edge('a'.repeat(1024)).test('a'.repeat(1024))).toBe(true);
    expect(anchored('(a{1,50}){1,20}').test('aaa')).toBe(true);
  });
});

describe('the estimate of a program, which refuses before it is compiled', () => {
  it.each(
    String.raw`abc a|bc|d (a|b)* (ab){2,5} [a-z]{10} \d+\.\d+ (?i)abc (?P<x>a+)b (?<x>a+)b \pL{40} \p{Greek}{40} x{2,}
    []a]{30} [^]a]{30} [[:alpha:]]{50} \Qa{3}\E{40} (?:a{10}){10} ((a{1,10}){1,10}) .{1000} (a?b?){20} ^$ (^a|b$){70} { a{,3}
    (?s:.){30} ((((a)))) (a|b|c|d){100} [^\]]{80} \x{61}{90} (?:ab|cd|ef){1,30} (?:x{1,2}y{3,4}){5,6}
    ([A-Z]|[a-z]|[0-9]|_){1000} (?:a|^|a|\b){300} \({50} \\{50}`
      .replaceAll('\\\\', '\\')
      .split(/\s+/),
  )('is near what is compiled: %s', (pattern) => {
    const size = RE2JS.compile(pattern).programSize();
    expect(estimatedProgramSize(pattern)).toBeGreaterThanOrEqual(size / 2 - 5);
    expect(estimatedProgramSize(pattern)).toBeLessThanOrEqual(size * 2 + 5);
  });

  it('knows no mistake and ends, whatever the text', () => {
    const piece = fc.constantFrom(
      ...'ab|()[]{}^$.*+?\\-,1295QEpxd:<>P'.split(''),
      '{1,9}',
      '\\Q',
      '\\E',
      '(?',
      '[:',
      ':]',
    );
    const patterns = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
    fc.assert(fc.property(patterns, (pattern) => estimatedProgramSize(pattern) >= 0));
  });
});

describe('Go templates', () => {
  const regex = search('(?P<first>\\w)(\\w)(x)?');
  it.each(
    `
    $1            a
    \${1}b        ab
    $1b           |
    $2$1          ba
    $first        a
    \${first}!    a!
    $first_       |
    $$1           $1
    $             $
    x$            x$
    \${1          \${1
    \${}          \${}
    $-            $-
    $0            ab
    $3            |
    $9            |
    $01           |
    \${unknown}   |
    plain         plain
    $1é           |
    `
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/)),
  )('%s gives %s', (template, expected) => {
    const match = regex.match('ab');
    expect(match && expandTemplate(compileTemplate(template, regex), match)).toBe(expected === '|' ? '' : expected);
  });

  it('replace every match', () => {
    expect(replaceAll(regex, 'ab cd', compileTemplate('<$2$1>', regex))).toBe('<ba> <dc>');
  });
});
