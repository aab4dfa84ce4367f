/**
 * Abuse case A13 against a real gateway: a pipeline reaches public hosts and what the operator allowed, and nothing else:
 * neither when it is saved, nor when it sends, nor by a redirect, nor by a name.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BodySchema } from '../../core/alloy/schema.ts';
import { sharedComponents } from '../../core/pipeline/registry.ts';
import { FORBIDDEN_URLS, NO_URLS, PUBLIC_URLS } from '../support/forbidden-urls.ts';
import { TestGateway } from '../support/gateway.ts';
import { RawDestination } from '../support/raw-http.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

interface Saved {
  readonly version?: number;
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly message: string;
    readonly line: number;
    readonly excerpt: string;
  }[];
}

async function save(gateway: TestGateway, text: string): Promise<{ readonly status: number } & Saved> {
  const response = await gateway.admin('PUT', '/tenants/acme/pipeline', text);
  return { status: response.status, ...((await response.json()) as Saved) };
}

const quoted = (text: string) => JSON.stringify(text);
const remoteWrite = (url: string, more = '') =>
  `spillway.receive "d" { metrics = [prometheus.remote_write.w.receiver] }\nprometheus.remote_write "w" {\n  endpoint {\n    url = ${quoted(url)}\n${more}\n  }\n}\n`;

/** Every argument of a component of the gateway by which something is addressed, with a pipeline that sets it. */
const ADDRESSES: Readonly<Record<string, (url: string) => string>> = {
  'prometheus.remote_write endpoint.url': (url) => remoteWrite(url),
  'loki.write endpoint.url': (url) => `loki.write "w" {\n endpoint {\n url = ${quoted(url)}\n}\n}`,
  'pyroscope.write endpoint.url': (url) => `pyroscope.write "w" {\n endpoint {\n url = ${quoted(url)}\n}\n}`,
  'otelcol.exporter.otlphttp client.endpoint': (url) =>
    `otelcol.exporter.otlphttp "w" {\n client {\n endpoint = ${quoted(url)}\n}\n}`,
  ...Object.fromEntries(
    ['traces_endpoint', 'metrics_endpoint', 'logs_endpoint'].map((name) => [
      `otelcol.exporter.otlphttp ${name}`,
      (url: string) =>
        `otelcol.exporter.otlphttp "w" {\n ${name} = ${quoted(url)}\n client {\n endpoint = "https://otlp.example.com"\n}\n}`,
    ]),
  ),
};
/** By which something would be addressed, if the gateway did it: refused whatever they name. */
const NEVER =
  /(?:^|\.)(?:oauth2\.(?:token_url|proxy_url|proxy_connect_header|proxy_from_environment)|proxy_url|proxy_connect_header|proxy_from_environment|sigv4\.use_fips_sts_endpoint)$/;

function addressArguments(schema: BodySchema, path = ''): string[] {
  return Object.entries(schema).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (field.field === 'attribute') return /url|endpoint$|^proxy_|address|(?<!conns_per_)host$/.test(name) ? [at] : [];
    return field.field === 'block' ? addressArguments(field.body, at) : [];
  });
}

