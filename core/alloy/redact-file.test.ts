import { describe, expect, it } from 'vitest';
import { sharedRegistry } from '../pipeline/registry.ts';
import { redactedFile } from './redact-file.ts';

function redacted(text: string): string | undefined {
  return redactedFile(text, sharedRegistry);
}

const endpoint = (inner: string) => `prometheus.remote_write "x" {\n  endpoint {\n    ${inner}\n  }\n}\n`;

describe('redactedFile', () => {
  it.each([
    ['a secret argument', 'bearer_token = "hunter2"', 'bearer_token = "(secret)"'],
    [
      'a secret in a block',
      'basic_auth {\n username = "u"\n password = "hunter2"\n }',
      'basic_auth {\n username = "u"\n password = "(secret)"\n }',
    ],
    [
      'headers, whose values are texts to the language',
      'headers = { "X-Key" = "hunter2" }',
      'headers = { "X-Key" = "(secret)" }',
    ],
    ['the whole URL where a part may be a key', 'url = "https://x/?key=hunter2"', 'url = "(secret)"'],
    ['a URL with a password', 'url = "https://u:hunter2@x/"', 'url = "(secret)"'],
    ['a URL with escapes', 'url = "https://x/\\x3fkey=hunter2"', 'url = "(secret)"'],
    ['a URL that is put together', 'url = "https://x/" + "hunter2"', 'url = "(secret)" + "(secret)"'],
    ['nothing of a plain URL', 'url = "https://x/push"', 'url = "https://x/push"'],
    ['nothing of the name of a secret', 'bearer_token = secret("mimir")', 'bearer_token = secret("mimir")'],
    [
      'nothing of a URL from a secret',
      'url = convert.nonsensitive(secret("u"))',
      'url = convert.nonsensitive(secret("u"))',
    ],
    ['comments', 'url = "https://x/" // hunter2', 'url = "https://x/" // (comment left out)'],
    ['long comments', '/* hunter2\n hunter2 */\n url = "https://x/"', '/* (comment left out) */\n url = "https://x/"'],
  ])('leaves out %s', (_, inner, shown) => {
    expect(redacted(endpoint(inner))).toBe(endpoint(shown));
  });

  it('leaves out what it does not know: custom components, their values, modules in strings', () => {
    const text = `
declare "store" {
  argument "password" { default = "hunter2" }
  prometheus.remote_write "x" {
    endpoint {
      url          = "https://x/push"
      bearer_token = "hunter2"
    }
  }
}
store "a" { password = "hunter2" }
import.string "b" { content = "loki.write \\"x\\" { password = hunter2 }" }
foreach "c" {
  collection = ["hunter2"]
  var        = "each"
  template {
    store "d" { password = "hunter2" }
  }
}
`;
    const shown = redacted(text);
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('url          = "https://x/push"');
  });

  it('gives up on a text that does not parse', () => {
    expect(redacted('a = = "hunter2"')).toBeUndefined();
  });
});
