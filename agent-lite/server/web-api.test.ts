import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentHost } from '../runtime/host.ts';
import { HttpTarget } from '../testing/http-target.ts';
import { testHost } from '../testing/test-host.ts';
import { AgentServer } from './http-server.ts';

let folder: string;
let target: HttpTarget;
let host: AgentHost;
let server: AgentServer;
let address: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'web-api-'));
  target = await new HttpTarget().start();
  target.answer = ({ method }) => ({
    headers: { 'content-type': 'text/plain; version=0.0.4' },
    body: method === 'GET' ? 'shop_orders_total{region="eu"} 7\n' : '',
  });
  host = testHost(folder, { minStability: 'experimental' });
  server = new AgentServer({ host, reload: async () => ({ ok: true, text: '' }) });
  address = await server.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await server.close();
  await host.stop();
  await target.stop();
  rmSync(folder, { recursive: true, force: true });
});

const configuration = () => `
  declare "collect" {
    argument "to" { }
    prometheus.relabel "inner" { forward_to = argument.to.value }
    export "receiver" { value = prometheus.relabel.inner.receiver }
  }
  collect "c" { to = [prometheus.remote_write.out.receiver] }
  prometheus.scrape "shop" {
    targets         = [{ __address__ = "${target.address}" }]
    forward_to      = [collect.c.receiver]
    scrape_interval = "100ms"
    scrape_timeout  = "100ms"
  }
  prometheus.remote_write "out" {
    endpoint {
      url = "http://${target.address}/write"
      basic_auth {
        username = "u"
        password = "hidden-password"
      }
    }
  }`;

async function load(text: string): Promise<void> {
  const { ok, diagnostics } = await host.load([{ filename: 'config.alloy', text }]);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  expect(ok).toBe(true);
}

const ask = (path: string, init: RequestInit = {}) => fetch(`http://${address}${path}`, init);
// biome-ignore lint/suspicious/noExplicitAny: the test looks into JSON
const json = async (path: string): Promise<any> => (await ask(`/api/v0/web/${path}`)).json();

/** The first message for which `wanted` holds. */
async function message(path: string, wanted: (text: string) => boolean): Promise<string> {
  const response = await ask(`/api/v0/web/${path}`);
  expect(response.status).toBe(200);
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const found = text.split('|;|').slice(0, -1).find(wanted);
    if (found !== undefined) return found;
  }
  throw new Error(`the stream ended: ${text}`);
}