describe('A13 a URL in a pipeline that is saved', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({ allowPrivateDestinations: false });
    await gateway.createTenant('acme', remoteWrite('https://mimir.example.com/api/v1/push'));
  });
  afterAll(() => gateway?.stop());

  it('is refused with its line, and the pipeline before stays, for each of the table', async () => {
    expect(FORBIDDEN_URLS.length + NO_URLS.length).toBeGreaterThanOrEqual(60);
    const accepted: string[] = [];
    for (const url of [...FORBIDDEN_URLS, ...NO_URLS]) {
      const { status, diagnostics } = await save(gateway, remoteWrite(url));
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      if (status !== 422 || errors.length === 0) accepted.push(url);
    }
    expect(accepted).toEqual([]);
    const now = await (await gateway.admin('GET', '/tenants/acme/pipeline')).text();
    expect(now).toContain('https://mimir.example.com/api/v1/push');
  });

  it('is taken where its host is public', async () => {
    for (const url of PUBLIC_URLS) {
      expect({ url, ...(await save(gateway, remoteWrite(url))) }).toMatchObject({ url, status: 200, diagnostics: [] });
    }
  });

  it('is refused with who can allow it, where that can be allowed at all', async () => {
    const excerpt = async (url: string) => (await save(gateway, remoteWrite(url))).diagnostics[0]?.excerpt;
    const allowing = 'spillway serve --allow-destination HOST';
    expect(await excerpt('http://192.168.1.9:9090/api/v1/write')).toContain(allowing);
    expect(await excerpt('http://mimir.example.com/api/v1/push')).toContain(allowing);
    expect(await excerpt('https://user:hunter2@mimir.example.com/')).not.toContain(allowing);
    expect(await excerpt(gateway.url)).not.toContain(allowing);
  });

  it.each(Object.entries(ADDRESSES))('is refused as %s', async (_, text) => {
    const forbidden = [
      'https://169.254.169.254/x',
      'https://127.1/x',
      'http://mimir.example.com/x',
      'https://[::1]/x',
      gateway.url,
    ];
    for (const url of forbidden) {
      expect({ url, ...(await save(gateway, text(url))) }).toMatchObject({ url, status: 422 });
    }
    expect((await save(gateway, text('https://public.example.com/x'))).status).toBe(200);
  });

  it.each([
    'proxy_url = "http://169.254.169.254/"',
    'proxy_from_environment = true',
    'proxy_connect_header = { "X" = ["a"] }',
    'oauth2 {\n client_id = "a"\n client_secret = "b"\n token_url = "http://169.254.169.254/"\n}',
    'oauth2 {\n client_id = "a"\n client_secret = "b"\n token_url = "https://a.example.com"\n proxy_url = "http://127.0.0.1/"\n}',
    'tls_config {\n insecure_skip_verify = true\n}',
    'tls_config {\n ca_file = "/etc/passwd"\n}',
    'sigv4 {\n region = "a"\n access_key = "b"\n secret_key = "c"\n use_fips_sts_endpoint = true\n}',
    'bearer_token_file = "/etc/passwd"',
    'basic_auth {\n username = "a"\n password_file = "/etc/passwd"\n}',
    'authorization {\n type = "a\\r\\nX-Scope-OrgID: victim"\n credentials = "b"\n}',
    'authorization {\n credentials = "b\\r\\nX-Scope-OrgID: victim"\n}',
    'headers = { "X-A" = "b\\r\\nX-Scope-OrgID: victim" }',
    'headers = { "X-A\\r\\nX-B" = "b" }',
    'headers = { "Host" = "169.254.169.254" }',
    'headers = { "Transfer-Encoding" = "chunked" }',
    'headers = { "Content-Length" = "0" }',
    'http_headers = { "Connection" = ["upgrade"] }',
  ])('is not led elsewhere by %s', async (more) => {
    expect((await save(gateway, remoteWrite('https://mimir.example.com/', `    ${more}`))).status).toBe(422);
  });

  it('has no other way into a component of the gateway than those that are tried here', () => {
    const all = sharedComponents
      .filter(({ sides }) => sides.includes('edge'))
      .flatMap(({ name, schema }) => addressArguments(schema).map((path) => `${name} ${path}`));
    expect(all.filter((found) => !NEVER.test(found)).sort()).toEqual(Object.keys(ADDRESSES).sort());
  });
});

