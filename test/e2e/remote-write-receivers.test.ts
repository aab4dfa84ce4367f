/**
 * A real Prometheus as the receiver of everything that remote write carries. Debian's 2.42 knows 1.0 only and does not look
 * at content types: exactly the receiver for which a sender of 2.0 must fall back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { encodeRequest2, type TestSeries } from '../../core/wire/remote-write/v2.fixture.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer, startPrometheus } from '../support/peers.ts';
import { query, queryNumber } from '../support/prometheus-query.ts';
import { pushBody } from '../support/remote-write-client.ts';

const pipeline = (url: string, more: string) => `
spillway.receive "default" { metrics = [prometheus.remote_write.store.receiver] }
prometheus.remote_write "store" {
  endpoint {
    url                    = "${url}/api/v1/write"
    send_native_histograms = true
    ${more}
  }
}`;

const VERSION_2 = 'protobuf_message = "io.prometheus.write.v2.Request"';

/** One series of each kind, under the names of one test. */
function everything(prefix: string): TestSeries[] {
  const now = Date.now();
  const exemplars = [{ labels: { trace_id: `${prefix}-trace` }, value: 0.5, timestamp: now }];
  const at = (agoMs: number) => ({ timestamp: now - agoMs, startTimestamp: now - 60_000 });
  return [
    {
      labels: { __name__: `${prefix}_requests_total` },
      samples: [
        { value: 41, ...at(1000) },
        { value: 42, ...at(0) },
      ],
      exemplars,
    },
    {
      labels: { __name__: `${prefix}_seconds` },
      histograms: [
        {
          ...at(0),
          count: 12,
          sum: 18.4,
          schema: 1,
          zeroThreshold: 0.001,
          zeroCount: 2,
          positiveSpans: [
            { offset: 0, length: 2 },
            { offset: 1, length: 2 },
          ],
          positiveDeltas: [1, 1, -1, 0],
          negativeSpans: [{ offset: 0, length: 2 }],
          negativeDeltas: [2, 1],
        },
      ],
    },
    {
      labels: { __name__: `${prefix}_float_seconds` },
      histograms: [
        {
          ...at(0),
          countFloat: 7.5,
          sum: 3,
          schema: 0,
          zeroCountFloat: 1.5,
          positiveSpans: [{ offset: 0, length: 2 }],
          positiveCounts: [2.5, 3.5],
        },
      ],
    },
  ];
}

describe.skipIf(!requirePeer('prometheus'))('a Prometheus as the receiver', () => {
  let store: Awaited<ReturnType<typeof startPrometheus>>;
  let gateway: TestGateway;

  beforeAll(async () => {
    const features = '--enable-feature=native-histograms,exemplar-storage';
    store = await startPrometheus({ flags: ['--web.enable-remote-write-receiver', features] });
    gateway = await TestGateway.start();
  });
  afterAll(async () => {
    await gateway?.stop();
    await store?.stop();
  });

  it.each([
    ['one', 'as 1.0', ''],
    ['two', 'as 2.0, which it does not understand, and then as 1.0', VERSION_2],
  ])('%s: has the samples, histograms and exemplars that were sent to it %s', async (name, _, more) => {
    const token = await gateway.createTenant(name, pipeline(store.url, more), ['metrics:write']);
    const body = snappyEncode(encodeRequest2({ timeseries: everything(name) }));
    const headers = { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
    const answer = await pushBody(`${gateway.url}/api/v1/push`, token, body, headers);
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(answer.headers.get('x-prometheus-remote-write-histograms-written')).toBe('2');

    expect(await queryNumber(store.url, `${name}_requests_total`)).toBe(42);
    expect(await queryNumber(store.url, `count_over_time(${name}_requests_total[1m])`)).toBe(2);
    const statistic = (function_: string, metric: string) => queryNumber(store.url, `${function_}(${name}_${metric})`);
    expect(await statistic('histogram_count', 'seconds')).toBe(12);
    expect(await statistic('histogram_sum', 'seconds')).toBe(18.4);
    expect(await queryNumber(store.url, `histogram_quantile(0.5, ${name}_seconds)`)).toBeLessThan(0.01);
    expect(await statistic('histogram_count', 'float_seconds')).toBe(7.5);
    expect(await exemplarsOf(`${name}_requests_total`)).toEqual([`${name}-trace`]);
    expect(await gateway.queuedItems(name)).toBe(0);
  });

  it('takes only the histograms that make sense, because the others are left out before', async () => {
    const token = await gateway.createTenant('bad', pipeline(store.url, ''), ['metrics:write']);
    const [counter, histogram] = everything('bad');
    const broken = {
      labels: { __name__: 'bad_broken' },
      histograms: [{ ...histogram?.histograms?.[0], count: 99, timestamp: Date.now() }],
    };
    const series = [counter, broken, histogram].filter((one) => one !== undefined);
    const headers = { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' };
    const answer = await pushBody(
      `${gateway.url}/api/v1/push`,
      token,
      snappyEncode(encodeRequest2({ timeseries: series })),
      headers,
    );
    expect([answer.status, answer.headers.get('x-prometheus-remote-write-histograms-written')]).toEqual([400, '1']);
    expect(await answer.text()).toContain('native_histogram_count_mismatch');
    expect(await queryNumber(store.url, 'histogram_count(bad_seconds)')).toBe(12);
    expect(await query(store.url, 'bad_broken')).toEqual([]);
  });

  async function exemplarsOf(metric: string): Promise<string[]> {
    const parameters = new URLSearchParams({
      query: metric,
      start: String(Date.now() / 1000 - 60),
      end: String(Date.now() / 1000 + 60),
    });
    const answer = await fetch(`${store.url}/api/v1/query_exemplars?${parameters}`);
    const { data } = (await answer.json()) as { data: { exemplars: { labels: { trace_id: string } }[] }[] };
    return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
  }
});
