import { env } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { tenantHub } from '../hub/client.ts';
import {
  admin,
  createTenant,
  createToken,
  FakeDestinations,
  push,
  pushMetrics,
  writeRequest,
} from '../testing/gateway.ts';

const WRITERS = `
prometheus.remote_write "mimir" {
  endpoint { url = "https://mimir.example.com/push" }
}
loki.write "main" {
  endpoint { url = "https://loki.example.com/loki/api/v1/push" }
}
otelcol.exporter.otlphttp "tempo" {
  client { endpoint = "https://tempo.example.com" }
}
`;

const CURRENT = `${WRITERS}
spillway.receive "all" {
  metrics = [prometheus.remote_write.mimir.receiver]
  logs    = [loki.write.main.receiver]
  traces  = [otelcol.exporter.otlphttp.tempo.input]
}
`;

const CANDIDATE = `${WRITERS}
prometheus.remote_write "archive" {
  endpoint { url = "https://archive.example.com/push" }
}
prometheus.relabel "site" {
  forward_to = [prometheus.remote_write.mimir.receiver, prometheus.remote_write.archive.receiver]
  rule {
    source_labels = ["__name__"]
    regex         = "noise_.*"
    action        = "drop"
  }
  rule {
    target_label = "site"
    replacement  = "home"
  }
}
loki.process "short" {
  forward_to = [loki.write.main.receiver]
  stage.drop {
    expression = "debug"
  }
  stage.replace {
    expression = "(token-\\\\w+)"
    replace    = "***"
  }
}
spillway.receive "all" {
  metrics = [prometheus.relabel.site.receiver]
  logs    = [loki.process.short.receiver]
}
`;

function series(name: string, labels: Record<string, string> = {}) {
  return { labels: { __name__: name, ...labels }, value: 1, timestampMs: Date.now() };
}

/** While the dry run looks, pushes arrive as they always do. */
async function whileLooking<T>(tenant: string, dryRun: Promise<T>, pushes: () => Promise<unknown>): Promise<T> {
  const lease = () => tenantHub(env as never, tenant).lease({ v: 1, want: {}, tenant });
  await vi.waitFor(async () => expect((await lease()).samplesWantedMs).toBeGreaterThan(0), { timeout: 30_000 });
  await pushes();
  return dryRun;
}

function pushLines(token: string, lines: readonly string[]) {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const values = lines.map((line, i) => [String(nowNs + BigInt(i)), line]);
  const body = JSON.stringify({ streams: [{ stream: { app: 'shop' }, values }] });
  return push('/loki/api/v1/push', token, body, { 'Content-Type': 'application/json' });
}