describe('A13 a URL when data is sent', () => {
  let destination: RawDestination;
  let other: RawDestination;
  let gateway: TestGateway;
  let token: string;
  const pushOne = () => push(gateway.url, token, [{ labels: { __name__: 'up' }, value: 1, timestampMs: Date.now() }]);
  const lastError = async () => (await gateway.outboxDetails('acme'))[0]?.lastError?.reason;

  beforeAll(async () => {
    destination = await RawDestination.start();
    other = await RawDestination.start();
    gateway = await TestGateway.start();
    token = await gateway.createTenant('acme', remoteWrite(`${destination.url}/w`, '    bearer_token = "s3cret"'));
  });
  afterAll(async () => {
    await gateway?.stop();
    await destination?.close();
    await other?.close();
  });

  it('that has become forbidden since it was saved gets nothing; the outbox pauses, keeps the data and says why', async () => {
    await gateway.restart({ allowPrivateDestinations: false });
    expect((await pushOne()).status).toBe(204);
    await waitUntil('the outbox is paused', async () => (await lastError()) === 'address_refused');
    expect((await gateway.outboxDetails('acme'))[0]).toMatchObject({ state: 'paused', items: 1 });
    expect(destination.take()).toEqual([]);
    await gateway.restart({ allowPrivateDestinations: false, allowedDestinations: ['127.0.0.1'] });
    const id = encodeURIComponent('prometheus.remote_write.w');
    expect((await gateway.admin('POST', `/tenants/acme/outbox/retry?destination=${id}`)).status).toBe(200);
    await waitUntil('the data has arrived', () => destination.requests.length === 1);
    destination.take();
  });

  it.each([301, 302, 303, 307, 308])(
    'that redirects with %i leads nowhere, and nobody else sees the credentials',
    async (status) => {
      await gateway.restart({});
      destination.status = status;
      destination.answerHeaders = { location: `${other.url}/stolen` };
      expect((await pushOne()).status).toBe(204);
      await waitUntil('the outbox is paused', async () => (await lastError()) === 'redirect_refused');
      expect(destination.take().length).toBeGreaterThan(0);
      expect(other.take()).toEqual([]);
      destination.status = 204;
      destination.answerHeaders = {};
      const id = encodeURIComponent('prometheus.remote_write.w');
      await gateway.admin('POST', `/tenants/acme/outbox/retry?destination=${id}`);
      await waitUntil('the outbox is empty', async () => (await gateway.queuedItems('acme')) === 0);
      expect(destination.take().at(-1)?.headers).toContainEqual(['Authorization', 'Bearer s3cret']);
      expect(other.take()).toEqual([]);
    },
  );

  it('whose name is allowed, but not the network it leads to, is stopped by workerd itself', async () => {
    const named = remoteWrite(`http://localhost:${destination.port}/w`);
    await gateway.restart({ allowPrivateDestinations: false, allowedDestinations: ['localhost'] });
    expect((await save(gateway, named)).status).toBe(200);
    expect((await pushOne()).status).toBe(204);
    await waitUntil('the outbox has tried', async () => (await lastError()) === 'network_error');
    expect(destination.take()).toEqual([]);
    await gateway.restart({
      allowPrivateDestinations: false,
      allowedDestinations: ['localhost', '127.0.0.0/8', '::1'],
    });
    const id = encodeURIComponent('prometheus.remote_write.w');
    await gateway.admin('POST', `/tenants/acme/outbox/retry?destination=${id}`);
    await waitUntil('the data has arrived', () => destination.requests.length > 0);
  });

  it('on Cloudflare goes out as anybody’s requests do, so that hosts of the own zone are no back door', () => {
    const toml = readFileSync(join(import.meta.dirname, '../../wrangler.toml'), 'utf8');
    expect(toml).toMatch(/^compatibility_flags = \[.*"global_fetch_strictly_public".*\]$/m);
    expect(toml).toMatch(/^DNS_OVER_HTTPS_URL = "https:\/\/\S+"$/m);
  });
});

