/**
 * node_exporter -> our agent -> gateway -> a real Prometheus, beside a second Prometheus that scrapes the same exporter.
 * Both must hold the same samples, but for what the tenant's pipeline changed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatOpenMetricsFloat } from '../../core/wire/go-float.ts';
import { TestAgent } from '../support/agent.ts';
import { FrozenExporter } from '../support/frozen-exporter.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer, startNodeExporter, startPrometheus } from '../support/peers.ts';
import { siteTaggingPipeline } from '../support/pipelines.ts';
import { query, queryNumber, rawSamples, seriesKey } from '../support/prometheus-query.ts';
import { waitUntil } from '../support/wait-until.ts';

const SYNTHETIC = new Set([
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
]);

const scrapeConfig = (address: string) => `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['${address}'] }]
`;

const agentConfig = (address: string, gateway: string, token: string) => `
prometheus.scrape "node" {
  targets         = [{ "__address__" = "${address}" }]
  job_name        = "node"
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [spillway.write.gateway.metrics_receiver]
}

spillway.write "gateway" {
  url   = "${gateway}"
  token = "${token}"
}
`;

describe.skipIf(!requirePeer('prometheus') || !requirePeer('prometheus-node-exporter'))('scrape to Prometheus', () => {
  let nodeExporter: Awaited<ReturnType<typeof startNodeExporter>>;
  let exporter: FrozenExporter;
  let direct: Awaited<ReturnType<typeof startPrometheus>>;
  let store: Awaited<ReturnType<typeof startPrometheus>>;
  let gateway: TestGateway;
  let agent: TestAgent;

  beforeAll(async () => {
    nodeExporter = await startNodeExporter();
    exporter = await FrozenExporter.start(`${nodeExporter.url}/metrics`);
    store = await startPrometheus({ flags: ['--web.enable-remote-write-receiver'] });
    direct = await startPrometheus({ config: scrapeConfig(exporter.address) });
    gateway = await TestGateway.start();
    const token = await gateway.createTenant('home', siteTaggingPipeline(store.url));
    agent = await TestAgent.start(agentConfig(exporter.address, gateway.url, token));
  });

  afterAll(async () => {
    await agent?.stop();
    await gateway?.stop();
    await Promise.all([direct?.stop(), store?.stop(), exporter?.stop(), nodeExporter?.stop()]);
  });

  /** A scrape that took too long brings nothing, and neither does one that is still on its way. */
  async function holdSnapshot(): Promise<boolean> {
    const last = exporter.timestampsMs.at(-1) as number;
    const holds = async (url: string) => {
      const samples = await rawSamples(
        url,
        `{job="node",__name__!~"node_scrape_collector_.*|${[...SYNTHETIC].join('|')}"}`,
      );
      return [...samples.values()].filter((times) => times.has(last)).length;
    };
    const [ofDirect, ofStore] = [await holds(direct.url), await holds(store.url)];
    return ofDirect > 0 && ofDirect === ofStore;
  }

  it('holds the same series, labels and values at the same timestamps as a Prometheus that scrapes directly', async () => {
    const snapshots = 5;
    for (let i = 0; i < snapshots; i++) {
      await exporter.advance();
      await waitUntil('both hold the whole snapshot', holdSnapshot);
    }
    const wanted = new Set(exporter.timestampsMs.slice(1));

    const expected = await samplesAt(direct.url, '{job="node",__name__!~"node_scrape_collector_.*"}', wanted, {
      site: 'home',
    });
    const found = await samplesAt(store.url, '{job="node"}', wanted, {});

    expect(expected.size).toBeGreaterThan(200);
    expect(found).toEqual(expected);
    for (const samples of found.values()) expect(samples.size).toBeLessThanOrEqual(snapshots);
    const everywhere = [...found.values()].filter((samples) => samples.size === snapshots);
    expect(everywhere.length).toBeGreaterThan(200);
  });

  it('drops what the pipeline drops, in the store only', async () => {
    expect(await queryNumber(direct.url, 'count({__name__=~"node_scrape_collector_.*"})')).toBeGreaterThan(0);
    expect(await query(store.url, '{__name__=~"node_scrape_collector_.*"}')).toEqual([]);
  });

  it('brings the synthetic series, labelled as Prometheus labels them', async () => {
    const labelsOf = async (url: string) =>
      (await query(url, `{job="node",__name__=~"${[...SYNTHETIC].join('|')}"}`)).map(({ metric }) => {
        const { site: _, ...rest } = metric;
        return seriesKey(rest);
      });
    expect((await labelsOf(store.url)).sort()).toEqual((await labelsOf(direct.url)).sort());
    for (const { url } of [store, direct]) {
      await waitUntil('a scrape was in time', async () => (await queryNumber(url, 'up{job="node"}')) === 1);
    }
    expect(await queryNumber(store.url, 'scrape_samples_scraped{job="node"}')).toBe(
      await queryNumber(direct.url, 'scrape_samples_scraped{job="node"}'),
    );
  });

  it('marks every series stale when the target fails, at once and not after the look-back', async () => {
    exporter.withTimestamps = false;
    await exporter.advance();
    await waitUntil('both hold samples without explicit timestamps', async () => exporter.scrapers(3) === 2);
    exporter.broken = true;
    for (const prometheus of [direct, store]) {
      await waitUntil(
        'the target is down',
        async () => (await queryNumber(prometheus.url, 'min(up{job="node"})')) === 0,
      );
      await waitUntil(
        'its series are gone',
        async () => (await query(prometheus.url, 'node_time_seconds')).length === 0,
      );
    }
    exporter.broken = false;
    await waitUntil('they are back', async () => (await query(store.url, 'node_time_seconds')).length === 1);
  });
});

/** The samples at the wanted timestamps, with `added` labels put on, without the synthetic series. */
async function samplesAt(
  url: string,
  selector: string,
  wanted: ReadonlySet<number>,
  added: Readonly<Record<string, string>>,
): Promise<Map<string, Map<number, string>>> {
  const result = new Map<string, Map<number, string>>();
  for (const [key, samples] of await rawSamples(url, selector)) {
    const labels = Object.fromEntries(JSON.parse(key) as [string, string][]);
    if (SYNTHETIC.has(labels.__name__ as string)) continue;
    // Debian's Prometheus 2 stores what was exposed; Prometheus 3 and Alloy store numbers in one form.
    if (labels.quantile !== undefined) labels.quantile = formatOpenMetricsFloat(Number(labels.quantile));
    const kept = new Map([...samples].filter(([timestampMs]) => wanted.has(timestampMs)));
    if (kept.size > 0) result.set(seriesKey({ ...labels, ...added }), kept);
  }
  return result;
}
