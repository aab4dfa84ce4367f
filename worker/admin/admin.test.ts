import { env, SELF } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import {
  admin,
  createTenant,
  createToken,
  FakeDestinations,
  GATEWAY,
  METRICS_DESTINATION,
  PIPELINE,
  pushMetrics,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('admin API', () => {
  it.each(['', 'nonsense', 'admin-token-of-the-test', 'admin-token-of-the-tests2'])(
    'answers 401 to the admin token %j and 200 to the right one, never cached',
    async (token) => {
      const refused = await admin('GET', 'tenants', undefined, token);
      expect([refused.status, refused.headers.get('cache-control')]).toEqual([401, 'no-store']);
      const taken = await admin('GET', 'tenants');
      expect([taken.status, taken.headers.get('cache-control')]).toEqual([200, 'no-store']);
    },
  );

  it('does not take a token that is for pushing', async () => {
    const { name, token } = await createTenant({ scopes: ['agent'] });
    for (const path of ['tenants', `tenants/${name}/tokens`, 'tenants/nobody/tokens', 'nothing']) {
      const { status, json } = await admin('GET', path, undefined, token);
      expect([status, json.error]).toEqual([403, 'forbidden']);
    }
  });

  it.each([
    ['{', 'malformed_json'],
    ['[]', 'invalid_request'],
    ['{}', 'invalid_request'],
    ['{"name":"Upper"}', 'invalid_request'],
    ['{"name":"a/b"}', 'invalid_request'],
    ['{"name":"-a"}', 'invalid_request'],
    [`{"name":"${'a'.repeat(64)}"}`, 'invalid_request'],
    ['{"name":"fine","limit":{}}', 'invalid_request'],
    ['{"name":"fine","limits":{"metrics":{"ingestion_rate":-1}}}', 'invalid_request'],
    ['{"name":"fine","createdAtMs":1}', 'invalid_request'],
  ])('refuses the tenant %.60s', async (body, error) => {
    const { status, json } = await admin('POST', 'tenants', body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error, message: expect.any(String) });
  });

  it('refuses a body that is too large before it looks into it', async () => {
    const { status, json } = await admin('POST', 'tenants', `{"name":"fine","x":"${'a'.repeat(70_000)}"}`);
    expect([status, json.error]).toEqual([413, 'body_too_large']);
  });

  it('refuses times that no clock and no database can hold', async () => {
    const { name } = await createTenant();
    for (const expiresAtMs of [1e300, 9e15, -1, 1.5]) {
      const body = { name: 'x', scopes: ['agent'], expiresAtMs };
      expect((await admin('POST', `tenants/${name}/tokens`, body)).status).toBe(400);
    }
  });

  it('does not create a tenant twice and knows which tenants there are not', async () => {
    const { name } = await createTenant({ pipeline: '' });
    expect((await admin('POST', 'tenants', { name })).status).toBe(409);
    for (const path of ['tokens', 'pipeline', 'outboxes']) {
      expect((await admin('GET', `tenants/nobody/${path}`)).status).toBe(404);
    }
    expect((await admin('GET', "tenants/x' OR '1'='1/tokens")).status).toBe(404);
  });

  it('shows a token once, stores its hash only, and does not list secrets', async () => {
    const { name, token } = await createTenant();
    const listed = await admin('GET', `tenants/${name}/tokens`);
    expect(listed.json.tokens).toHaveLength(1);
    const secret = token.split('_')[2] as string;
    expect(JSON.stringify(listed.json)).not.toContain(secret);
    expect(JSON.stringify(listed.json)).not.toContain('sha256');
    const rows = await env.DB.prepare('SELECT * FROM tokens').all();
    expect(JSON.stringify(rows.results)).not.toContain(secret);
  });

  it("does not revoke another tenant's token", async () => {
    const mine = await createTenant();
    const theirs = await createTenant();
    expect((await admin('DELETE', `tenants/${mine.name}/tokens/${theirs.tokenId}`)).status).toBe(404);
    expect((await pushMetrics(theirs.token)).status).toBe(204);
    expect((await admin('DELETE', `tenants/${theirs.name}/tokens/${theirs.tokenId}`)).status).toBe(204);
    expect((await pushMetrics(theirs.token)).status).toBe(401);
  });

  it('refuses a pipeline with three mistakes and names all three with their lines', async () => {
    const { name } = await createTenant();
    const text = `prometheus.remote_write "a" {
  endpoint { ur = "https://x.example.com" }
}
prometheus.relabel "b" {
  forward_to = [prometheus.remote_write.nobody.receiver]
}
prometheus.scrape "c" {
  targets    = []
  forward_to = [prometheus.remote_write.a.receiver]
}
`;
    const { status, json } = await admin('PUT', `tenants/${name}/pipeline?filename=mine.alloy`, text);
    expect(status).toBe(422);
    const lines = json.diagnostics.map(({ line }: { line: number }) => line);
    expect(lines).toEqual(expect.arrayContaining([2, 5, 7]));
    for (const diagnostic of json.diagnostics) {
      expect(diagnostic).toMatchObject({ severity: 'error', file: 'mine.alloy', message: expect.any(String) });
      expect(diagnostic.excerpt).toContain('mine.alloy');
    }
    expect((await admin('GET', `tenants/${name}/pipeline`)).json).toBe(PIPELINE);
  });

  it('refuses a pipeline that sends to a private address, and one that is too large or not text', async () => {
    const { name } = await createTenant();
    const inward = PIPELINE.replace('https://mimir.example.com', 'http://169.254.169.254');
    const refused = await admin('PUT', `tenants/${name}/pipeline`, inward);
    expect(refused.status).toBe(422);
    expect(refused.json.diagnostics).toMatchObject([
      { line: 3, column: 14, message: expect.stringContaining(METRICS_DESTINATION) },
    ]);
    expect((await admin('PUT', `tenants/${name}/pipeline`, '// '.repeat(100_000))).status).toBe(413);
    const response = await SELF.fetch(`${GATEWAY}/admin/v1/tenants/${name}/pipeline`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}` },
      body: new Uint8Array([0xff, 0xfe]),
    });
    expect(response.status).toBe(400);
  });

  it('gives each pipeline a version and uses the newest at once', async () => {
    const { name, token } = await createTenant();
    const moved = PIPELINE.replace('mimir.example.com', 'other.example.com');
    expect((await admin('PUT', `tenants/${name}/pipeline`, moved)).json.version).toBe(2);
    expect((await admin('GET', `tenants/${name}/pipeline`)).headers.get('etag')).toBe('"2"');
    await pushMetrics(token);
    expect(destinations.received.map(({ url }) => new URL(url).host)).toEqual(['other.example.com']);
  });

  it('runs a relabelling pipeline with the name of the tenant as a constant', async () => {
    const pipeline = `
      prometheus.remote_write "mimir" { endpoint { url = "https://mimir.example.com/api/v1/push" } }
      prometheus.relabel "mark" {
        forward_to = [prometheus.remote_write.mimir.receiver]
        rule {
          target_label = "tenant"
          replacement  = constants.tenant
        }
      }
      spillway.receive "all" { metrics = [prometheus.relabel.mark.receiver] }`;
    const { name, token } = await createTenant({ pipeline });
    expect((await pushMetrics(token)).status).toBe(204);
    expect(new TextDecoder().decode(destinations.received[0]!.body)).toContain(name);
  });

  it('tells the console exactly what was pushed, without waiting for another push', async () => {
    const { name, token, tokenId } = await createTenant();
    const other = await createToken(name, ['metrics:write']);
    await pushMetrics(token);
    await pushMetrics(
      other.token,
      snappyEncode(writeRequest([upSample(1), { labels: { x: 'y' }, value: 1, timestampMs: 1 }])),
    );
    destinations.answer = () => new Response('down for now', { status: 503 });
    await pushMetrics(token, snappyEncode(writeRequest([upSample(2), upSample(3)])));
    await vi.waitFor(
      async () => {
        const { json } = await admin('GET', 'overview');
        const tenant = json.tenants.find((found: { name: string }) => found.name === name);
        expect(tenant.signals.metrics).toMatchObject({
          acceptedTotal: 4,
          rejectedTotal: 1,
          droppedTotal: 0,
          deliveredTotal: 2,
          queuedTotal: 2,
        });
        expect(tenant.signals.logs).toMatchObject({ acceptedTotal: 0 });
        // Two tokens of one name are two senders.
        const senders = [`token:${tokenId}`, `token:${other.tokenId}`].sort();
        expect(tenant.agents.map(({ id }: { id: string }) => id).sort()).toEqual(senders);
        expect(tenant.errors.map(({ reason }: { reason: string }) => reason).sort()).toEqual([
          'missing_metric_name',
          'service_unavailable',
        ]);
        const [metrics] = tenant.outboxes.filter(
          ({ destination }: { destination: string }) => destination === METRICS_DESTINATION,
        );
        expect(metrics).toMatchObject({ signal: 'metrics', payloads: 1, items: 2, lastError: { status: 503 } });
        expect(tenant.outboxes).toHaveLength(5);
      },
      { timeout: 30_000, interval: 100 },
    );
  });
});

describe('what everyone can see', () => {
  it('tells health and readiness', async () => {
    expect((await SELF.fetch(`${GATEWAY}/-/healthy`)).status).toBe(200);
    expect((await SELF.fetch(`${GATEWAY}/-/ready`)).status).toBe(200);
    vi.spyOn(env.DB, 'prepare').mockImplementation(() => {
      throw new Error('D1 is down');
    });
    expect((await SELF.fetch(`${GATEWAY}/-/ready`)).status).toBe(503);
    expect((await SELF.fetch(`${GATEWAY}/-/healthy`)).status).toBe(200);
  });

  it('counts what passed, without naming a tenant', async () => {
    const { name, token } = await createTenant();
    await pushMetrics(token);
    const text = await (await SELF.fetch(`${GATEWAY}/metrics`)).text();
    expect(text).toMatch(/^spillway_delivered_items_total\{signal="metrics"\} [1-9]\d*$/m);
    expect(text).not.toContain(name);
  });

  it('never logs a token', async () => {
    const lines = vi.spyOn(console, 'log');
    const { token } = await createTenant();
    destinations.answer = () => {
      throw new Error('refused');
    };
    await pushMetrics(token);
    await pushMetrics(token.replace(/.$/, 'x'));
    await admin('GET', 'nothing');
    expect(JSON.stringify(lines.mock.calls)).not.toContain(token.split('_')[2]);
  });

  it('answers unknown paths with 404', async () => {
    const response = await SELF.fetch(`${GATEWAY}/api/v1/nothing`, { method: 'POST' });
    expect(response.status).toBe(404);
  });
});
