/** Whatever the text: no crash, no hang, mistakes only as diagnostics. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig } from './check.ts';
import { Controller } from './controller.ts';
import { formatDiagnostics } from './format-diagnostics.ts';
import { parseFile } from './parser.ts';
import { formatFile } from './printer.ts';
import { createBench, testRegistry } from './test-components.ts';

const words = fc.constantFrom(
  ...[
    'a',
    'b.c',
    'prometheus.scrape',
    'loki.process',
    'test.source',
    'test.sink',
    'declare',
    'argument',
    'export',
    'import.string',
  ],
  ...[
    'foreach',
    'template',
    'stage.json',
    'logging',
    '"x"',
    '"y"',
    '""',
    '`raw\n  x`',
    '1',
    '2.5',
    '1e',
    'true',
    'null',
    '"\\q"',
    "'",
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    '=',
    '.',
    '+',
    '-',
    '*',
    '/',
    '%',
    '^',
    '!',
    '==',
    '<',
    '&&',
    '||',
    '|',
    '@',
    '\0',
    '\ud800',
  ],
  ...[
    '\n',
    '\n',
    '\n',
    ' ',
    '\t',
    '\r\n',
    '// c\n',
    '/* b */',
    '/* m\n */',
    '/*',
    'value = ',
    'text = ',
    'content = ',
    'é',
    '\ufeff',
  ],
  ...[
    'test.source "s" {\n',
    'test.sink "t" {\n',
    'declare "d" {\n',
    'd "i" {\n',
    '}\n',
    'test.source.s.out',
    'd.i.x',
    'string.format(',
  ],
);
const texts = fc.oneof(
  fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const registry = () => new Map(testRegistry(createBench()).map((definition) => [definition.name, definition] as const));

describe('any text', () => {
  it('is parsed, checked, loaded and reported without an exception', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const sources = [{ filename: 'f', text }];
        const diagnostics = checkConfig(sources, registry(), 'host', { minStability: 'experimental' });
        expect(typeof formatDiagnostics(diagnostics, sources)).toBe('string');
        const controller = new Controller({
          registry: registry(),
          side: 'host',
          createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged }),
          stdlib: { env: () => undefined, constants: {} },
          minStability: 'experimental',
        });
        const { ok, diagnostics: loaded } = controller.load(sources);
        expect(ok).toBe(!loaded.some((each) => each.severity === 'error'));
        // What the check refuses can never run.
        if (diagnostics.some((each) => each.severity === 'error')) expect(ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

/** Texts that are right, with blanks, newlines and comments wherever they may stand. */
const gap = fc.constantFrom('', '', ' ', '  ', ' /* g */ ');
const open = fc.constantFrom(
  '',
  '',
  ' ',
  '\n',
  '\n\n',
  ' // c\n',
  '/* b */',
  '\n// own\n',
  '\n\n// own\n\n',
  ' /* m\n m */ ',
);
const end = fc.constantFrom('\n', '\n', '\n\n\n', ' // t\n', '\n// o\n', '\n\n// o\n', ' /* e */\n', '\n/* m\n m */\n');
const { body } = fc.letrec<{ expression: string; element: string; statement: string; body: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expression' },
    fc.constantFrom('1', '"s"', 'true', '2.5', 'a.b.c', 'x', '`r\tx\n  y  \n`'),
    fc.tuple(open, fc.array(tie('element'), { maxLength: 3 })).map(([first, all]) => `[${first}${all.join('')}]`),
    fc
      .tuple(open, fc.array(fc.tuple(fc.constantFrom('k', 'longer', '"q k"'), gap, tie('element')), { maxLength: 3 }))
      .map(([first, all]) => `{${first}${all.map(([key, blank, value]) => `${key}${blank}=${value}`).join('')}}`),
    fc.tuple(open, fc.array(tie('element'), { maxLength: 2 })).map(([first, all]) => `f.g(${first}${all.join('')})`),
    fc
      .tuple(tie('expression'), gap, fc.constantFrom('+', '*', '==', '^'), open, tie('expression'))
      .map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('!', '-'), tie('expression')).map((parts) => parts.join('')),
    fc.tuple(gap, tie('expression'), gap).map((parts) => `(${parts.join('')})`),
  ),
  element: fc.tuple(tie('expression'), gap, open).map(([value, blank, after]) => `${value}${blank},${after}`),
  statement: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'statement' },
    fc
      .tuple(fc.constantFrom('a', 'bb', 'cccccc'), gap, open, tie('expression'), end)
      .map(([name, blank, after, value, last]) => `${name}${blank}=${after}${value}${last}`),
    fc
      .tuple(fc.constantFrom('blk', 'a.b "l"'), gap, fc.constantFrom('\n', ' // c\n', ' /* x */ '), tie('body'), end)
      .map(([name, blank, after, inner, last]) => `${name}${blank}{${after}${inner}}${last}`),
  ),
  body: fc.array(tie('statement'), { maxLength: 4 }).map((all) => all.join('')),
}));

describe('the formatter', () => {
  it('keeps structure and comments, and leaves what it formatted as it is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', '// top\n', '\n\n'),
        body,
        fc.constantFrom('', '// end', '/* end */'),
        (...parts) => {
          const text = parts.join('');
          const formatted = formatFile(text);
          if (!formatted.ok) throw new Error(formatDiagnostics(formatted.diagnostics, [{ filename: '', text }]));
          expect(structure(formatted.text)).toBe(structure(text));
          expect(comments(formatted.text)).toEqual(comments(text));
          expect(formatFile(formatted.text)).toEqual(formatted);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function structure(text: string): string {
  const places = new Set(['span', 'nameSpan', 'labelSpan', 'operatorSpan', 'open', 'close']);
  return JSON.stringify(parseFile(text, '').file.body, (key, value) => (places.has(key) ? undefined : value));
}

function comments(text: string): string[] {
  return parseFile(text, '').file.comments.map((comment) => comment.text);
}