describe('a dry run', () => {
  it('tells what would change for what arrives, by destination and with examples, and changes nothing', async () => {
    const destinations = new FakeDestinations().install();
    const { name, token } = await createTenant({ pipeline: CURRENT });
    const { json, status } = await whileLooking(
      name,
      admin('POST', `tenants/${name}/pipeline/dry-run?seconds=5`, CANDIDATE),
      async () => {
        await pushMetrics(token, snappyEncode(writeRequest([series('up'), series('noise_total', { a: 'b' })])));
        await pushLines(token, ['a line', 'debug line', 'with token-abc in it']);
      },
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({
      currentVersion: 1,
      isDefault: false,
      sample: { pushes: 2, cutPushes: 0, isFull: false, leftOut: 0, items: { metrics: 2, logs: 3 } },
    });
    const [loki, archive, mimir] = json.destinations;
    expect(archive).toMatchObject({
      destination: 'prometheus.remote_write.archive',
      current: { items: 0, different: 0 },
      candidate: { items: 1, different: 1 },
      added: 1,
    });
    expect(mimir).toEqual({
      destination: 'prometheus.remote_write.mimir',
      signal: 'metrics',
      current: { items: 2, different: 2 },
      candidate: { items: 1, different: 1 },
      changed: 1,
      gone: 1,
      added: 0,
      examples: expect.arrayContaining([
        { input: 'up', current: 'up', candidate: 'up{site="home"}' },
        { input: 'noise_total{a="b"}', current: 'noise_total{a="b"}', candidate: null },
      ]),
    });
    expect(loki).toMatchObject({ current: { items: 3 }, candidate: { items: 2 }, changed: 1, gone: 1 });
    expect(loki.examples).toContainEqual({
      input: '{app="shop"} with token-abc in it',
      current: '{app="shop"} with token-abc in it',
      candidate: '{app="shop"} with *** in it',
    });
    expect(json.dropped).toContainEqual({
      signal: 'metrics',
      component: 'prometheus.relabel.site',
      reason: 'relabel',
      current: 0,
      candidate: 1,
    });
    expect(json.dropped.find(({ signal }: { signal: string }) => signal === 'logs')).toMatchObject({ candidate: 1 });
    expect(destinations.received.map(({ url }) => new URL(url).host).sort()).toEqual([
      'loki.example.com',
      'mimir.example.com',
    ]);
    expect((await admin('GET', `tenants/${name}/pipeline/versions`)).json.versions).toHaveLength(1);
  });

  it('tells that a signal would be refused, and which series both refuse', async () => {
    new FakeDestinations().install();
    const { name, token } = await createTenant({ pipeline: CURRENT });
    const { json } = await whileLooking(
      name,
      admin('POST', `tenants/${name}/pipeline/dry-run?seconds=5`, CANDIDATE),
      async () => {
        const trace = {
          resourceSpans: [
            { scopeSpans: [{ spans: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'x' }] }] },
          ],
        };
        await push('/v1/traces', token, JSON.stringify(trace), { 'Content-Type': 'application/json' });
        await pushMetrics(
          token,
          snappyEncode(writeRequest([{ labels: { job: 'no name' }, value: 1, timestampMs: Date.now() }])),
        );
      },
    );
    expect(json.sample.items).toEqual({ metrics: 1, traces: 1 });
    expect(json.rejected).toEqual(
      expect.arrayContaining([
        { signal: 'traces', component: '', reason: 'no_receiver', current: 0, candidate: 1 },
        { signal: 'metrics', component: '', reason: 'missing_metric_name', current: 1, candidate: 1 },
      ]),
    );
    expect(json.destinations.find(({ signal }: { signal: string }) => signal === 'traces')).toMatchObject({ gone: 1 });
  });

  it('works for a tenant without a pipeline, sees forced labels, and viewers may ask for it', async () => {
    new FakeDestinations().install();
    const { name, token } = await createTenant({ pipeline: '', labels: { cluster: 'eu' } });
    const viewer = await createToken(name, ['read']);
    const { json, status } = await whileLooking(
      name,
      admin('POST', `tenants/${name}/pipeline/dry-run?seconds=5`, CANDIDATE, viewer.token),
      () => pushMetrics(token, snappyEncode(writeRequest([series('up')]))),
    );
    expect(status).toBe(200);
    expect(json.currentVersion).toBeNull();
    expect(json.destinations[0].examples).toEqual([
      { input: 'up', current: null, candidate: 'up{cluster="eu", site="home"}' },
    ]);
  });

  it('holds no secret in any form, and shows guesses at one as they are', async () => {
    new FakeDestinations().install();
    const { name, token } = await createTenant({ pipeline: '' });
    await admin('PUT', `tenants/${name}/secrets/key`, { value: 'hunter2-of-shop' });
    const labelled = (form: string) => `${WRITERS}
spillway.receive "all" { logs = [loki.process.key.receiver] }
loki.process "key" {
  forward_to = [loki.write.main.receiver]
  stage.static_labels { values = { key = ${form} } }
}
`;
    const value = 'convert.nonsensitive(secret("key"))';
    await admin('PUT', `tenants/${name}/pipeline`, labelled(value));
    const { json, status } = await whileLooking(
      name,
      admin('POST', `tenants/${name}/pipeline/dry-run?seconds=5`, labelled(`string.to_upper(${value})`)),
      () => pushLines(token, ['a guess: hunter2']),
    );
    expect(status).toBe(200);
    expect(json.destinations[0].examples).toEqual([
      {
        input: '{app="shop"} a guess: hunter2',
        current: '{app="shop", key="value-of-key"} a guess: hunter2',
        candidate: '{app="shop", key="VALUE-OF-KEY"} a guess: hunter2',
      },
    ]);
  });

  it('is honest where nothing arrived, and looks at nothing where the text does not compile', async () => {
    const { name } = await createTenant({ pipeline: CURRENT });
    const empty = await admin('POST', `tenants/${name}/pipeline/dry-run?seconds=1`, CANDIDATE);
    expect(empty.json.sample).toMatchObject({ pushes: 0, items: {} });
    const bad = await admin('POST', `tenants/${name}/pipeline/dry-run`, 'nothing "x" {}');
    expect([bad.status, bad.json.diagnostics.length]).toEqual([422, 1]);
  });
});
