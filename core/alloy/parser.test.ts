import { describe, expect, it } from 'vitest';
import { diagnosticLine } from './diagnostics.ts';
import { parseExpression, parseFile } from './parser.ts';
import { unquote } from './quote.ts';
import { spanText } from './source.ts';

function errors(text: string): string[] {
  return parseFile(text, '').diagnostics.map(diagnosticLine);
}

describe('parser', () => {
  it.each([
    ['a = 1', []],
    ['a = 1 // comment', []],
    ['a = [\n1,\n]', []],
    ['a = [1, /* x */ 2]', []],
    ['a = [1\n]', ["1:7: missing ',' in expression list"]],
    ['a = {b = 1\n}', ["1:11: missing ',' in field list"]],
    ['a = f(1\n)', ["1:8: missing ',' in expression list"]],
    ['a =', ['1:4: expected expression, got EOF']],
    ['a', ['1:2: expected block label, got TERMINATOR']],
    ['a.b', ['1:4: expected block label, got TERMINATOR']],
    ['a "b"', ['1:6: expected block body, got TERMINATOR']],
    ['1 = 2', ['1:1: expected identifier, got NUMBER']],
    ['a. = 2', ['1:4: expected identifier, got =']],
    ['a 5 { }', ['1:3: expected block label, got NUMBER']],
    ['a "b-c" { }', ['1:3: expected block label to be a valid identifier, but got "b-c"']],
    ['a `b` { }', ['1:3: expected block label to be a double quoted string, but got "`b`"']],
    ['a = {1 = 2}', ['1:6: expected field name (string or identifier), got NUMBER']],
    ['a = 1 b', ['1:7: expected TERMINATOR, got IDENT']],
    ['a = (1', ['1:7: expected ), got TERMINATOR']],
    ['a = b "c" { }', ['1:5: cannot use a block as an expression']],
    ['a "b" = 1', ['1:3: attribute names may not have labels']],
    ['a.b = 1', ['1:1: attribute names may only consist of a single identifier with no "."']],
    ['a {', ['1:4: expected }, got EOF']],
  ])('reports %j as %j', (text, expected) => {
    expect(errors(text)).toEqual(expected);
  });

  it('ends a statement at the end of the text without a newline', () => {
    expect(parseFile('a = 1\nb { c = 2 }', '').file.body.map((each) => spanText(each.span))).toEqual([
      'a = 1',
      'b { c = 2 }',
    ]);
  });

  it('goes on after a mistake and reports the mistakes of later lines', () => {
    expect(errors('a = [1\n]\nb = {c 1}\nd { e = }\n')).toEqual([
      "1:7: missing ',' in expression list",
      '3:8: expected =, got NUMBER',
      '4:9: expected expression, got }',
    ]);
  });

  it.each([
    ['1 + 2 * 3', '(1 + (2 * 3))'],
    ['1 * 2 + 3', '((1 * 2) + 3)'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['2 ^ 3 ^ 4', '(2 ^ (3 ^ 4))'],
    ['-2 ^ 2', '((-2) ^ 2)'],
    ['!a && b || c == d', '(((!a) && b) || (c == d))'],
    ['1 + 2 < 3 % 4', '((1 + 2) < (3 % 4))'],
  ])('gives %s the structure %s', (text, structure) => {
    expect(grouped(parseExpression(text).expression)).toBe(structure);
  });

  it('keeps the text between the quotes of a key as it stands, as Alloy does', () => {
    const { expression } = parseExpression(String.raw`{"a\"b" = 1}`);
    expect(expression.kind === 'object' && expression.fields[0]?.name).toBe(String.raw`a\"b`);
  });

  it('stops at nesting that could overflow the stack, whatever is nested', () => {
    for (const [open, close] of ['[]', '()', '{}'].map((pair) => [...pair] as [string, string])) {
      const inner = open === '{' ? '{a = ' : open;
      const text = `x = ${inner.repeat(50_000)}1${close.repeat(50_000)}`;
      expect(errors(text)).toEqual([expect.stringContaining('nested more than 64 levels deep')]);
    }
    for (const sign of ['!', '-', '2 ^ ']) {
      expect(errors(`x = ${sign.repeat(50_000)}1`)).toEqual([
        expect.stringContaining('nested more than 64 levels deep'),
      ]);
    }
    expect(errors('a {'.repeat(50_000))).toEqual([expect.stringContaining('nested more than 64 levels deep')]);
  });

  it('stops at a chain of operators, accesses or calls whose tree would be too high to walk', () => {
    for (const link of [' + 1', '.a', '[0]', '()']) {
      expect(errors(`x = a${link.repeat(50_000)}`)).toEqual([
        expect.stringContaining('expression has more than 512 levels'),
      ]);
    }
    expect(errors(`x = 1${' + 1'.repeat(500)}`)).toEqual([]);
  });

  it('reads long lists in one go', () => {
    const { file, diagnostics } = parseFile(`x = [${'1,'.repeat(200_000)}]`, '');
    expect(diagnostics).toEqual([]);
    const [statement] = file.body;
    const value =
      statement?.kind === 'attribute' && statement.value.kind === 'array' ? statement.value.elements.length : 0;
    expect(value).toBe(200_000);
  });
});

describe('string literals', () => {
  it.each([
    [String.raw`"\a\b\f\n\r\t\v\\\""`, '\x07\b\f\n\r\t\v\\"'],
    [String.raw`"\101\x41\u0041\U00000041"`, 'AAAA'],
    [String.raw`"\U0001F600"`, '😀'],
    [String.raw`"\xc3\xa9 \303\251"`, 'é é'],
    [String.raw`"\\x41"`, String.raw`\x41`],
    ['`raw \\n "quoted"`', 'raw \\n "quoted"'],
    ['`a\r\nb`', 'a\nb'],
  ])('%s stands for %j', (literal, text) => {
    expect(unquote(literal)).toBe(text);
  });
});

function grouped(expression: ReturnType<typeof parseExpression>['expression']): string {
  if (expression.kind === 'binary') {
    return `(${grouped(expression.left)} ${expression.operator} ${grouped(expression.right)})`;
  }
  return expression.kind === 'unary'
    ? `(${expression.operator}${grouped(expression.value)})`
    : spanText(expression.span);
}
