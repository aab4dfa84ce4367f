import { describe, expect, it } from 'vitest';
import { alloyTokens, secretsRead, tokenLines } from './alloy-tokens.ts';

const TEXT = `// a comment with secret("no")
prometheus.remote_write "main" {
  endpoint {
    url      = "https://a/\\"b" // why
    enabled  = true
    password = secret("mimir")
    headers  = { "X" = convert.nonsensitive(secret( \`key\` )) }
    count    = 3
    raw      = \`secret("no")
secret("no")\`
    text     = "secret(\\"no\\")"
  }
}
`;

describe('the words of a pipeline', () => {
  it('are all of the text, in its order', () => {
    const joined = (text: string) =>
      alloyTokens(text)
        .map((token) => token.text)
        .join('');
    for (const text of [TEXT, '', '"open', '`open', '/* open', '/', 'a/b', '\u2028é🙂', '\\"']) {
      expect(joined(text)).toBe(text);
    }
  });

  it('have kinds by what they are and by what follows', () => {
    const kinds = new Map(alloyTokens(TEXT).map(({ kind, text }) => [text, kind]));
    expect(kinds.get('prometheus.remote_write')).toBe('block');
    expect(kinds.get('endpoint')).toBe('block');
    expect(kinds.get('password')).toBe('name');
    expect(kinds.get('convert.nonsensitive')).toBe('call');
    expect(kinds.get('true')).toBe('literal');
    expect(kinds.get('3')).toBe('number');
    expect(kinds.get('"https://a/\\"b"')).toBe('string');
    expect(kinds.get('// why')).toBe('comment');
  });

  it('of lines are as many lines as there are, also where a word is longer than one', () => {
    const lines = tokenLines(TEXT);
    expect(lines.map((line) => line.map(({ text }) => text).join('')).join('\n')).toBe(TEXT);
    expect(lines[9]).toEqual([{ kind: 'string', text: 'secret("no")`' }]);
  });
});

it('the secrets of a pipeline are those that it reads, not those in its comments and texts', () => {
  expect([...secretsRead(TEXT)]).toEqual(['mimir', 'key']);
});
