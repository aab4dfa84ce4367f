/**
 * What a target says about its metrics, all the way: scraped by the agent, packed into batches for the gateway, and sent
 * on by the gateway as 2.0 and as 1.0. And protobuf exposition of a real exporter beside its text.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatLabels } from '../../core/labels/labels.ts';
import { protobufExposition } from '../../core/wire/exposition/client-model.fixture.ts';
import { parseExposition, seriesLabels } from '../../core/wire/exposition/exposition.ts';
import { PROTOBUF_EXPOSITION_CONTENT_TYPE, parseProtobufExposition } from '../../core/wire/exposition/protobuf.ts';
import { ExpositionServer } from '../conformance/sender/support/exposition-server.ts';
import { Receiver } from '../conformance/sender/support/receiver.ts';
import { TestAgent } from '../support/agent.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer, startNodeExporter } from '../support/peers.ts';
import { waitUntil } from '../support/wait-until.ts';

const FAMILIES = [
  { name: 'jobs_total', help: 'Jobs done.', type: 0, metric: [{ counter: { value: 3 } }] },
  {
    name: 'latency_seconds',
    help: 'Time taken.',
    type: 4,
    metric: [
      {
        histogram: {
          sample_count: 3,
          sample_sum: 1.5,
          schema: 2,
          positive_span: [{ offset: 0, length: 1 }],
          positive_delta: [3],
          exemplars: [
            { label: [{ name: 'trace_id', value: 'abc' }], value: 0.5, timestamp: { seconds: 1_700_000_000 } },
          ],
        },
      },
    ],
  },
];

describe('metadata, exemplars and native histograms', () => {
  let gateway: TestGateway;
  let agent: TestAgent;
  let receiver: Receiver;
  let targets: ExpositionServer;

  beforeAll(async () => {
    [gateway, receiver, targets] = await Promise.all([TestGateway.start(), Receiver.start(), ExpositionServer.start()]);
    targets.open('/metrics', () => protobufExposition(FAMILIES));
    const token = await gateway.createTenant('team', pipeline(receiver.open('two'), receiver.open('one')));
    agent = await TestAgent.start(`
prometheus.scrape "app" {
  targets                  = [{ __address__ = "${targets.address}" }]
  forward_to               = [spillway.write.edge.metrics_receiver]
  scrape_interval          = "1s"
  scrape_timeout           = "1s"
  scrape_native_histograms = true
}

spillway.write "edge" {
  url        = "${gateway.url}"
  token      = "${token}"
  batch_wait = "50ms"
}
`);
  });
  afterAll(async () => {
    await agent?.stop();
    await gateway?.stop();
    await receiver?.stop();
    await targets?.stop();
  });

  /** From the first one on that has what the target exposes: a scrape that took too long brings `up` alone. */
  function requestsOf(path: string) {
    const all = receiver.requests(path);
    const first = all.findIndex(({ series }) => series.some(({ labels }) => labels.__name__ === 'jobs_total'));
    return first < 0 ? [] : all.slice(first);
  }

  async function arrived(path: string) {
    const [request] = await waitUntil(`something came to ${path}`, () => {
      const found = requestsOf(path);
      return found.length > 0 && found;
    });
    if (request === undefined) throw new Error('none of them');
    const find = (name: string) => request.series.find(({ labels }) => labels.__name__ === name);
    return { request, jobs: find('jobs_total'), latency: find('latency_seconds') };
  }

  it('reach a receiver of 2.0 through the gateway', async () => {
    const { request, jobs, latency } = await arrived('two');
    expect(request.version).toBe(2);
    expect(jobs?.metadata).toMatchObject({ type: 'counter', help: 'Jobs done.' });
    expect(latency?.metadata).toMatchObject({ type: 'histogram', help: 'Time taken.' });
    expect(latency?.histograms).toMatchObject([{ count_int: 3, sum: 1.5, schema: 2, positive_deltas: [3] }]);
    expect(latency?.exemplars).toMatchObject([
      { labels: { trace_id: 'abc' }, value: 0.5, timestamp: 1_700_000_000_000 },
    ]);
  });

  it('reach a receiver of 1.0, metadata as that of the request', async () => {
    const { request, latency } = await arrived('one');
    expect(request.version).toBe(1);
    expect(request.families).toContainEqual({ type: 'counter', family: 'jobs_total', help: 'Jobs done.', unit: '' });
    expect(request.families).toContainEqual({
      type: 'histogram',
      family: 'latency_seconds',
      help: 'Time taken.',
      unit: '',
    });
    expect(latency?.histograms).toHaveLength(1);
    expect(latency?.exemplars).toHaveLength(1);
  });

  it('cost the batches between nothing, because they come along every few minutes only', async () => {
    await waitUntil('a later batch has come', () => requestsOf('one').length >= 3);
    expect(requestsOf('one')[2]!.families).toEqual([]);
  });
});

describe.skipIf(!requirePeer('prometheus-node-exporter'))('protobuf exposition of a real node_exporter', () => {
  it('has the same series, types and help texts as its text', async () => {
    const exporter = await startNodeExporter();
    try {
      const get = async (accept: string) => {
        const response = await fetch(`${exporter.url}/metrics`, { headers: { accept } });
        return new Uint8Array(await response.arrayBuffer());
      };
      const text = fromText(await get('text/plain;version=0.0.4'));
      const protobuf = fromProtobuf(await get(PROTOBUF_EXPOSITION_CONTENT_TYPE));
      expect(protobuf.series.size).toBeGreaterThan(100);
      expect(protobuf.series).toEqual(text.series);
      expect(protobuf.types).toEqual(text.types);
    } finally {
      await exporter.stop();
    }
  });
});

interface Exposed {
  readonly series: Set<string>;
  readonly types: Map<string, string>;
}

function fromText(body: Uint8Array): Exposed {
  const series = new Set<string>();
  const types = new Map<string, string>();
  parseExposition(body, 'text', {
    sample: (start, end) => series.add(key(seriesLabels(body, start, end))),
    type: (start, end, type) => types.set(new TextDecoder().decode(body.subarray(start, end)), type),
  });
  return { series, types };
}

function fromProtobuf(body: Uint8Array): Exposed {
  const series = new Set<string>();
  const types = new Map<string, string>();
  parseProtobufExposition(body, {
    family: (name, type) => types.set(name, type),
    sample: (text) => series.add(key(seriesLabels(text, 0, text.length))),
  });
  return { series, types };
}

/** Text has `le="1"` and `quantile="1"` as Go prints them, protobuf numbers, which are written as OpenMetrics wants them. */
function key(labels: readonly { readonly name: string; readonly value: string }[]): string {
  return formatLabels(
    labels.map(({ name, value }) => {
      const number = (name === 'le' || name === 'quantile') && value !== '+Inf';
      return { name, value: number ? String(Number(value)) : value };
    }),
  );
}

function pipeline(two: string, one: string): string {
  return `
spillway.receive "default" {
  metrics = [prometheus.remote_write.two.receiver, prometheus.remote_write.one.receiver]
}

prometheus.remote_write "two" {
  endpoint {
    url                    = "${two}"
    protobuf_message       = "io.prometheus.write.v2.Request"
    send_native_histograms = true
  }
}

prometheus.remote_write "one" {
  endpoint {
    url                    = "${one}"
    send_native_histograms = true
  }
}
`;
}
