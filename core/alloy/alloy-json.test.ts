import { describe, expect, it } from 'vitest';
import { argumentsJson, debugInfoJson, objectBodyJson, valueJson } from './alloy-json.ts';
import { float, int } from './numbers.ts';
import { block, blocks, body, optional, orderedBlocks, required, t, withDefault } from './schema.ts';
import { formatSize } from './size.ts';
import { Capsule, Secret } from './values.ts';

const schema = body({
  url: required(t.string),
  name: optional(t.string),
  timeout: withDefault(t.duration, 30_000),
  size: withDefault(t.size, 1024),
  retry: withDefault(t.bool, true),
  protocols: withDefault(t.list(t.string), ['a']),
  headers: optional(t.map(t.string)),
  token: optional(t.secret),
  password: optional(t.optionalSecret),
  targets: withDefault(t.targets, []),
  forward_to: withDefault(t.list(t.capsule<unknown>('storage.Appendable')), []),
  inner: block(body({ on: withDefault(t.bool, false) })),
  rule: blocks(body({ action: withDefault(t.string, 'replace') })),
  named: blocks(body({ n: withDefault(t.int, 0) }), { labelled: true }),
  stages: orderedBlocks(() => ({ 'stage.json': body({ source: withDefault(t.string, '') }) })),
});
const base = {
  url: 'u',
  timeout: 30_000,
  size: 1024,
  retry: true,
  protocols: [],
  targets: [],
  forward_to: [],
  rule: [],
  named: [],
  stages: [],
};
const json = (args: object) => argumentsJson(schema, { ...base, ...args });
const attr = (name: string, value: object) => ({ name, type: 'attr', value });

describe('arguments as JSON', () => {
  it('show a URL without its user and password', () => {
    const [url] = json({ url: 'http://me:hunter2@proxy:3128' });
    expect(url).toEqual(attr('url', { type: 'string', value: 'http://(secret)@proxy:3128' }));
  });

  it('leave out what has its default, but never what is required', () => {
    expect(json({})).toEqual([attr('url', { type: 'string', value: 'u' })]);
  });

  it('show lists and maps unless they are empty, also at their default, as Alloy does', () => {
    expect(json({ protocols: ['a'] })[1]).toEqual(
      attr('protocols', { type: 'array', value: [{ type: 'string', value: 'a' }] }),
    );
  });

  it('write durations and sizes as texts', () => {
    expect(json({ timeout: 90_000, size: 1536 }).slice(1)).toEqual([
      attr('timeout', { type: 'string', value: '1m30s' }),
      attr('size', { type: 'string', value: '1KiB512B' }),
    ]);
  });

  it('show no secret, however it is declared', () => {
    const shown = json({ token: new Secret('hidden-1'), password: new Secret('hidden-2') });
    expect(shown.slice(1)).toEqual([
      attr('token', { type: 'capsule', value: '(secret)' }),
      attr('password', { type: 'capsule', value: '(secret)' }),
    ]);
    expect(JSON.stringify(shown)).not.toContain('hidden');
  });

  it('show a text given to an optional secret, quoted, as Alloy does', () => {
    expect(json({ password: 'plain' })[1]).toEqual(attr('password', { type: 'capsule', value: '"plain"' }));
  });

  it('name the type of capsules and sort the keys of maps', () => {
    expect(json({ headers: { b: '2', a: '1' }, forward_to: [new Capsule('storage.Appendable', {})] }).slice(1)).toEqual(
      [
        attr('headers', {
          type: 'object',
          value: [
            { key: 'a', value: { type: 'string', value: '1' } },
            { key: 'b', value: { type: 'string', value: '2' } },
          ],
        }),
        attr('forward_to', { type: 'array', value: [{ type: 'capsule', value: 'capsule("storage.Appendable")' }] }),
      ],
    );
  });

  it('write blocks with a body even if it is empty, one for each that was given, stages under their own names', () => {
    const args = {
      inner: { on: false },
      rule: [{ action: 'drop' }, { action: 'replace' }],
      named: [{ label: 'x', n: 1 }],
      stages: [{ name: 'stage.json', args: { source: 's' } }],
    };
    expect(json(args).slice(1)).toEqual([
      { name: 'inner', type: 'block', body: [] },
      { name: 'rule', type: 'block', body: [attr('action', { type: 'string', value: 'drop' })] },
      { name: 'rule', type: 'block', body: [] },
      { name: 'named', type: 'block', label: 'x', body: [attr('n', { type: 'number', value: 1 })] },
      { name: 'stage.json', type: 'block', body: [attr('source', { type: 'string', value: 's' })] },
    ]);
  });
});

describe('values as JSON', () => {
  it('carry their type', () => {
    const call = () => null;
    expect(
      [null, true, 'x', int(3), float(0.5), [int(1)], new Map([['k', null]])].map((value) => valueJson(value)),
    ).toEqual([
      { type: 'null' },
      { type: 'bool', value: true },
      { type: 'string', value: 'x' },
      { type: 'number', value: 3 },
      { type: 'number', value: 0.5 },
      { type: 'array', value: [{ type: 'number', value: 1 }] },
      { type: 'object', value: [{ key: 'k', value: { type: 'null' } }] },
    ]);
    expect(valueJson({ kind: 'function', name: 'f', call })).toEqual({ type: 'function', value: 'function' });
  });

  it('write numbers that JSON does not have as texts', () => {
    expect(valueJson(float(Number.NaN))).toEqual({ type: 'number', value: 'NaN' });
  });

  it('of exports are attributes, of debug information lists of objects are blocks', () => {
    expect(objectBodyJson(new Map([['content', new Secret('hidden')]]))).toEqual([
      attr('content', { type: 'capsule', value: '(secret)' }),
    ]);
    expect(debugInfoJson({ target: [{ url: 'u', up: true }], files: ['f'], none: undefined })).toEqual([
      {
        name: 'target',
        type: 'block',
        body: [attr('url', { type: 'string', value: 'u' }), attr('up', { type: 'bool', value: true })],
      },
      attr('files', { type: 'array', value: [{ type: 'string', value: 'f' }] }),
    ]);
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0B'],
    [1, '1B'],
    [1024, '1KiB'],
    [1_048_576, '1MiB'],
    [1536, '1KiB512B'],
    [-2048, '-2KiB'],
  ])('%d is %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));
});
