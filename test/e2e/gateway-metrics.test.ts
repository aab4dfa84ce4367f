/**
 * The gateway's metrics as the field's own tools see them: linted by promtool, scraped by a real Prometheus with the admin
 * token, watched by the alert rules of deploy/alerts, and all named in docs/metrics.md.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { type PeerProcess, peer, requirePeer, startPrometheus } from '../support/peers.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { query, queryNumber } from '../support/prometheus-query.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALERTS = join(ROOT, 'deploy/alerts');
const STORE = 'prometheus.remote_write.store';

describe.skipIf(!requirePeer('promtool') || !requirePeer('prometheus'))("the gateway's metrics", () => {
  let gateway: TestGateway;
  let destination: FakeDestination;
  let prometheus: PeerProcess;
  let token: string;

  beforeAll(async () => {
    [gateway, destination] = await Promise.all([TestGateway.start(), FakeDestination.start()]);
    token = await gateway.createTenant('home', forwardPipeline(destination.url));
    await gateway.createTenant('quiet', forwardPipeline(destination.url));
    prometheus = await startPrometheus({ config: scrapeConfig(new URL(gateway.url).host, gateway.adminToken) });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await gateway?.stop();
    await destination?.close();
  });

  const pushSamples = async (count: number) => {
    const timestampMs = Date.now();
    const samples = Array.from({ length: count }, (_, i) => ({
      labels: { __name__: 'kept', i: `${i}` },
      value: i,
      timestampMs,
    }));
    return (await push(gateway.url, token, samples)).status;
  };

  const shows = (expression: string, value: number) =>
    waitUntil(`${expression} is ${value}`, async () => (await queryNumber(prometheus.url, expression)) === value);

  const texts = async () => {
    const whole = await gateway.admin('GET', '/metrics');
    expect(whole.status).toBe(200);
    return [await whole.text(), await (await fetch(`${gateway.url}/metrics`)).text()];
  };

  it('are scraped by Prometheus: what was delivered, and what waits in an outage and for how long', async () => {
    expect(await pushSamples(20)).toBe(204);
    await shows('spillway_tenant_delivered_items_total{tenant="home",signal="metrics"}', 20);
    destination.refuseWith = 503;
    expect(await pushSamples(30)).toBe(204);
    await shows(`spillway_outbox_items{tenant="home",destination="${STORE}",signal="metrics"}`, 30);
    await shows(`spillway_outbox_failing{destination="${STORE}",reason="service_unavailable"}`, 1);
    await shows(`spillway_outbox_oldest_age_seconds{destination="${STORE}"} > bool 1`, 1);
    await gateway.admin('POST', `/tenants/home/outbox/pause?destination=${STORE}`);
    await shows(`spillway_outbox_held{destination="${STORE}"}`, 1);
    destination.refuseWith = 0;
    await gateway.admin('POST', `/tenants/home/outbox/resume?destination=${STORE}`);
    await shows(`spillway_outbox_items{destination="${STORE}"}`, 0);
    await shows(`spillway_outbox_delivered_items_total{destination="${STORE}"}`, 30);
    await shows('spillway_tenant_delivered_items_total{tenant="home",signal="metrics"}', 50);
    expect(destination.sampleCount).toBe(50);
    expect(await query(prometheus.url, '{tenant="quiet"}')).toEqual([]);
  });

  it('tell of a payload that the destination refuses for good', async () => {
    destination.refuseWith = 400;
    expect(await pushSamples(5)).toBe(400);
    destination.refuseWith = 0;
    await shows(`spillway_outbox_dead_letters_total{destination="${STORE}"}`, 1);
  });

  it('find no fault with promtool, neither the whole gateway nor one isolate', async () => {
    for (const text of await texts())
      expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, output: '' });
  });

  it('are all in docs/metrics.md', async () => {
    const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
    const names = (await texts()).flatMap((text) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !new RegExp(`\`${name}[\`{]`).test(page))).toEqual([]);
  });

  it('have alert rules that are valid, that fire and fall silent as they should, and that name no unknown metric', async () => {
    const rules = join(ALERTS, 'spillway.rules.yml');
    expect((await promtool(['check', 'rules', '--lint-fatal', rules])).code).toBe(0);
    const tested = await promtool(['test', 'rules', join(ALERTS, 'spillway.rules.test.yml')]);
    expect(tested.output).toContain('SUCCESS');
    expect(tested.code).toBe(0);
    const known = (await texts()).join('\n');
    const used = [...readFileSync(rules, 'utf8').matchAll(/\bspillway_\w+/g)].map(([name]) => name);
    expect(used.filter((name) => !known.includes(`# TYPE ${name} `))).toEqual([]);
  });
});

/** As docs/metrics.md has it, but often. */
function scrapeConfig(address: string, adminToken: string): string {
  return `
scrape_configs:
  - job_name: spillway
    metrics_path: /admin/v1/metrics
    scrape_interval: 1s
    scrape_timeout: 1s
    authorization:
      credentials: ${adminToken}
    static_configs:
      - targets: ["${address}"]
`;
}

function promtool(args: readonly string[], input = ''): Promise<{ code: number | null; output: string }> {
  const program = peer('promtool');
  return new Promise((resolve, reject) => {
    const child = spawn(program?.path as string, args, { env: { ...process.env, ...program?.env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: output.trim() }));
    child.stdin.end(input);
  });
}
