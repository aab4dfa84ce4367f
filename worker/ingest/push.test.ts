import { env } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyDecode, snappyEncode } from '../../core/codec/snappy.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { decodeTraces } from '../../core/wire/otlp/traces.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { decodeBatchResponse, encodeBatch } from '../../core/wire/spillway-batch.ts';
import { gunzip } from '../compression.ts';
import {
  admin,
  createTenant,
  createToken,
  FakeDestinations,
  newIsolate,
  push,
  pushMetrics,
  reportNow,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';

const PROTOBUF = { 'Content-Type': 'application/x-protobuf' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const SNAPPY_PROTOBUF = { ...PROTOBUF, 'Content-Encoding': 'snappy' };

const LOKI_JSON = JSON.stringify({
  streams: [{ stream: { app: 'web' }, values: [['1700000000000000000', 'hello', { trace_id: 'abc' }]] }],
});
const OTLP_JSON = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0123456789abcdef0123456789abcdef',
              spanId: '0123456789abcdef',
              name: 'GET /',
              startTimeUnixNano: '1700000000000000000',
              endTimeUnixNano: '1700000000000000001',
            },
          ],
        },
      ],
    },
  ],
});

async function gzipped(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('who may push', () => {
  it('answers every kind of bad token with 401 and the same body', async () => {
    const { name, token, tokenId } = await createTenant();
    const revoked = await createToken(name, ['agent']);
    await admin('DELETE', `tenants/${name}/tokens/${revoked.tokenId}`);
    const last = token.at(-1) === '0' ? '1' : '0';
    const bad = [
      'nonsense',
      'spw__',
      token.slice(0, -1),
      token.slice(0, -1) + last,
      `spw_${tokenId}_${'0'.repeat(48)}`,
      `spw_0000000000000000_${token.split('_')[2]}`,
      revoked.token,
      'x'.repeat(100_000),
      env.ADMIN_TOKEN,
    ];
    const answers = await Promise.all(bad.map((text) => pushMetrics(text)));
    const bodies = new Set(await Promise.all(answers.map((answer) => answer.text())));
    expect(answers.map((answer) => answer.status)).toEqual(bad.map(() => 401));
    expect(bodies.size).toBe(1);
    expect(destinations.received).toEqual([]);
  });

  it('refuses a token in the query string and two Authorization headers', async () => {
    const { token } = await createTenant();
    const body = snappyEncode(writeRequest([upSample(1)]));
    const inQuery = await push(`/api/v1/push?token=${token}&access_token=${token}`, 'x', body, SNAPPY_PROTOBUF);
    expect(inQuery.status).toBe(401);
    const twice = await push('/api/v1/push', `${token}, Bearer ${token}`, body, SNAPPY_PROTOBUF);
    expect(twice.status).toBe(401);
  });

  it('takes the token as the password of Basic, as Grafana Cloud clients send it', async () => {
    const { token } = await createTenant();
    const authorization = { ...SNAPPY_PROTOBUF, Authorization: `Basic ${btoa(`12345:${token}`)}` };
    const answer = await push('/api/prom/push', token, snappyEncode(writeRequest([upSample(1)])), authorization);
    expect(answer.status).toBe(204);
  });

  it('answers 403 to a token without the scope, and 204 to one with it', async () => {
    const { name } = await createTenant();
    const logs = await createToken(name, ['logs:write']);
    const metrics = await createToken(name, ['metrics:write']);
    expect((await pushMetrics(logs.token)).status).toBe(403);
    expect((await push('/loki/api/v1/push', metrics.token, LOKI_JSON, JSON_TYPE)).status).toBe(403);
    expect((await push('/v1/traces', metrics.token, OTLP_JSON, JSON_TYPE)).status).toBe(403);
    expect((await push('/api/v1/batch', metrics.token, '', PROTOBUF)).status).toBe(403);
    expect((await pushMetrics(metrics.token)).status).toBe(204);
  });

  it('answers 503 with Retry-After, not 401, for an unknown token while the database is down', async () => {
    const { token } = await createTenant();
    await pushMetrics(token);
    const stranger = `spw_${'a'.repeat(16)}_${'b'.repeat(48)}`;
    vi.spyOn(env.DB, 'prepare').mockImplementation(() => {
      throw new Error('D1 is down');
    });
    const answer = await pushMetrics(stranger);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await pushMetrics(token)).status).toBe(204);
    vi.restoreAllMocks();
    newIsolate();
  });
});

