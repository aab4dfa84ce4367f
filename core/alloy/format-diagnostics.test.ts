import { describe, expect, it } from 'vitest';
import { diagnosticAt } from './diagnostics.ts';
import { formatDiagnostics } from './format-diagnostics.ts';
import { Source } from './source.ts';

function show(text: string, meant: string, hint?: string): string {
  const source = new Source('c.alloy', text);
  const start = text.indexOf(meant);
  const span = { source, start, end: start + meant.length };
  return formatDiagnostics(
    [diagnosticAt(span, 'wrong', hint === undefined ? {} : { hint })],
    [{ filename: 'c.alloy', text }],
  );
}

describe('formatDiagnostics', () => {
  it('shows one line around what is meant, and underlines it', () => {
    expect(show('one\ntwo three\nfour\nfive', 'three')).toBe(
      ['Error: c.alloy:2:5: wrong', '', '1 | one', '2 | two three', '  |     ^^^^^', '3 | four', ''].join('\n'),
    );
  });

  it('shows tabs as four spaces and keeps the underline below its text', () => {
    expect(show('a {\n\tb\t= c\n}', 'c')).toContain('2 |     b    = c\n  |            ^\n');
  });

  it('draws what spans lines with a line at the margin', () => {
    expect(show('\n  a {\n    b\n  }\n', 'a {\n    b\n  }')).toBe(
      [
        'Error: c.alloy:2:3: wrong',
        '',
        '1 |   ',
        '2 |     a {',
        '  |  ___^^^',
        '3 | |     b',
        '4 | |   }',
        '  | |___^',
        '5 |   ',
        '',
      ].join('\n'),
    );
  });

  it('aligns line numbers of different lengths', () => {
    const text = Array.from({ length: 12 }, (_, i) => `line${i + 1}`).join('\n');
    expect(show(text, 'line9')).toContain(' 8 | line8\n 9 | line9\n   | ^^^^^\n10 | line10');
  });

  it('adds the hint, and separates diagnostics by an empty line', () => {
    const one = show('a', 'a', 'do this');
    expect(one).toBe('Error: c.alloy:1:1: wrong\n\n1 | a\n  | ^\n  = hint: do this\n');
    const plain = { filename: 'other', severity: 'warning', message: 'm' } as const;
    const position = { offset: 0, line: 1, column: 1 };
    const diagnostic = { ...plain, start: position, end: position };
    expect(formatDiagnostics([diagnostic, diagnostic])).toBe('Warning: other:1:1: m\n\nWarning: other:1:1: m\n');
  });

  it.each([
    'password = "hunter2"',
    '\tclient_secret = `hunter2`',
    '"X-Auth-Token" = "hunter2"',
    'bearer_token = f("hunter2", 1)',
    'proxy_url = "http://me:hunter2@proxy"',
    'proxy_url = "http://me:%/hunter2@proxy"',
    'proxy_url = "http://hunter2@proxy"',
  ])('masks what is assigned in %s, also beside the line that is meant', (line) => {
    const shown = show(`${line}\nwrong here\n${line}`, 'here');
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('*******');
  });

  it('shows only the part of a very long line that matters', () => {
    const shown = show(`${'x'.repeat(5000)}here${'y'.repeat(5000)}`, 'here');
    expect(shown.length).toBeLessThan(700);
    const [, , line = '', marks = ''] = shown.split('\n');
    expect(marks.slice(line.indexOf('here')).startsWith('^^^^')).toBe(true);
    expect(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('here');
  });
});
