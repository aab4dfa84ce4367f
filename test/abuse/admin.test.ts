/**
 * Abuse cases A15 and A16 against a real gateway: whoever administers writes bodies, names and pipelines that were made to
 * do harm. Each is refused with a reason, nothing else happens, no answer says how the gateway works inside, and whatever
 * anybody wrote is one line of the log.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/gateway.ts';
import { OPERATIONS } from '../support/gateway-tables.ts';
import { RawDestination, rawExchange } from '../support/raw-http.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

let destination: RawDestination;
let gateway: TestGateway;
let token: string;
const log: string[] = [];

const HOSTILE = '\u001b[2J\u009b31m\r\n{"level":"info","event":"forged"}\u2028\u0085\u007f';
/** Of what could only come from inside: stacks, files, classes, bindings, the database. */
const INSIDE =
  /\n\s+at |\.[tj]s:\d|node_modules|worker\/|core\/|TypeError|RangeError|SyntaxError|\bError:|stack|D1_|D1 |SQLITE|sqlite|no such (?:table|column)|syntax error near|constraint failed|TENANT_HUB|OUTBOX\b|DurableObject|Durable Object|cloudflare:|valibot|hono|\[object/;

beforeAll(async () => {
  destination = await RawDestination.start();
  gateway = await TestGateway.start({
    settings: { AUTH_FAILURES_PER_MINUTE: '1000000' },
    logger: { info: (line) => log.push(line), warn: (line) => log.push(line) },
  });
  token = await gateway.createTenant('acme', pipeline());
  await gateway.createTenant('other', pipeline());
  await gateway.createTenant('scratch', pipeline());
});

afterAll(async () => {
  await gateway?.stop();
  await destination?.close();
});

function pipeline(more = ''): string {
  return `spillway.receive "d" { metrics = [prometheus.remote_write.w.receiver] }\nprometheus.remote_write "w" {\n endpoint {\n url = "${destination.url}/w"\n${more}}\n}\n`;
}

async function admin(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${gateway.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (response.status >= 400) expect(text).not.toMatch(INSIDE);
  return { status: response.status, text };
}

const jsonOperations = OPERATIONS.filter(({ body }) => body?.schema !== undefined);

function pathOf(path: string): string {
  return path
    .replace(':tenant', 'acme')
    .replace(':id', 'ffffffffffffffff')
    .replace(':name', 'a')
    .replace(':version', '1');
}

describe('A15 a body that asks for more than it may', () => {
  const extras: readonly (readonly [string, unknown])[] = [
    ['id', 'ffffffffffffffff'],
    ['tenant', 'other'],
    ['role', 'admin'],
    ['createdAtMs', 0],
    ['revokedAtMs', null],
    ['secretSha256', '0'.repeat(64)],
    ['secret_sha256', '0'.repeat(64)],
    ['isAdmin', true],
    ['constructor', { prototype: { role: 'admin' } }],
    ['prototype', { role: 'admin' }],
  ];

  it('is refused by every operation that takes JSON, with the name of the field', async () => {
    expect(jsonOperations.length).toBeGreaterThan(8);
    for (const { method, path, example } of jsonOperations) {
      for (const [name, value] of extras) {
        if (name === 'role' && path === '/operators') continue;
        const body = JSON.stringify({ ...(example?.body as object | undefined), [name]: value });
        const destinationOf = path.includes('/outbox/') ? '?destination=prometheus.remote_write.w' : '';
        const { status, text } = await admin(method, pathOf(path) + destinationOf, body);
        expect({ method, path, name, status, named: text.includes(name) }).toEqual({
          method,
          path,
          name,
          status: 400,
          named: true,
        });
      }
    }
  });

  it('changes no prototype', async () => {
    for (const { method, path } of jsonOperations) {
      const body = '{"__proto__":{"role":"admin","scopes":["admin"],"polluted":1},"name":"x"}';
      expect((await admin(method, pathOf(path), body)).status).toBe(400);
    }
    const who = JSON.parse((await admin('GET', '/whoami')).text) as object;
    expect(who).not.toHaveProperty('polluted');
    const create = (labels: string) =>
      admin('POST', '/tenants/acme/tokens', `{"name":"x","scopes":["metrics:write"],"labels":${labels}}`);
    expect(JSON.parse((await create('{"toString":"t","hasOwnProperty":"h"}')).text)).toMatchObject({
      tenant: 'acme',
      labels: { toString: 't', hasOwnProperty: 'h' },
    });
    // Passed over in silence, a label that was to be forced would be missing.
    for (const name of ['constructor', 'prototype', '__proto__'])
      expect((await create(`{"${name}":"c"}`)).status).toBe(400);
  });

  it.each([
    ['nested without end', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['an array without end', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['too long', JSON.stringify({ name: 'x'.repeat(200 * 1024) })],
    ['no JSON', '{"name":'],
    ['not an object', '"name"'],
    ['null', 'null'],
    ['a number beyond all numbers', '{"name":1e999}'],
    ['not UTF-8', '{"name":"\ud800"}'],
  ])('is refused where it is %s', async (_, body) => {
    for (const { method, path } of jsonOperations) {
      expect([400, 413, 404]).toContain((await admin(method, pathOf(path), body)).status);
    }
    expect((await admin('GET', '/tenants')).status).toBe(200);
  });
});

describe('A15 an id that belongs to somebody else', () => {
  it('is unknown in the tenant that it does not belong to, and untouched', async () => {
    const mine = JSON.parse((await admin('POST', '/tenants/acme/tokens', '{"name":"m","scopes":["agent"]}')).text) as {
      id: string;
      token: string;
    };
    for (const [method, path, body] of [
      ['DELETE', `/tenants/other/tokens/${mine.id}`],
      ['PUT', `/tenants/other/tokens/${mine.id}`, '{"name":"stolen"}'],
      ['POST', `/tenants/other/tokens/${mine.id}/rotate`, '{}'],
    ] as const) {
      expect((await admin(method, path, body)).status).toBe(404);
    }
    expect(
      (await push(gateway.url, mine.token, [{ labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() }])).status,
    ).toBe(204);
    expect((await admin('GET', '/tenants/other/tokens')).text).not.toContain(mine.id);
  });
});

describe('A15 names that a database or a file system could read', () => {
  const NAMES = [
    "x' OR '1'='1",
    "'; DROP TABLE tenants; --",
    'x"; DELETE FROM tokens; --',
    "acme' UNION SELECT secret_sha256 FROM tokens --",
    '1; ATTACH DATABASE "x" AS y',
    '%',
    '_',
    '../../etc/passwd',
    '..%2f..%2f',
    '.',
    '\u0000',
    'a\u0000b',
    '\ud83d',
    HOSTILE,
    '__proto__',
    'constructor',
    'x'.repeat(5_000),
    '9'.repeat(400),
    '-1',
    'NaN',
    '1e3',
    '0x1',
  ];

  it('are names and nothing else, wherever one can be written', async () => {
    const before = (await admin('GET', '/tenants')).text;
    const parameters = OPERATIONS.flatMap(({ method, path, query }) => {
      const inPath = [...path.matchAll(/:(\w+)/g)].map(([whole]) => ({ method, path, whole, query: '' }));
      return [...inPath, ...Object.keys(query ?? {}).map((name) => ({ method, path, whole: '', query: name }))];
    });
    expect(parameters.length).toBeGreaterThan(40);
    for (const { method, path, whole, query } of parameters) {
      const tryName = async (name: string) => {
        const written = encodeURIComponent(Buffer.from(name).toString());
        const at = pathOf(path.replace(whole, whole === '' ? '' : written)).replace('acme', 'scratch');
        const target = whole === '' ? `${at}?${query}=${written}` : at;
        // Operations that take a body get none: it is the name that is looked at.
        const { status, text } = await admin(method, target);
        expect(status, `${method} ${target}: ${text.slice(0, 200)}`).toBeLessThan(500);
      };
      if (method === 'GET') await Promise.all(NAMES.map(tryName));
      // Each leaves a row in the audit log, and some do what they are asked to. A dry run waits for traffic.
      else for (const name of path.endsWith('/dry-run') ? [] : NAMES.slice(0, 12)) await tryName(name);
    }
    expect((await admin('GET', '/tenants')).text).toBe(before);
    expect(
      (await push(gateway.url, token, [{ labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() }])).status,
    ).toBe(204);
  });

  it('are refused as names of what is created', async () => {
    for (const name of NAMES.filter((one) => !/^[a-z0-9-]{1,63}$/.test(one) || one.startsWith('-'))) {
      const { status } = await admin('POST', '/tenants', JSON.stringify({ name }));
      expect({ name, status }).toEqual({ name, status: 400 });
    }
  });
});

describe('A15 a pipeline that is a bomb', () => {
  const nested = (open: string, close: string, count: number) => open.repeat(count) + close.repeat(count);
  const labels = (value: string) =>
    `prometheus.remote_write "w" {\n external_labels = { a = ${value} }\n endpoint { url = "${'https://a.example.com'}" }\n}`;
  const bombs: readonly (readonly [what: string, text: () => string, status: number])[] = [
    ['of 10 MB', () => '// \n'.repeat(2_500_000), 413],
    ['just too large', () => '/'.repeat(256 * 1024 + 1), 413],
    ['of nested arrays', () => `a = ${nested('[', ']', 100_000)}`, 422],
    ['of nested blocks', () => nested('a {\n', '}\n', 20_000), 422],
    ['of nested brackets', () => `a = ${nested('(', ')', 100_000)}`, 422],
    ['of signs', () => `a = ${'!'.repeat(200_000)}true`, 422],
    ['of 100,000 blocks', () => 'a "b" {}\n'.repeat(28_000), 422],
    ['of 40,000 mistakes', () => 'x = 1\n'.repeat(40_000), 422],
    ['of one long line', () => `prometheus.remote_write "a" { ${'/'.repeat(200_000)}`, 422],
    [
      'of modules that use modules twice',
      () =>
        `declare "m0" {\n}\n${Array.from({ length: 30 }, (_, i) => `declare "m${i + 1}" {\n m${i} "x" { }\n m${i} "y" { }\n}`).join('\n')}\nm30 "z" { }`,
      422,
    ],
    [
      'of texts that grow',
      () => labels(`${'string.replace('.repeat(8)}"aaaaaaaaaa"${', "a", "aaaaaaaaaaaaaaaaaaaa")'.repeat(8)}`),
      422,
    ],
    [
      'of lists that grow',
      () => labels(`${'string.join(string.split('.repeat(10)}"aaaaaaaa"${', ""), "aaaaaaaaaaaaaaaaaaaa")'.repeat(10)}`),
      422,
    ],
    ['of JSON without end', () => labels(`encoding.from_json("${nested('[', ']', 100_000)}")`), 422],
    [
      'of a YAML document that repeats itself',
      () =>
        labels(
          `encoding.to_json(encoding.from_yaml("a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]"))`,
        ),
      422,
    ],
    [
      'of 5,000 destinations',
      () => `prometheus.remote_write "w" {\n${'endpoint { url = "https://a.example.com" }\n'.repeat(5_000)}}`,
      422,
    ],
    [
      'of ways that double',
      () =>
        `${Array.from({ length: 40 }, (_, i) => `loki.relabel "a${i}" { forward_to = [${i < 39 ? `loki.relabel.a${i + 1}.receiver, loki.relabel.a${i + 1}.receiver` : ''}] }`).join('\n')}\nspillway.receive "d" { logs = [loki.relabel.a0.receiver] }`,
      422,
    ],
    [
      'of a nested template',
      () =>
        `loki.process "p" {\n forward_to = []\n stage.template {\n source = "a"\n template = "${'{{ if true }}'.repeat(15_000)}"\n }\n}`,
      422,
    ],
  ];

  it.each(bombs)('%s is refused, shortly, and the gateway goes on', async (_, text, expected) => {
    const response = await gateway.admin('PUT', '/tenants/acme/pipeline', text());
    const answer = await response.text();
    expect(response.status).toBe(expected);
    expect(answer).not.toMatch(/\\n\s+at |\.ts:\d/);
    expect(answer.length).toBeLessThan(256 * 1024);
    expect(
      (await push(gateway.url, token, [{ labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() }])).status,
    ).toBe(204);
  });
});

describe('errors tell an attacker nothing', () => {
  it('of the inside, whatever is asked', async () => {
    const paths = [
      '/',
      '/admin/v1',
      '/admin/v1/',
      '/admin/v1/tenants/acme',
      '/api/v1/push',
      '/api/v1/batch',
      '/loki/api/v1/push',
      '/v1/traces',
      '/ingest',
      '/install/x',
      '/metrics/job/%ff',
      '/api/v2/spans',
      '/%00',
      '/..',
      '/.git/config',
      '/wrangler.toml',
      '/worker/index.ts',
    ];
    const requests = fc.record({
      path: fc.constantFrom(...paths),
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'),
      type: fc.constantFrom(
        '',
        'application/json',
        'application/x-protobuf',
        'text/plain',
        'multipart/form-data',
        'a/b; c',
      ),
      encoding: fc.constantFrom('', 'gzip', 'snappy', 'zstd', 'deflate', 'br', 'x'),
      token: fc.constantFrom('', 'garbage', token, gateway.adminToken),
      body: fc.uint8Array({ maxLength: 64 }),
    });
    await fc.assert(
      fc.asyncProperty(requests, async ({ path, method, type, encoding, token: bearer, body }) => {
        const response = await fetch(gateway.url + path, {
          method,
          headers: {
            ...(type === '' ? {} : { 'content-type': type }),
            ...(encoding === '' ? {} : { 'content-encoding': encoding }),
            ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
          },
          ...(method === 'GET' || method === 'HEAD' ? {} : { body: body as Uint8Array<ArrayBuffer> }),
        });
        const text = await response.text();
        expect(response.status).toBeLessThan(500);
        if (response.status >= 400) expect(text).not.toMatch(INSIDE);
        if (response.status >= 400) expect(text.length).toBeLessThan(2_000);
      }),
      { numRuns: 400 },
    );
  });
});

describe('A16 what anybody wrote', () => {
  it('is one line of JSON in the log of the gateway, without a control character', async () => {
    const seen = log.length;
    destination.status = 401;
    destination.answerBody = HOSTILE.repeat(10);
    destination.answerHeaders = { 'content-type': 'text/plain' };
    expect(
      (
        await push(gateway.url, token, [
          { labels: { __name__: 'up', text: HOSTILE }, value: 1, timestampMs: Date.now() },
        ])
      ).status,
    ).toBe(204);
    await waitUntil('the gateway says that the outbox is paused', () =>
      log.slice(seen).some((line) => line.includes('outbox_paused')),
    );
    const text = '\u009b\u2028\u0085';
    await rawExchange(
      gateway.port,
      `GET /admin/v1/tenants/${encodeURIComponent(HOSTILE)} HTTP/1.1\r\nHost: a\r\nUser-Agent: ${text}\r\nX-A: ${text}\r\n\r\n`,
    );
    await rawExchange(gateway.port, `GET /\u001b[2J${text} HTTP/1.1\r\nHost: \u001b[2J\r\n\r\n`);
    await rawExchange(gateway.port, 'GARBAGE \u001b[2J\r\n\r\n');
    expect(log.length).toBeGreaterThan(seen);
    for (const line of log) {
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      if (line.startsWith('{'))
        expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), event: expect.any(String) });
    }
    expect(log.some((line) => line.includes('"event":"forged"'))).toBe(false);
  });

  it('paints nothing on the terminal of an operator', () => {
    const root = join(import.meta.dirname, '../..');
    const run = (...args: readonly string[]) => {
      const connection = ['--gateway', gateway.url];
      const env = { ...process.env, SPILLWAY_ADMIN_TOKEN: gateway.adminToken };
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [join(root, 'cli/main.ts'), ...args, ...connection],
        { encoding: 'utf8', env },
      );
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
      return { output: stdout + stderr, status };
    };
    expect(run('outbox', 'show', 'prometheus.remote_write.w', '--tenant', 'acme').output).toContain('forged');
    expect(run('outbox', 'list', '--tenant', 'acme').status).toBe(0);
    expect(run('token', 'list', '--tenant', HOSTILE.replace('\r\n', '')).status).not.toBe(0);
  });
});