describe('A13 the name of a host that is saved', () => {
  let resolver: RawDestination;
  let gateway: TestGateway;
  const RECORDS: Readonly<Record<string, readonly (readonly [type: number, data: string])[]>> = {
    'public.example.com': [
      [1, '8.8.8.8'],
      [28, '2606:4700:4700::1111'],
    ],
    'private.example.com': [[1, '10.0.0.1']],
    'half.example.com': [
      [1, '8.8.8.8'],
      [1, '127.0.0.1'],
    ],
    'alias.example.com': [
      [5, 'hidden.example.net.'],
      [28, 'fd00::1'],
    ],
    'mapped.example.com': [[28, '::ffff:169.254.169.254']],
    'alias-only.example.com': [[5, 'nowhere.example.net.']],
  };

  beforeAll(async () => {
    resolver = await RawDestination.start();
    const settings = { DNS_OVER_HTTPS_URL: `${resolver.url}/dns-query` };
    const allowedDestinations = ['127.0.0.1/32', 'named.lan'];
    gateway = await TestGateway.start({ allowPrivateDestinations: false, allowedDestinations, settings });
    await gateway.createTenant('acme', remoteWrite('https://8.8.8.8/'));
  });
  afterAll(async () => {
    await gateway?.stop();
    await resolver?.close();
  });
  beforeEach(() => {
    resolver.answerHeaders = { 'content-type': 'application/dns-json' };
    resolver.answer = ({ path }) => {
      const query = new URL(path, 'http://resolver').searchParams;
      const records = RECORDS[query.get('name') ?? ''];
      const wanted = query.get('type') === 'A' ? 1 : 28;
      const Answer = (records ?? [])
        .filter(([type]) => type === wanted || type === 5)
        .map(([type, data]) => ({ type, data }));
      return { status: 200, body: JSON.stringify({ Status: records === undefined ? 3 : 0, Answer }) };
    };
    resolver.take();
  });

  it('may resolve to public addresses', async () => {
    expect(await save(gateway, remoteWrite('https://public.example.com/'))).toMatchObject({
      status: 200,
      diagnostics: [],
    });
    const [first] = resolver.take();
    expect(first?.headers).toContainEqual(['Accept', 'application/dns-json']);
  });

  it.each([
    ['private.example.com', '10.0.0.1'],
    ['half.example.com', '127.0.0.1'],
    ['alias.example.com', 'fd00::1'],
    ['mapped.example.com', '::ffff:169.254.169.254'],
  ])('may not resolve to an address that is not public: %s', async (host, address) => {
    const { status, diagnostics } = await save(gateway, remoteWrite(`https://${host}/`));
    expect(status).toBe(422);
    expect(diagnostics).toMatchObject([{ severity: 'error', line: 4 }]);
    expect(diagnostics[0]?.message).toContain(`${host}, which resolves to ${address}`);
  });

  it.each(['unknown.example.com', 'alias-only.example.com'])(
    'gets a warning where it has no address: %s',
    async (host) => {
      const { status, diagnostics } = await save(gateway, remoteWrite(`https://${host}/`));
      expect(status).toBe(200);
      expect(diagnostics).toMatchObject([
        { severity: 'warning', message: expect.stringContaining('has no address yet') },
      ]);
    },
  );

  it.each([
    ['answers with an error', { status: 500, body: '' }],
    ['answers with a page', { status: 200, body: '<html>' }],
    ['answers that it failed', { status: 200, body: '{"Status":2}' }],
    ['redirects', { status: 302, body: '' }],
    ['answers with more than anybody needs', { status: 200, body: `{"Status":0,"x":"${'x'.repeat(100_000)}"}` }],
  ])('gets a warning and no error where the resolver %s', async (_, answer) => {
    resolver.answerHeaders = { location: `${resolver.url}/elsewhere` };
    resolver.answer = () => answer;
    const { status, diagnostics } = await save(gateway, remoteWrite('https://public.example.com/'));
    expect(status).toBe(200);
    expect(diagnostics).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('could not be looked up') },
    ]);
    expect(resolver.take().filter(({ path }) => path.startsWith('/elsewhere'))).toEqual([]);
  });

  it('is not looked up where it is an address, or the operator named it', async () => {
    for (const url of [
      'https://8.8.8.8/',
      'https://[2606:4700:4700::1111]/',
      'http://named.lan/',
      'http://127.0.0.1:1/',
    ]) {
      expect((await save(gateway, remoteWrite(url))).status).toBe(200);
    }
    expect(resolver.take()).toEqual([]);
  });
});
