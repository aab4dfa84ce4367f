/** A real Prometheus and a real vmagent as remote-write senders: only the URL and the token are ours. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FrozenExporter } from '../support/frozen-exporter.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer, startNodeExporter, startPrometheus, startVmagent } from '../support/peers.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { queryNumber, rawSamples } from '../support/prometheus-query.ts';
import { push } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const scrapeConfig = (address: string) => `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['${address}'] }]
`;

const remoteWrite = (url: string, token: string) => `
remote_write:
  - url: ${url}
    authorization: { credentials: ${token} }
    queue_config: { batch_send_deadline: 200ms }
`;

/** Prometheus stores a scrape as a whole: who has one sample of it has all. */
const hasSamplesAt = (samples: Awaited<ReturnType<typeof rawSamples>>, timestampMs: number) =>
  [...samples.values()].some((times) => times.has(timestampMs));

const one = (name: string) => [{ labels: { __name__: name }, value: 1, timestampMs: Date.now() }];

describe.skipIf(!requirePeer('prometheus') || !requirePeer('vmagent') || !requirePeer('prometheus-node-exporter'))(
  'remote-write senders',
  () => {
    let nodeExporter: Awaited<ReturnType<typeof startNodeExporter>>;
    let exporter: FrozenExporter;
    let gateway: TestGateway;

    beforeAll(async () => {
      nodeExporter = await startNodeExporter();
      exporter = await FrozenExporter.start(`${nodeExporter.url}/metrics`);
      gateway = await TestGateway.start();
    });

    afterAll(async () => {
      await gateway?.stop();
      await exporter?.stop();
      await nodeExporter?.stop();
    });

    it('delivers every sample of a Prometheus', async () => {
      const store = await startPrometheus({ flags: ['--web.enable-remote-write-receiver'] });
      const token = await gateway.createTenant('prometheus', forwardPipeline(store.url), ['metrics:write']);
      const sender = await startPrometheus({
        config: scrapeConfig(exporter.address) + remoteWrite(`${gateway.url}/api/prom/push`, token),
      });
      try {
        for (let i = 0; i < 3; i++) {
          await exporter.advance();
          await waitUntil('the snapshot was scraped', async () =>
            hasSamplesAt(await rawSamples(sender.url, 'node_time_seconds'), exporter.timestampsMs.at(-1) as number),
          );
        }
        // `up` and its like go on being scraped while we look; the exporter's own samples do not.
        const selector = '{job="node",__name__=~"node_.*|go_.*|process_.*"}';
        const sent = await rawSamples(sender.url, selector);
        expect(sent.size).toBeGreaterThan(200);
        const count = (samples: typeof sent) => [...samples.values()].reduce((sum, values) => sum + values.size, 0);
        await waitUntil(
          'as many samples are in the store',
          async () => count(await rawSamples(store.url, selector)) === count(sent),
        );
        expect(await rawSamples(store.url, selector)).toEqual(sent);
        await waitUntil('it is up', async () => (await queryNumber(store.url, 'count(up{job="node"})')) === 1);
      } finally {
        await sender.stop();
        await store.stop();
      }
    });

    it('delivers every sample of a vmagent', async () => {
      const store = await startPrometheus({ flags: ['--web.enable-remote-write-receiver'] });
      const token = await gateway.createTenant('vmagent', forwardPipeline(store.url), ['metrics:write']);
      await exporter.advance();
      const sender = await startVmagent({
        config: scrapeConfig(exporter.address),
        flags: [`-remoteWrite.url=${gateway.url}/api/v1/write`, `-remoteWrite.bearerToken=${token}`],
      });
      try {
        await waitUntil('the snapshot was scraped', () => exporter.scrapers(1) === 1);
        const timestampMs = exporter.timestampsMs.at(-1) as number;
        const text = await (await fetch(`http://${exporter.address}/metrics`)).text();
        const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
        await waitUntil('every series of the snapshot is in the store', async () => {
          const samples = await rawSamples(store.url, '{job="node",__name__=~"node_.*|go_.*|process_.*|promhttp_.*"}');
          return [...samples.values()].filter((values) => values.has(timestampMs)).length === lines;
        });
      } finally {
        await sender.stop();
        await store.stop();
      }
    });

    it('answers 401 to a wrong token and 403 to a token without the scope', async () => {
      const token = await gateway.createTenant('scopes', forwardPipeline('http://127.0.0.1:1'), ['logs:write']);
      expect((await push(gateway.url, 'spw_wrong_wrong', one('a'))).status).toBe(401);
      expect((await push(gateway.url, `${token}x`, one('a'))).status).toBe(401);
      expect((await push(gateway.url, token, one('a'))).status).toBe(403);
    });

    it('makes a Prometheus with a wrong token give up on the samples and say so', async () => {
      const sender = await startPrometheus({
        config: scrapeConfig(exporter.address) + remoteWrite(`${gateway.url}/api/v1/push`, 'spw_wrong_wrong'),
      });
      try {
        await waitUntil('the sender logged the 401', () => /401 Unauthorized/.test(sender.output()));
      } finally {
        await sender.stop();
      }
    });
  },
);