describe('components', () => {
  it('of the configuration are listed with their edges, those of modules under their module', async () => {
    await load(configuration());
    const root = await json('components');
    const rows = root.map((each: Record<string, unknown>) => [
      each.localID,
      each.dataFlowEdgesTo,
      each.createdModuleIDs,
    ]);
    expect(Object.fromEntries(rows.map(([id, ...rest]: unknown[]) => [id, rest]))).toEqual({
      'collect.c': [['prometheus.remote_write.out'], ['collect.c']],
      'prometheus.scrape.shop': [['collect.c'], undefined],
      'prometheus.remote_write.out': [[], undefined],
    });
    const inner = await json('modules/collect.c/components');
    expect(inner).toMatchObject([
      { localID: 'prometheus.relabel.inner', moduleID: 'collect.c', dataFlowEdgesTo: [], liveDebuggingEnabled: true },
    ]);
  });

  it('have exactly the fields that Alloy writes', async () => {
    await load(configuration());
    const [listed] = (await json('components')).filter(
      ({ name }: { name: string }) => name === 'prometheus.remote_write',
    );
    expect(listed).toEqual({
      name: 'prometheus.remote_write',
      type: 'block',
      localID: 'prometheus.remote_write.out',
      moduleID: '',
      label: 'out',
      referencesTo: [],
      referencedBy: ['collect.c'],
      dataFlowEdgesTo: [],
      health: {
        state: 'healthy',
        message: 'component evaluated',
        updatedTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
      original: expect.stringContaining('password = "(secret)"'),
      liveDebuggingEnabled: true,
    });
    const detail = await json('components/prometheus.remote_write.out');
    expect(detail).toEqual({
      ...listed,
      arguments: [
        {
          name: 'endpoint',
          type: 'block',
          body: [
            { name: 'url', type: 'attr', value: { type: 'string', value: `http://${target.address}/write` } },
            {
              name: 'basic_auth',
              type: 'block',
              body: [
                { name: 'username', type: 'attr', value: { type: 'string', value: 'u' } },
                { name: 'password', type: 'attr', value: { type: 'capsule', value: '(secret)' } },
              ],
            },
          ],
        },
      ],
      exports: [{ name: 'receiver', type: 'attr', value: { type: 'capsule', value: 'capsule("storage.Appendable")' } }],
      debugInfo: expect.any(Array),
    });
    expect(JSON.stringify(detail)).not.toContain('hidden-password');
  });

  it('of a module and custom ones have pages of their own', async () => {
    await load(configuration());
    expect(await json('components/collect.c/prometheus.relabel.inner')).toMatchObject({ moduleID: 'collect.c' });
    expect((await json('components/collect.c')).arguments).toMatchObject([{ name: 'to', value: { type: 'array' } }]);
  });

  it('that do not exist are 404, as modules and other paths are', async () => {
    await load(configuration());
    const paths = ['components/no.such', 'modules/no.such/components', 'components/', 'graph/no.such', 'nothing'];
    const statuses = await Promise.all(paths.map(async (path) => (await ask(`/api/v0/web/${path}`)).status));
    expect(statuses).toEqual([404, 404, 404, 404, 404]);
    expect(await json('peers')).toEqual([]);
  });
});

describe('the graph stream', () => {
  it('tells the rate on each edge of the module', async () => {
    await load(configuration());
    host.start();
    const flows = JSON.parse(await message('graph?window=1', (text) => text.includes('remote_write')));
    expect(flows).toContainEqual({
      componentID: 'prometheus.scrape.shop',
      targetComponentIDs: ['collect.c'],
      type: 'prometheus_metric',
      rate: expect.any(Number),
    });
    expect(flows.every(({ rate }: { rate: number }) => rate > 0)).toBe(true);
  });

  it.each(['0', '61', '1.5', 'x'])('refuses the window %s', async (window) => {
    await load('');
    expect((await ask(`/api/v0/web/graph?window=${window}`)).status).toBe(400);
  });
});

describe('the debug stream', () => {
  const debug = (id: string, query = '') => ask(`/api/v0/web/debug/${id}${query}`);

  it('says how to switch it on', async () => {
    await load(configuration());
    const response = await debug('prometheus.scrape.shop');
    expect(response.status).toBe(409);
    expect(await response.text()).toContain('livedebugging { enabled = true }');
  });

  it('shows what passes a component, inside a module too', async () => {
    await load(`livedebugging { enabled = true }\n${configuration()}`);
    host.start();
    const sample = /^sample: ts=\d+, labels=\{__name__="shop_orders_total", .*region="eu"\}, value=7\.000000$/;
    expect(await message('debug/prometheus.scrape.shop', (text) => text.includes('shop_orders'))).toMatch(sample);
    expect(await message('debug/collect.c/prometheus.relabel.inner', (text) => text.includes('shop_orders'))).toMatch(
      / => \{/,
    );
  });

  it('refuses what cannot be watched and odd shares, and ends when a reload switches it off', async () => {
    await load(`livedebugging { enabled = true }\n${configuration()}`);
    const statuses = [
      await debug('no.such'),
      await debug('collect.c'),
      await debug('prometheus.scrape.shop', '?sampleProb=2'),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([404, 409, 400]);
    const open = await debug('prometheus.scrape.shop');
    await load(configuration());
    expect(await open.text()).toBe('');
  });
});

describe('the http block', () => {
  const credentials = (text: string) => ({
    headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` },
  });
  const withAuth = (filter: string) => `http { auth {
    basic {
      username = "ops"
      password = "p:ss"
    }
    ${filter}
  } }`;

  it('asks every path for the name and password, and no other opens it', async () => {
    await load(withAuth(''));
    const refused = await ask('/metrics');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)]);
    for (const wrong of ['ops:p', 'ops:p:ss ', 'Ops:p:ss', 'ops', ':']) {
      expect((await ask('/', credentials(wrong))).status).toBe(401);
    }
    expect((await ask('/-/ready', credentials('ops:p:ss'))).status).toBe(200);
  });

  it('asks where the filter says', async () => {
    const asked = async (filter: string) => {
      await load(withAuth(filter));
      const statuses = await Promise.all(['/metrics', '/-/ready'].map(async (path) => (await ask(path)).status));
      return statuses.map((status) => status === 401);
    };
    expect(await asked('filter { paths = ["/metrics"] }')).toEqual([true, false]);
    expect(await asked('filter {\npaths = ["/metrics"]\nauthenticate_matching_paths = false\n}')).toEqual([
      false,
      true,
    ]);
    expect((await ask('/%6Detrics')).status).toBe(200);
  });

  it('is not led around by an escaped path', async () => {
    await load(withAuth('filter { paths = ["/metrics"] }'));
    expect((await ask('/%6Detrics')).status).toBe(401);
  });

  it('is off again when a reload leaves it out, and refuses TLS with a reason', async () => {
    await load(withAuth(''));
    await load('');
    expect((await ask('/metrics')).status).toBe(200);
    const { diagnostics } = await host.load([{ filename: 'c', text: 'http { tls { cert_file = "c.pem" } }' }]);
    expect(diagnostics.map(({ message: text }) => text).join()).toContain('does not speak TLS yet');
  });
});

describe('the pages', () => {
  it('are one document under every address of theirs, with a policy that forbids anything from elsewhere', async () => {
    for (const path of ['/', '/graph', '/graph/collect.c', '/component/prometheus.scrape.shop']) {
      const response = await ask(path);
      // Without a build there are no pages, but still no other answer than this.
      expect([200, 404]).toContain(response.status);
      if (response.status === 404) return expect(await response.text()).toContain('npm run build');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await response.text()).toContain('<div id="app">');
    }
    expect((await ask('/page.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await ask('/graphs')).status).toBe(404);
    expect((await ask('/', { method: 'POST' })).status).toBe(405);
  });
});