describe('what may be pushed', () => {
  it.each([
    ['/api/v1/push', { 'Content-Type': 'application/json' }],
    ['/api/v1/push', { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'gzip' }],
    [
      '/api/v1/push',
      { ...SNAPPY_PROTOBUF, 'Content-Type': 'application/x-protobuf;proto=io.prometheus.write.v3.Request' },
    ],
    ['/loki/api/v1/push', { 'Content-Type': 'text/plain' }],
    ['/loki/api/v1/push', { ...JSON_TYPE, 'Content-Encoding': 'br' }],
    ['/v1/traces', { 'Content-Type': 'text/xml' }],
    ['/otlp/v1/traces', { ...PROTOBUF, 'Content-Encoding': 'gzip, gzip' }],
    ['/api/v1/batch', JSON_TYPE],
  ])('answers 415 on %s to %j before it looks at the body, which is broken too', async (path, headers) => {
    const { token } = await createTenant();
    const answer = await push(path, token, new Uint8Array([0xff, 0xff, 0xff]), headers as Record<string, string>);
    expect(answer.status).toBe(415);
  });

  it('answers 413 to 7 bytes that claim 1 GiB of snappy data', async () => {
    const { token } = await createTenant();
    const claim = new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x04, 0x00, 0x61]);
    expect((await pushMetrics(token, claim)).status).toBe(413);
    expect((await push('/loki/api/v1/push', token, claim, PROTOBUF)).status).toBe(413);
  });

  it('answers 413 to a body over 16 MiB by its declared length, and by its bytes when none is declared', async () => {
    const { token } = await createTenant();
    const large = new Uint8Array(16 * 1024 * 1024 + 1);
    expect((await pushMetrics(token, large)).status).toBe(413);
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(4 * 1024 * 1024));
      },
    });
    const answer = await push('/api/v1/push', token, stream, SNAPPY_PROTOBUF);
    expect(answer.status).toBe(413);
  });

  it('answers 413 to a gzip bomb without holding what it unpacks to', async () => {
    const { token } = await createTenant();
    const zeros = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 80; i++) controller.enqueue(new Uint8Array(1024 * 1024));
        controller.close();
      },
    });
    const bomb = await new Response(zeros.pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
    expect(bomb.byteLength).toBeLessThan(200_000);
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    expect((await push('/loki/api/v1/push', token, bomb, headers)).status).toBe(413);
    expect((await push('/v1/traces', token, bomb, headers)).status).toBe(413);
  });

  it('answers 400 to truncated snappy, to truncated protobuf, and to JSON where protobuf was announced', async () => {
    const { token } = await createTenant();
    const body = writeRequest([upSample(1), upSample(2)]);
    const compressed = snappyEncode(body);
    const bad = [
      compressed.subarray(0, -3),
      snappyEncode(body.subarray(0, -3)),
      new TextEncoder().encode('{"streams":[]}'),
      new Uint8Array(),
    ];
    for (const bytes of bad) {
      const answer = await pushMetrics(token, bytes);
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toBe('');
    }
    expect(destinations.received).toEqual([]);
  });

  it('answers 400 to malformed Loki JSON and to a gzip body that is cut off', async () => {
    const { token } = await createTenant();
    expect((await push('/loki/api/v1/push', token, '{"streams":', JSON_TYPE)).status).toBe(400);
    const cut = (await gzipped(LOKI_JSON)).subarray(0, 30);
    const answer = await push('/loki/api/v1/push', token, cut, { ...JSON_TYPE, 'Content-Encoding': 'gzip' });
    expect(answer.status).toBe(400);
  });

  it('delivers the valid series, leaves the invalid ones out, and answers 400 that names them with their count', async () => {
    const { token } = await createTenant();
    const invalid = { labels: { job: 'nameless' }, value: 1, timestampMs: 1 };
    const answer = await pushMetrics(token, snappyEncode(writeRequest([upSample(1), invalid, upSample(2)])));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/1 of 3 samples .*missing_metric_name.*nameless/);
    const [sent] = destinations.received;
    const { series } = decodeWriteRequest(snappyDecode(sent!.body, 10_000));
    expect(series.flatMap(({ labels }) => labels.map(({ value }) => value))).not.toContain('nameless');
    expect(series.flatMap(({ samples }) => samples)).toHaveLength(2);
  });
});

