/** A pair of real Prometheus servers that scrape the same target: one stream arrives, and goes on when one of them dies. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGateway } from '../support/gateway.ts';
import { type PeerProcess, requirePeer, startNodeExporter, startPrometheus } from '../support/peers.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { rawSamples } from '../support/prometheus-query.ts';
import { waitUntil } from '../support/wait-until.ts';

const LIMITS = {
  metrics: { accept_ha_samples: true, ha_tracker_update_timeout: '500ms', ha_tracker_failover_timeout: '8s' },
};

const config = (replica: string, target: string, url: string, token: string) => `
global:
  scrape_interval: 1s
  scrape_timeout: 1s
  external_labels: { cluster: eu, __replica__: ${replica} }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['${target}'] }]
remote_write:
  - url: ${url}/api/v1/push
    authorization: { credentials: ${token} }
    queue_config: { batch_send_deadline: 200ms, max_shards: 1 }
`;

describe.skipIf(!requirePeer('prometheus') || !requirePeer('prometheus-node-exporter'))('a pair of Prometheus', () => {
  let target: PeerProcess;
  let store: PeerProcess;
  let gateway: TestGateway;
  const replicas: PeerProcess[] = [];

  beforeAll(async () => {
    target = await startNodeExporter();
    store = await startPrometheus({ flags: ['--web.enable-remote-write-receiver'] });
    gateway = await TestGateway.start();
  });

  afterAll(async () => {
    for (const replica of replicas) await replica.stop();
    await gateway?.stop();
    await store?.stop();
    await target?.stop();
  });

  /** Of one series: which moments somebody has. */
  async function timesOf({ url }: PeerProcess): Promise<number[]> {
    const series = [...(await rawSamples(url, 'node_load1')).values()];
    expect(series.length).toBeLessThanOrEqual(1);
    return series.flatMap((samples) => [...samples.keys()]);
  }

  it('arrives as one stream without the label of the replica, and the other takes over when the first dies', async () => {
    const token = await gateway.createTenant('pairs', forwardPipeline(store.url), ['metrics:write'], LIMITS);
    const first = await startPrometheus({ config: config('a', target.address, gateway.url, token) });
    replicas.push(first);
    await waitUntil('the first replica is elected', async () => (await timesOf(store)).length > 0);
    const second = await startPrometheus({ config: config('b', target.address, gateway.url, token) });
    replicas.push(second);
    await waitUntil('the second has pushed for a while', async () => (await timesOf(second)).length >= 4);
    await waitUntil('the first went on', async () => (await timesOf(store)).length >= 6);

    const arrived = await timesOf(store);
    const ofFirst = new Set(await timesOf(first));
    expect(arrived.filter((time) => !ofFirst.has(time))).toEqual([]);
    const [labels] = [...(await rawSamples(store.url, 'node_load1')).keys()];
    expect(labels).toContain('["cluster","eu"]');
    expect(labels).not.toContain('__replica__');

    await first.stop();
    const diedAtMs = Date.now();
    const later = async () => (await timesOf(store)).filter((time) => time > diedAtMs);
    await waitUntil('the second has taken over', async () => (await later()).length > 0);
    const taken = await later();
    const ofSecond = new Set(await timesOf(second));
    expect(taken.filter((time) => !ofSecond.has(time))).toEqual([]);

    const overview = (await (await gateway.admin('GET', '/overview')).json()) as {
      tenants: { name: string; elections: unknown[]; signals: { metrics: Record<string, number> } }[];
    };
    const tenant = overview.tenants.find(({ name }) => name === 'pairs');
    expect(tenant?.elections).toMatchObject([{ cluster: 'eu', replica: 'b' }]);
    const { acceptedTotal, deliveredTotal, droppedTotal, rejectedTotal, queuedTotal } = tenant?.signals.metrics ?? {};
    expect(droppedTotal).toBeGreaterThan(0);
    expect(acceptedTotal).toBe((deliveredTotal ?? 0) + (droppedTotal ?? 0) + (rejectedTotal ?? 0) + (queuedTotal ?? 0));
  });
});
