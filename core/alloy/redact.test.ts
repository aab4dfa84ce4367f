import { describe, expect, it } from 'vitest';
import type { Block } from './ast.ts';
import { parseFile } from './parser.ts';
import { redactedText } from './redact.ts';
import { block, blocks, body, optional, orderedBlocks, t } from './schema.ts';

const schema = body({
  url: optional(t.string),
  token: optional(t.secret),
  headers: optional(t.map(t.list(t.secret))),
  auth: block(body({ user: optional(t.string), password: optional(t.optionalSecret) })),
  endpoint: blocks(body({ key: optional(t.secret) })),
  stages: orderedBlocks(() => ({ 'stage.x': body({ salt: optional(t.secret) }) })),
});

function redacted(inner: string): string {
  const { file } = parseFile(`before = "x"\na "b" {\n${inner}\n}`, '');
  return redactedText(file.body[1] as Block, schema)
    .split('\n')
    .slice(1, -1)
    .join('\n');
}

describe('redactedText', () => {
  it.each([
    ['token = "hunter2"', 'token = "(secret)"'],
    ['token = `hunter2` + "more" // why', 'token = "(secret)" + "(secret)" // why'],
    ['headers = {"X-Key" = ["hunter2"]}', 'headers = {"X-Key" = ["(secret)"]}'],
    ['auth {\n user = "u"\n password = ("hunter2")\n}', 'auth {\n user = "u"\n password = ("(secret)")\n}'],
    ['endpoint { key = string.join(["hunter2"], "") }', 'endpoint { key = string.join(["(secret)"], "(secret)") }'],
    ['stage.x { salt = "hunter2" }', 'stage.x { salt = "(secret)" }'],
    ['url = "kept"', 'url = "kept"'],
    ['url = "http://me:hunter2@kept"', 'url = "http://(secret)@kept"'],
    ['url = "http://kept:80/a/b"', 'url = "http://kept:80/a/b"'],
    ['token = sys.env("NAME")', 'token = sys.env("NAME")'],
    ['token = local.file.x.content', 'token = local.file.x.content'],
  ])('shows %j as %j', (written, shown) => {
    expect(redacted(written)).toBe(shown);
  });
});