describe('what a push becomes', () => {
  it('forwards an unchanged remote-write body byte for byte with the headers of the protocol and none of the client', async () => {
    const { token } = await createTenant();
    const body = snappyEncode(writeRequest([upSample(1)]));
    const answer = await push('/api/v1/write', token, body, {
      ...SNAPPY_PROTOBUF,
      'X-Scope-OrgID': 'someone-else',
      'X-Custom': 'x',
      'Retry-Attempt': '7',
      Cookie: 'a=b',
    });
    expect(answer.status).toBe(204);
    expect(await answer.text()).toBe('');
    const [sent] = destinations.received;
    expect(sent!.url).toBe('https://mimir.example.com/api/v1/push');
    expect(sent!.body).toEqual(body);
    const names = [...sent!.headers.keys()].filter((name) => name !== 'content-length').sort();
    expect(names).toEqual(['content-encoding', 'content-type', 'user-agent', 'x-prometheus-remote-write-version']);
  });

  it.each([
    ['JSON', async () => ({ body: LOKI_JSON, headers: JSON_TYPE })],
    [
      'gzipped JSON',
      async () => ({ body: await gzipped(LOKI_JSON), headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' } }),
    ],
  ])('takes Loki pushes as %s and answers 204', async (_, make) => {
    const { token } = await createTenant();
    const { body, headers } = await make();
    expect((await push('/loki/api/v1/push', token, body, headers)).status).toBe(204);
    expect(destinations.received.map(({ url }) => url)).toEqual(['https://loki.example.com/loki/api/v1/push']);
  });

  it('answers OTLP in the content type of the request, for success and for errors', async () => {
    const { token } = await createTenant();
    const json = await push('/v1/traces', token, OTLP_JSON, JSON_TYPE);
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([200, 'application/json', '{}']);
    expect(destinations.received[0]!.url).toBe('https://tempo.example.com/v1/traces');
    const empty = await push('/otlp/v1/traces', token, new Uint8Array(), PROTOBUF);
    expect([empty.status, empty.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    const bad = await push('/v1/traces', token, '{"resourceSpans": 1}', JSON_TYPE);
    expect(bad.status).toBe(400);
    expect(await bad.json()).toEqual({ code: 3, message: expect.any(String) });
    const unknown = await push('/v1/traces', 'nobody', OTLP_JSON, JSON_TYPE);
    expect([unknown.status, await unknown.json()]).toEqual([401, { code: 16, message: expect.any(String) }]);
  });

  it('sets the labels that a token forces, over what the sender says', async () => {
    const { token } = await createTenant({ labels: { job: 'forced', cluster: 'eu' } });
    expect((await pushMetrics(token)).status).toBe(204);
    const { series } = decodeWriteRequest(snappyDecode(destinations.received[0]!.body, 10_000));
    expect(series[0]!.labels).toEqual([
      { name: '__name__', value: 'up' },
      { name: 'cluster', value: 'eu' },
      { name: 'job', value: 'forced' },
    ]);
  });

  it('sets forced labels on log streams and on the resources of traces too', async () => {
    const { token } = await createTenant({ labels: { app: 'forced', service_tier: 'gold' } });
    await push('/loki/api/v1/push', token, LOKI_JSON, JSON_TYPE);
    const withTier = OTLP_JSON.replace(
      '"attributes":[',
      '"attributes":[{"key":"service_tier","value":{"stringValue":"lead"}},',
    );
    await push('/v1/traces', token, withTier, JSON_TYPE);
    const [logs, traces] = destinations.received;
    const streams = decodeLokiPush(snappyDecode(logs!.body, 10_000));
    expect(streams[0]!.labels).toEqual([
      { name: 'app', value: 'forced' },
      { name: 'service_tier', value: 'gold' },
    ]);
    const [spans] = decodeTraces(await gunzip(traces!.body));
    const attributes = Object.fromEntries(spans!.resource.map(({ key, value }) => [key, value]));
    expect(attributes).toEqual({ 'service.name': 'web', service_tier: 'gold', app: 'forced' });
  });

  it('answers 503 with Retry-After while the tenant has no pipeline, so that senders keep their data', async () => {
    const { token } = await createTenant({ pipeline: '' });
    const answer = await pushMetrics(token);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('answers 429 with Retry-After over the limit of the tenant, for that signal only', async () => {
    const { token } = await createTenant({
      limits: { metrics: { ingestion_rate: 1, ingestion_burst_size: 3 }, logs: { reject_old_samples: false } },
    });
    const three = snappyEncode(writeRequest([upSample(1), upSample(2), upSample(3)]));
    expect((await pushMetrics(token, three)).status).toBe(204);
    const answer = await pushMetrics(token, three);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await push('/loki/api/v1/push', token, LOKI_JSON, JSON_TYPE)).status).toBe(204);
  });
});

describe('batches', () => {
  const section = (
    signal: 'metrics' | 'logs' | 'traces',
    contentType: string,
    contentEncoding: string,
    body: Uint8Array,
  ) => ({
    signal,
    contentType,
    contentEncoding,
    body,
    items: 1,
  });
  const metricsSection = () =>
    section('metrics', 'application/x-protobuf', 'snappy', snappyEncode(writeRequest([upSample(1)])));
  const send = async (token: string, sequence: number, sections: ReturnType<typeof section>[]) => {
    const body = encodeBatch({ agentId: 'host-1', sequence, sentAtMs: 1, sections });
    const response = await push('/api/v1/batch', token, body, PROTOBUF);
    return { response, answer: decodeBatchResponse(new Uint8Array(await response.arrayBuffer())) };
  };

  it('takes sections of every signal and says what became of each', async () => {
    const { token } = await createTenant();
    const text = (value: string) => new TextEncoder().encode(value);
    const { response, answer } = await send(token, 1, [
      metricsSection(),
      section('logs', 'application/json', '', text(LOKI_JSON)),
      section('traces', 'application/json', '', text(OTLP_JSON)),
      section('logs', 'application/json', '', text('{')),
    ]);
    expect(response.status).toBe(200);
    expect(
      answer.results.map(({ acceptedItems, rejectedItems, reason }) => [acceptedItems, rejectedItems, reason]),
    ).toEqual([
      [1, 0, ''],
      [1, 0, ''],
      [1, 0, ''],
      [0, 1, 'malformed_json'],
    ]);
    expect(destinations.received).toHaveLength(3);
  });

  it('answers 413 to a batch whose sections unpack to more than one push may hold, and takes nothing of it', async () => {
    const { token } = await createTenant();
    const samples = Array.from({ length: 200_000 }, () => upSample(1));
    const body = snappyEncode(writeRequest(samples));
    const sections = Array.from({ length: 10 }, () => section('metrics', 'application/x-protobuf', 'snappy', body));
    const batch = encodeBatch({ agentId: 'host-1', sequence: 1, sentAtMs: 1, sections });
    expect(batch.byteLength).toBeLessThan(16 * 1024 * 1024);
    expect((await push('/api/v1/batch', token, batch, PROTOBUF)).status).toBe(413);
    expect(destinations.received).toEqual([]);
  });

  it('does nothing for a batch that was completed before and says so', async () => {
    const { name, token } = await createTenant();
    await send(token, 7, [metricsSection()]);
    const again = await send(token, 7, [metricsSection()]);
    expect([again.response.status, again.answer.duplicate]).toEqual([200, true]);
    expect(destinations.received).toHaveLength(1);
    // From here on it is the hub that knows.
    await reportNow(name);
    expect((await send(token, 7, [metricsSection()])).answer.duplicate).toBe(true);
    expect((await send(token, 8, [metricsSection()])).answer.duplicate).toBe(false);
    expect(destinations.received).toHaveLength(2);
  });
});
