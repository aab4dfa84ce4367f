import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { decodeTraces } from '../../core/wire/otlp/traces.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { decodeBatch } from '../../core/wire/spillway-batch.ts';
import { AgentServer } from '../server/http-server.ts';
import { HttpTarget } from '../testing/http-target.ts';
import { testHost } from '../testing/test-host.ts';
import { systemClock } from './clock.ts';
import type { AgentHost } from './host.ts';

let folder: string;
let gateway: HttpTarget;
let exporter: HttpTarget;
let host: AgentHost;
let server: AgentServer;
let address: string;
let config: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'host-'));
  gateway = await new HttpTarget().start();
  exporter = await new HttpTarget().start();
  exporter.answer = () => ({
    headers: { 'content-type': 'text/plain; version=0.0.4' },
    body: 'shop_orders_total{region="eu"} 7\n',
  });
  await open();
});

afterEach(async () => {
  await server.close();
  await host.stop();
  await gateway.stop();
  await exporter.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  host = testHost(folder, { env: { TOKEN: 'spw_1_secret' } });
  const reload = async () => {
    const result = await load(config);
    return { ok: result.ok, text: result.diagnostics.map(({ message }) => message).join('; ') };
  };
  server = new AgentServer({ host, reload });
  address = await server.listen({ host: '127.0.0.1', port: 0 });
}

const load = (text: string) => host.load([{ filename: 'config.alloy', text }]);
const get = async (path: string, method = 'GET') => {
  const response = await fetch(`http://${address}${path}`, { method });
  return { status: response.status, text: await response.text() };
};
const until = async (condition: () => boolean) => {
  while (!condition()) await systemClock.sleep(5);
};

const sections = () => gateway.asked.flatMap(({ body }) => [...decodeBatch(body).sections]);
const unpack = (body: Uint8Array) => snappyDecode(body, 1 << 24);
const series = () =>
  sections()
    .filter(({ signal }) => signal === 'metrics')
    .flatMap(({ body }) => decodeWriteRequest(unpack(body)).series)
    .map(({ labels }) => Object.fromEntries(labels.map(({ name, value }) => [name, value])));
const lines = () =>
  sections()
    .filter(({ signal }) => signal === 'logs')
    .flatMap(({ body }) => decodeLokiPush(unpack(body)))
    .flatMap(({ entries }) => entries.map(({ line }) => line));

/** `interval` is short, so that nothing here waits for a scrape. */
const wholeConfig = (interval = '50ms') => `
logging { level = "warn" }
prometheus.exporter.self "agent" { }
prometheus.scrape "all" {
  targets         = array.concat([{__address__ = "${exporter.address}", job = "shop"}], prometheus.exporter.self.agent.targets)
  forward_to      = [prometheus.relabel.site.receiver]
  scrape_interval = "${interval}"
  scrape_timeout  = "${interval}"
}
prometheus.relabel "site" {
  forward_to = [spillway.write.gateway.metrics_receiver]
  rule {
    target_label = "site"
    replacement  = "home"
  }
}
local.file_match "logs" {
  path_targets = [{__path__ = "${folder}/*.log", job = "app"}]
  sync_period  = "20ms"
}
loki.source.file "logs" {
  targets    = local.file_match.logs.targets
  forward_to = [spillway.write.gateway.logs_receiver]
  file_watch {
    min_poll_frequency = "10ms"
    max_poll_frequency = "10ms"
  }
}
otelcol.receiver.otlp "apps" {
  http { endpoint = "127.0.0.1:0" }
  output { traces = [spillway.write.gateway.traces_input] }
}
spillway.write "gateway" {
  url        = "http://${gateway.address}"
  token      = sys.env("TOKEN")
  batch_wait = "10ms"
  min_backoff = "5ms"
  max_backoff = "20ms"
}
`;

describe('an agent with a whole configuration', () => {
  it('carries metrics, logs and traces to the gateway', async () => {
    writeFileSync(join(folder, 'a.log'), 'hello\n');
    expect((await load(wholeConfig())).diagnostics).toEqual([]);
    host.start();
    await until(() => lines().length > 0 && series().some(({ __name__ }) => __name__ === 'shop_orders_total'));
    expect(series().find(({ __name__ }) => __name__ === 'shop_orders_total')).toEqual({
      __name__: 'shop_orders_total',
      instance: exporter.address,
      job: 'shop',
      region: 'eu',
      site: 'home',
    });
    await until(() => series().some(({ __name__, job }) => __name__ === 'up' && job === 'integrations/self'));
    expect(lines()).toEqual(['hello']);
    expect(gateway.asked[0]!.url).toBe('/api/v1/batch');
    expect(gateway.asked[0]!.headers.authorization).toBe('Bearer spw_1_secret');

    const otlp = host.controller.component('otelcol.receiver.otlp.apps')!.component!;
    await until(() => otlp.debugInfo?.().http !== '');
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'GET /' };
    const answer = await fetch(`http://${otlp.debugInfo!().http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    });
    expect(answer.status).toBe(200);
    await until(() => sections().some(({ signal }) => signal === 'traces'));
    const traces = sections().find(({ signal }) => signal === 'traces')!;
    expect(decodeTraces(traces.body)[0]!.spans[0]!.name).toBe('GET /');
  });

  it('neither loses nor repeats lines over a stop while the gateway is down', async () => {
    gateway.answer = () => ({ status: 503 });
    const log = join(folder, 'a.log');
    writeFileSync(log, 'one\ntwo\n');
    await load(wholeConfig('1h'));
    host.start();
    await until(() => gateway.asked.length > 0);
    await server.close();
    await host.stop();
    appendFileSync(log, 'three\n');
    gateway.asked.length = 0;
    gateway.answer = () => ({});
    await open();
    await load(wholeConfig('1h'));
    host.start();
    await until(() => lines().length >= 3);
    expect(lines()).toEqual(['one', 'two', 'three']);
  });

  it('sends the last block of a multiline stage when its time is up, without a further line', async () => {
    writeFileSync(join(folder, 'a.log'), '2026-01-01 boom\n  at a\n  at b\n');
    const { diagnostics } = await load(`
loki.source.file "app" {
  targets    = [{ "__path__" = "${join(folder, 'a.log')}" }]
  forward_to = [loki.process.app.receiver]
}

loki.process "app" {
  stage.multiline {
    firstline     = "^\\\\d{4}-"
    max_wait_time = "100ms"
  }
  forward_to = [spillway.write.gateway.logs_receiver]
}

spillway.write "gateway" {
  url        = "http://${gateway.address}"
  token      = "spw_1_secret"
  batch_wait = "10ms"
}
`);
    expect(diagnostics).toEqual([]);
    host.start();
    await until(() => lines().length > 0);
    expect(lines()).toEqual(['2026-01-01 boom\n  at a\n  at b']);
  });

  it('serves the texts that Alloy serves', async () => {
    expect(await get('/-/ready')).toEqual({ status: 503, text: 'Alloy is not ready.\n' });
    config = wholeConfig('1h');
    await load(config);
    host.start();
    expect(await get('/-/ready')).toEqual({ status: 200, text: 'Alloy is ready.\n' });
    expect(await get('/-/healthy')).toEqual({ status: 200, text: 'All Alloy components are healthy.\n' });
    expect(await get('/-/reload', 'POST')).toEqual({ status: 200, text: 'config reloaded\n' });
    config = 'loki.write "x" {\n';
    expect((await get('/-/reload')).status).toBe(400);
    expect((await get('/metrics')).text).toContain('alloy_config_last_load_successful 0\n');
    expect(await get('/-/ready')).toMatchObject({ status: 200 });
    expect((await get('/api/v0/component/prometheus.exporter.self.agent/metrics')).text).toContain(
      'spillway_agent_build_info',
    );
    expect((await get('/nothing')).status).toBe(404);
    expect((await get('/metrics', 'POST')).status).toBe(405);
  });

  it('names components that are not healthy', async () => {
    await load(`prometheus.scrape "x" {
      targets    = [{job = "without an address"}]
      forward_to = []
    }`);
    host.start();
    expect(await get('/-/healthy')).toEqual({ status: 500, text: 'unhealthy components: prometheus.scrape.x\n' });
  });

  it('after a reload exposes nothing of components that are gone', async () => {
    await load(wholeConfig('1h'));
    host.start();
    while (!(await get('/metrics')).text.includes('destination="spillway.write.gateway"')) await systemClock.sleep(2);
    await load('prometheus.exporter.self "other" { }');
    const { text } = await get('/metrics');
    expect(text).not.toContain('spillway.write.gateway');
    expect(text).not.toContain('prometheus.scrape.all');
    expect((await get('/api/v0/component/prometheus.exporter.self.agent/metrics')).status).toBe(404);
  });

  it('tells of itself under the names that Alloy has', async () => {
    config = 'prometheus.exporter.self "agent" { }';
    await load(config);
    host.start();
    const first = (await get('/metrics')).text;
    expect(first).toMatch(/^alloy_build_info\{.*version=".+"\} 1$/m);
    expect(first).toMatch(/^alloy_component_controller_running_components\{health_type="healthy"\} 1$/m);
    expect(first).toMatch(/^alloy_component_evaluation_seconds_bucket\{le="\+Inf"\} 1$/m);
    expect(first).toMatch(/^alloy_component_evaluation_seconds_count 1$/m);
    expect(first).toMatch(/^alloy_config_last_load_successful 1$/m);
    expect(first).toMatch(/^alloy_config_last_load_success_timestamp_seconds \d+/m);
    expect(first).toMatch(/^alloy_resources_process_resident_memory_bytes \d+$/m);
    expect(first).toMatch(/^alloy_resources_process_cpu_seconds_total [\d.]+$/m);
    const hash = /^alloy_config_hash\{sha256="([0-9a-f]{64})"\} 1$/m.exec(first)![1];
    config += '\n';
    await get('/-/reload');
    const hashes = [...(await get('/metrics')).text.matchAll(/^alloy_config_hash\{sha256="(.*)"\} 1$/gm)];
    expect(hashes).toHaveLength(1);
    expect(hashes[0]![1]).not.toBe(hash);
  });

  it('on a reload applies what is right and keeps the last good arguments of what is not', async () => {
    const scrape = (name: string, interval: string) =>
      `prometheus.scrape "${name}" {\n targets = []\n forward_to = []\n scrape_interval = "${interval}"\n scrape_timeout = "1s"\n}\n`;
    config = scrape('a', '1m') + scrape('b', '1m');
    await load(config);
    host.start();
    config = scrape('a', '2m') + scrape('b', 'soon') + scrape('c', '3m');
    const answer = await get('/-/reload');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('soon');
    const interval = (id: string) =>
      (host.controller.component(id)!.args as { scrape_interval: number }).scrape_interval;
    expect(['a', 'b', 'c'].map((name) => interval(`prometheus.scrape.${name}`))).toEqual([120_000, 60_000, 180_000]);
    expect((await get('/-/healthy')).text).toBe('unhealthy components: prometheus.scrape.b\n');
    expect((await get('/metrics')).text).toMatch(/running_components\{health_type="unhealthy"\} 1$/m);
    config = scrape('a', '2m') + scrape('b', '5m');
    expect((await get('/-/reload')).status).toBe(200);
    expect(interval('prometheus.scrape.b')).toBe(300_000);
    expect((await get('/-/healthy')).status).toBe(200);
  });

  it('does not reload for the page of another site', async () => {
    const response = await fetch(`http://${address}/-/reload`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(response.status).toBe(403);
  });
});

describe('a configuration that cannot run', () => {
  const problem = async (text: string) => (await load(text)).diagnostics.map(({ message }) => message).join('\n');

  it.each([
    ['otelcol.receiver.otlp "x" {\n grpc { }\n output { }\n}', 'OTLP over gRPC is not supported yet'],
    [
      'otelcol.receiver.otlp "x" {\n http { endpoint = "here" }\n output { }\n}',
      'is not an address like 127.0.0.1:4318',
    ],
    [
      'prometheus.scrape "x" {\n targets = []\n forward_to = []\n scrape_timeout = "2m"\n}',
      'greater than scrape_interval',
    ],
    [
      'prometheus.scrape "x" {\n targets = []\n forward_to = []\n scrape_protocols = ["PrometheusText9"]\n}',
      'PrometheusText9',
    ],
    ['loki.source.file "x" {\n targets = [{job = "y"}]\n forward_to = []\n}', 'target 1 has no __path__'],
    ['spillway.write "x" {\n url = "gateway.example"\n}', 'is not a URL'],
    ['spillway.write "x" {\n url = "http://g"\n token = "a"\n bearer_token = "b"\n}', 'give either token or'],
    ['logging {\n write_to = []\n destination = "syslog"\n}', 'stderr'],
    ['spillway.receive "x" { }', 'spillway.receive'],
  ])('is refused with a text that says why: %s', async (text, expected) => {
    expect(await problem(text)).toContain(expected);
    expect(host.isReady).toBe(false);
  });
});
