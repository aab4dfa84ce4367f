import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ByteWriter } from '../../core/bytes/writer.ts';
import { snappyDecode, snappyEncode } from '../../core/codec/snappy.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { decodeWriteRequest, encodeLabelBlock } from '../../core/wire/remote-write/v1.ts';
import { decodeBatchResponse, encodeBatch } from '../../core/wire/spillway-batch.ts';
import {
  admin,
  createTenant,
  createToken,
  FakeDestinations,
  push,
  pushMetrics,
  reportNow,
  type Sample,
  type TestTenant,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function sampleOf(labels: Record<string, string>, timestampMs = Date.now()): Sample {
  return { labels: { __name__: 'up', ...labels }, value: 1, timestampMs };
}

async function pushSamples({ token }: TestTenant, ...samples: Sample[]) {
  const answer = await pushMetrics(token, snappyEncode(writeRequest(samples)));
  return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') };
}

function receivedSeries(): string[] {
  return destinations.received.flatMap(({ body }) =>
    decodeWriteRequest(snappyDecode(body, 1e6)).series.map(({ labels }) =>
      labels.map(({ name, value }) => `${name}=${value}`).join(' '),
    ),
  );
}

function receivedLines(): string[] {
  return destinations.received.flatMap(({ body }) =>
    decodeLokiPush(snappyDecode(body, 1e6)).flatMap(({ entries }) => entries.map(({ line }) => line)),
  );
}

type Line = readonly [stream: Record<string, string>, line: string, atMs?: number, meta?: Record<string, string>];

async function pushLines({ token }: TestTenant, ...lines: Line[]) {
  const streams = lines.map(([stream, line, atMs = Date.now(), meta = {}]) => ({
    stream,
    values: [[`${atMs}000000`, line, meta]],
  }));
  const answer = await push('/loki/api/v1/push', token, JSON.stringify({ streams }), JSON_TYPE);
  return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') };
}

/** With what this isolate has not told the hub yet. */
async function overviewOf(name: string) {
  await reportNow(name);
  const { json } = await admin('GET', 'overview');
  return json.tenants.find((tenant: { name: string }) => tenant.name === name);
}

describe('limits of metrics', () => {
  it('leave out series with too many or too long labels and take the rest, in the words of Mimir', async () => {
    const limits = {
      metrics: { max_label_names_per_series: 3, max_label_names_per_info_series: 4, max_label_value_length: 6 },
    };
    const tenant = await createTenant({ limits });
    const answer = await pushSamples(
      tenant,
      sampleOf({ a: '1', b: '2' }),
      sampleOf({ a: '1', b: '2', c: '3' }),
      sampleOf({ __name__: 'x_info', a: '1', b: '2', c: '3' }),
      sampleOf({ __name__: 'x_info', a: '1', b: '2', c: '3', d: '4' }),
      sampleOf({ a: '1234567' }),
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(
      'received a series whose number of labels exceeds the limit (actual: 4, limit: 3) series: \'{__name__="up", a="1", b="2", c="3"}\' (err-mimir-max-label-names-per-series). To adjust the related per-tenant limit, configure metrics.max_label_names_per_series',
    );
    expect(answer.text).toContain('(actual: 5, limit: 4)');
    expect(answer.text).toContain('(err-mimir-max-label-names-per-info-series)');
    expect(answer.text).toContain("label: 'a', value: '1234567'");
    expect(answer.text).toContain('(err-mimir-label-value-too-long)');
    expect(receivedSeries()).toEqual(['__name__=up a=1 b=2', '__name__=x_info a=1 b=2 c=3']);
  });

  it('of everybody leave out a hundred thousand labels, a name of 100 kB and a value of 1 MB, and take the rest', async () => {
    const tenant = await createTenant();
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`l${i}`, 'x']));
    const answer = await pushSamples(
      tenant,
      sampleOf({ good: '1' }),
      sampleOf(many),
      sampleOf({ ['n'.repeat(100_000)]: 'x' }),
      sampleOf({ v: 'x'.repeat(1_000_000) }),
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('(actual: 100001, limit: 30)');
    expect(answer.text).toContain('(err-mimir-label-name-too-long)');
    expect(answer.text).toContain('(err-mimir-label-value-too-long)');
    expect(answer.text.length).toBeLessThan(5000);
    expect(receivedSeries()).toEqual(['__name__=up good=1']);
  });

  it('leave out samples of the far future and, where told to, of the past', async () => {
    const tenant = await createTenant({ limits: { metrics: { past_grace_period: '1h' } } });
    const hourMs = 3_600_000;
    const answer = await pushSamples(
      tenant,
      sampleOf({ t: 'now' }),
      sampleOf({ t: 'future' }, Date.now() + hourMs),
      sampleOf({ t: 'past' }, Date.now() - 2 * hourMs),
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('(err-mimir-too-far-in-future)');
    expect(answer.text).toContain('(err-mimir-too-far-in-past)');
    expect(receivedSeries()).toEqual(['__name__=up t=now']);
  });

  it('refuse new active series at the limit, while known ones pass; raising it helps at once', async () => {
    const tenant = await createTenant({ limits: { metrics: { max_global_series_per_user: 3 } } });
    const three = ['1', '2', '3'].map((i) => sampleOf({ i }));
    expect((await pushSamples(tenant, ...three)).status).toBe(204);
    const answer = await pushSamples(tenant, ...three, sampleOf({ i: '4' }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('per-user series limit of 3 exceeded');
    expect(answer.text).toContain('(err-mimir-max-series-per-user)');
    expect(receivedSeries()).not.toContain('__name__=up i=4');
    expect((await pushSamples(tenant, ...three)).status).toBe(204);
    await admin('PUT', `tenants/${tenant.name}/limits`, { metrics: { max_global_series_per_user: 4 } });
    expect((await pushSamples(tenant, ...three, sampleOf({ i: '4' }))).status).toBe(204);
    expect((await overviewOf(tenant.name)).active.series).toBe(4);
  });

  it('cut help texts and leave out native histograms with too many buckets', async () => {
    const tenant = await createTenant({
      limits: { metrics: { max_metadata_length: 5, max_native_histogram_buckets: 2 } },
    });
    const histogram = (buckets: number) => {
      const spans = new ByteWriter().varintField(2, buckets).take();
      // One observation in each bucket: the first delta is 1, zigzag 2, the others are 0.
      const deltas = Uint8Array.from({ length: buckets }, (_, i) => (i === 0 ? 2 : 0));
      const message = new ByteWriter().varintField(1, buckets).bytesField(11, spans).bytesField(12, deltas);
      const labels = encodeLabelBlock([{ name: '__name__', value: `h${buckets}` }]);
      const series = new ByteWriter().bytes(labels).bytesField(4, message.varintField(15, Date.now()).take());
      return new ByteWriter().bytesField(1, series.take()).take();
    };
    const metadata = new ByteWriter().stringField(2, 'up').stringField(4, 'too long').take();
    const float = writeRequest([upSample(1)]);
    const body = new ByteWriter().bytes(float).bytes(histogram(2)).bytes(histogram(3)).bytesField(3, metadata).take();
    const answer = await pushMetrics(tenant.token, snappyEncode(body));
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(text).toContain('1 of 3 samples were rejected');
    expect(text).toContain('(err-mimir-max-native-histogram-buckets)');
    const sent = decodeWriteRequest(snappyDecode(destinations.received[0]?.body as Uint8Array, 1e6));
    expect(sent.series[0]?.labels[0]?.value).toBe('up');
    expect(sent.metadata).toMatchObject([{ help: 'too l' }]);
  });

  it('refuse pushes beyond the rates with 429, and say which rate it was', async () => {
    const slow = await createTenant({ limits: { metrics: { ingestion_rate: 1, ingestion_burst_size: 2 } } });
    expect((await pushSamples(slow, upSample(1), upSample(2))).status).toBe(204);
    const rate = await pushSamples(slow, upSample(3));
    expect(rate).toMatchObject({ status: 429, retryAfter: '1' });
    expect(rate.text).toContain('set to 1 items/s with a maximum allowed burst of 2');
    expect(rate.text).toContain('(err-mimir-tenant-max-ingestion-rate)');
    const calm = await createTenant({ limits: { metrics: { request_rate: 0.1, request_burst_size: 2 } } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push(await pushSamples(calm, upSample(i)));
    expect(statuses.map(({ status }) => status)).toEqual([204, 204, 429]);
    expect(statuses[2]?.text).toContain('(err-mimir-tenant-max-request-rate)');
  });

  it('count what the pipeline counted where the slice has room, so that no rate is exceeded for it', async () => {
    const tenant = await createTenant({ limits: { metrics: { ingestion_rate: 1, ingestion_burst_size: 100 } } });
    const ten = Array.from({ length: 10 }, (_, i) => sampleOf({ i: `${i}` }));
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await pushSamples(tenant, ...ten)).status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(10);
    expect(statuses.slice(10)).toEqual([429, 429]);
  });

  it('refuse a body that is larger than the tenant may send, as it came and unpacked', async () => {
    const tenant = await createTenant({ limits: { metrics: { max_recv_msg_size: 200, max_decompressed_size: 1000 } } });
    expect((await pushSamples(tenant, upSample(1))).status).toBe(204);
    expect(
      (await pushSamples(tenant, sampleOf({ a: Array.from({ length: 10 }, () => crypto.randomUUID()).join('') })))
        .status,
    ).toBe(413);
    expect((await pushSamples(tenant, sampleOf({ a: 'x'.repeat(2000) }))).status).toBe(413);
  });
});

describe('limits of logs', () => {
  it("leave out lines that break one, take the others, and answer 400 in Loki's words", async () => {
    const tenant = await createTenant({ limits: { logs: { max_line_size: 10, max_label_names_per_series: 2 } } });
    const answer = await pushLines(
      tenant,
      [{ app: 'a' }, 'good'],
      [{ app: 'a' }, 'much too long'],
      [{ app: 'a' }, 'old', Date.now() - 8 * 86_400_000],
      [{ app: 'a' }, 'new', Date.now() + 86_400_000],
      [{ app: 'a', b: '1', c: '2' }, 'labels'],
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("max entry size '10' bytes exceeded for stream '{app=\"a\"}'");
    expect(answer.text).toContain('has timestamp too old');
    expect(answer.text).toContain('has timestamp too new');
    expect(answer.text).toContain('has 3 label names; limit 2');
    expect(receivedLines()).toEqual(['good']);
  });

  it('answer 429 for a stream beyond its rate or a stream too many, and take the other lines', async () => {
    const tenant = await createTenant({
      limits: {
        logs: { per_stream_rate_limit: 1, per_stream_rate_limit_burst: 10, max_global_streams_per_user: 2 },
      },
    });
    expect((await pushLines(tenant, [{ app: 'loud' }, '0123456789'], [{ app: 'quiet' }, 'x'])).status).toBe(204);
    const rate = await pushLines(tenant, [{ app: 'loud' }, '0123456789'], [{ app: 'quiet' }, 'y']);
    expect(rate.status).toBe(429);
    expect(rate.text).toContain('Per stream rate limit exceeded (limit: 1 bytes/sec');
    expect(rate.retryAfter).toMatch(/^\d+$/);
    const streams = await pushLines(tenant, [{ app: 'third' }, 'z'], [{ app: 'quiet' }, 'w']);
    expect(streams.status).toBe(429);
    expect(streams.text).toContain('maximum active stream limit exceeded when trying to create stream {app="third"}');
    expect(receivedLines()).toEqual(['0123456789', 'x', 'y', 'w']);
  });

  it('refuse bytes beyond the rate for logs only', async () => {
    const limits = { logs: { ingestion_rate_mb: 0.0001, ingestion_burst_size_mb: 0.0002 } };
    const tenant = await createTenant({ limits });
    expect((await pushLines(tenant, [{ app: 'a' }, 'x'.repeat(200)])).status).toBe(204);
    const limited = await pushLines(tenant, [{ app: 'a' }, 'x'.repeat(200)]);
    expect(limited.status).toBe(429);
    expect(limited.text).toContain('ingestion rate limit exceeded (limit: 104.8576 bytes/sec');
    expect((await pushSamples(tenant, upSample(1))).status).toBe(204);
  });

  it("make an agent's batch wait as a whole for the rate of a stream: nothing of it is delivered before", async () => {
    const tenant = await createTenant({
      limits: { logs: { per_stream_rate_limit: 1, per_stream_rate_limit_burst: 5 } },
    });
    const lines = (text: string) =>
      new TextEncoder().encode(
        JSON.stringify({
          streams: [
            { stream: { app: 'loud' }, values: [[`${Date.now()}000000`, text]] },
            { stream: { app: 'quiet' }, values: [[`${Date.now()}000000`, 'q']] },
          ],
        }),
      );
    const send = async (sequence: number, text: string) => {
      const section = {
        signal: 'logs' as const,
        contentType: 'application/json',
        contentEncoding: '',
        body: lines(text),
        items: 2,
      };
      const body = encodeBatch({ agentId: 'agent-1', sequence, sentAtMs: 0, sections: [section] });
      return push('/api/v1/batch', tenant.token, body, { 'Content-Type': 'application/x-protobuf' });
    };
    expect((await send(1, '01234')).status).toBe(200);
    const limited = await send(2, '01234');
    expect(limited.status).toBe(429);
    const { results } = decodeBatchResponse(new Uint8Array(await limited.arrayBuffer()));
    expect(results[0]).toMatchObject({ reason: 'per_stream_rate_limit', acceptedItems: 0 });
    expect(receivedLines()).toEqual(['01234', 'q']);
  });
});

describe('pairs of replicas', () => {
  const PAIRS = { accept_ha_samples: true, ha_tracker_update_timeout: '100ms', ha_tracker_failover_timeout: '1500ms' };
  const from = (replica: string, cluster = 'eu') => sampleOf({ cluster, __replica__: replica, i: replica });
  /** Time passes when a test says so: how long its pushes take decides nothing. */
  let nowMs: number;

  beforeEach(() => {
    nowMs = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
  });

  it('deliver one of the two, without its label, and answer 202 to the other', async () => {
    const tenant = await createTenant({ limits: { metrics: PAIRS } });
    expect((await pushSamples(tenant, from('a'))).status).toBe(204);
    const other = await pushSamples(tenant, from('b'), sampleOf({ more: '1' }));
    expect(other.status).toBe(202);
    expect(other.text).toContain('replicas did not match');
    expect((await pushSamples(tenant, from('a'))).status).toBe(204);
    expect((await pushSamples(tenant, from('c', 'us'))).status).toBe(204);
    expect((await pushSamples(tenant, sampleOf({ i: 'alone' }))).status).toBe(204);
    expect(receivedSeries()).toEqual([
      '__name__=up cluster=eu i=a',
      '__name__=up cluster=eu i=a',
      '__name__=up cluster=us i=c',
      '__name__=up i=alone',
    ]);
    const { signals, elections } = await overviewOf(tenant.name);
    expect(signals.metrics).toMatchObject({ acceptedTotal: 6, droppedTotal: 2, deliveredTotal: 4 });
    expect(elections).toMatchObject([
      { cluster: 'eu', replica: 'a' },
      { cluster: 'us', replica: 'c' },
    ]);
  });

  it('let the other take over when the elected one is silent, and not before', async () => {
    const tenant = await createTenant({ limits: { metrics: PAIRS } });
    const statuses: number[] = [];
    const send = async (replica: string) => statuses.push((await pushSamples(tenant, from(replica))).status);
    await send('a');
    await send('b');
    nowMs += 1700;
    await send('b');
    await send('a');
    expect(statuses).toEqual([204, 202, 204, 202]);
  });

  it('keep the elected one that lives, however the pushes of the two meet the lease', async () => {
    const tenant = await createTenant({ limits: { metrics: PAIRS } });
    await pushSamples(tenant, from('a'));
    const others = new Set<number>();
    for (let i = 0; i < 15; i++) {
      nowMs += 120;
      // The other one comes first each time and renews what the isolate knows.
      others.add((await pushSamples(tenant, from('b'))).status);
      await pushSamples(tenant, from('a'));
    }
    expect([...others]).toEqual([202]);
  });

  it('count a series once although both replicas have sent it', async () => {
    const tenant = await createTenant({ limits: { metrics: { ...PAIRS, max_global_series_per_user: 1 } } });
    const up = (replica: string) => sampleOf({ cluster: 'eu', __replica__: replica });
    expect((await pushSamples(tenant, up('a'))).status).toBe(204);
    nowMs += 1700;
    expect((await pushSamples(tenant, up('b'))).status).toBe(204);
  });

  it('may not be more than the tenant may have', async () => {
    const tenant = await createTenant({ limits: { metrics: { ...PAIRS, ha_max_clusters: 1 } } });
    expect((await pushSamples(tenant, from('a'))).status).toBe(204);
    const second = await pushSamples(tenant, from('a', 'us'));
    expect(second.status).toBe(400);
    expect(second.text).toContain('(limit: 1) (err-mimir-tenant-too-many-ha-clusters)');
    expect((await pushSamples(tenant, from('a'))).status).toBe(204);
  });

  it('are no pairs where the tenant does not say so: the label goes on', async () => {
    const tenant = await createTenant();
    expect((await pushSamples(tenant, from('a'))).status).toBe(204);
    expect((await pushSamples(tenant, from('b'))).status).toBe(204);
    expect(destinations.received).toHaveLength(2);
  });
});

describe('what the console knows of refused pushes', () => {
  it('counts those that were refused before they were decoded, and tells who was never taken', async () => {
    const { name } = await createTenant();
    const logs = await createToken(name, ['logs:write']);
    expect((await pushMetrics(logs.token)).status).toBe(403);
    const broken = { token: logs.token };
    const answer = await push('/loki/api/v1/push', broken.token, 'nonsense', JSON_TYPE);
    expect(answer.status).toBe(400);
    const { signals, agents, refusals, errors } = await overviewOf(name);
    expect(signals.metrics).toMatchObject({ refusedPushesTotal: 1, acceptedTotal: 0, rejectedTotal: 0 });
    expect(signals.logs.refusedPushesTotal).toBe(1);
    expect(refusals).toEqual([
      { signal: 'logs', reason: 'malformed_json', pushes: 1 },
      { signal: 'metrics', reason: 'forbidden_scope', pushes: 1 },
    ]);
    expect(errors.map(({ reason }: { reason: string }) => reason).sort()).toEqual([
      'forbidden_scope',
      'malformed_json',
    ]);
    expect(agents).toMatchObject([{ id: `token:${logs.tokenId}`, tokenName: 'test', lastTakenAtMs: null }]);
  });

  it('knows when something of a client was taken last', async () => {
    const tenant = await createTenant();
    await pushSamples(tenant, upSample(1));
    const { agents } = await overviewOf(tenant.name);
    expect(agents[0].lastTakenAtMs).toBeGreaterThan(Date.now() - 10_000);
  });
});
