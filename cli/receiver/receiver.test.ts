import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import { encodeLokiPush } from '../../core/wire/loki/push.ts';
import { otlpTracesJsonToProtobuf } from '../../core/wire/otlp/traces.ts';
import { encodePyroscopePush, encodeRawSample } from '../../core/wire/pyroscope/push.ts';
import { encodeLabelBlock, WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import type { LogsPage, ProfilesPage, ReceiverStatus, SeriesPage, TracesPage } from '../../ui/receiver/api.ts';
import { type RunningReceiver, startReceiver } from './server.ts';

let receiver: RunningReceiver;
beforeEach(async () => {
  receiver = await startReceiver({ host: '127.0.0.1', port: 0, windowItems: 3 });
});
afterEach(() => receiver.stop());

function post(path: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Response> {
  return fetch(receiver.url + path, { method: 'POST', headers, body: body as BodyInit });
}

async function get<T>(path: string): Promise<T> {
  return (await fetch(receiver.url + path)).json() as Promise<T>;
}

const PROTOBUF_SNAPPY = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };

type Sample = readonly [labels: Record<string, string>, timestampMs: number, value: number | 'stale'];

function writeRequest(...samples: Sample[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  for (const [labels, timestampMs, value] of samples) {
    const block = encodeLabelBlock(labelsFromRecord(labels));
    if (value === 'stale') builder.addStaleSample(block, timestampMs);
    else builder.addSample(block, value, timestampMs);
  }
  return snappyEncode(builder.take());
}

const pushMetrics = (path: string, ...samples: Sample[]) => post(path, writeRequest(...samples), PROTOBUF_SNAPPY);

const SPANS_JSON = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
              spanId: '00f067aa0ba902b7',
              name: 'GET /cart',
              kind: 2,
              startTimeUnixNano: '1000000000',
              endTimeUnixNano: '1012500000',
              status: { code: 2, message: 'no' },
              attributes: [{ key: 'http.route', value: { stringValue: '/cart' } }],
            },
          ],
        },
      ],
    },
  ],
});

describe('the counts of the receiver', () => {
  it('are exact on every path of remote write', async () => {
    const paths = ['/api/v1/push', '/api/prom/push', '/api/v1/write'];
    for (const [i, path] of paths.entries()) {
      const response = await pushMetrics(path, [{ __name__: 'a' }, 1000 + i, 1], [{ __name__: 'b' }, 1000 + i, 2]);
      expect(response.status).toBe(204);
    }
    expect(await get('/api/v1/summary')).toEqual({
      metrics: { series: 2, samples: 6 },
      logs: { streams: 0, lines: 0 },
      traces: { spans: 0 },
      profiles: { series: 0, profiles: 0 },
    });
  });

  it('stay exact when the window has forgotten', async () => {
    for (let i = 0; i < 10; i++) await pushMetrics('/api/v1/push', [{ __name__: 'm', i: String(i % 5) }, i, i]);
    expect(receiver.summary().metrics).toEqual({ series: 5, samples: 10 });
    expect((await get<SeriesPage>('/api/v1/series')).held).toBe(3);
  });

  it('count lines and streams of Loki in protobuf, JSON and gzip', async () => {
    const streams = [
      { labels: labelsFromRecord({ job: 'a' }), entries: [{ timestampNs: 5n, line: 'one', metadata: [] }] },
    ];
    const json = JSON.stringify({
      streams: [
        {
          stream: { job: 'b' },
          values: [
            ['7', 'two'],
            ['8', 'three', { k: 'v' }],
          ],
        },
      ],
    });
    const statuses = [
      await post('/loki/api/v1/push', snappyEncode(encodeLokiPush(streams)), {
        'content-type': 'application/x-protobuf',
      }),
      await post('/loki/api/v1/push', json, { 'content-type': 'application/json; charset=utf-8' }),
      await post('/loki/api/v1/push', gzipSync(json), {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([204, 204, 204]);
    expect(receiver.summary().logs).toEqual({ streams: 2, lines: 5 });
    const page = await get<LogsPage>('/api/v1/logs?search=THREE+job');
    expect(page).toMatchObject({ held: 3, matched: 2 });
    expect(page.lines[0]).toMatchObject({
      timestampNs: '8',
      line: 'three',
      labels: [['job', 'b']],
      metadata: [['k', 'v']],
    });
  });

  it('count spans of OTLP in protobuf, JSON and gzip, and answer in the type of the request', async () => {
    const protobuf = otlpTracesJsonToProtobuf(SPANS_JSON);
    const answers = [
      await post('/v1/traces', SPANS_JSON, { 'content-type': 'application/json' }),
      await post('/otlp/v1/traces', protobuf, { 'content-type': 'application/x-protobuf' }),
      await post('/v1/traces', gzipSync(protobuf), {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
      }),
    ];
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['{}', '', '']);
    expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual([
      'application/json',
      'application/x-protobuf',
      'application/x-protobuf',
    ]);
    expect(receiver.summary().traces).toEqual({ spans: 3 });
    const { spans } = await get<TracesPage>('/api/v1/traces?limit=1');
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      service: 'shop',
      name: 'GET /cart',
      kind: 'server',
      durationMs: 12.5,
      status: 'error',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      attributes: [['http.route', '/cart']],
    });
  });

  it('count profiles that were pushed and ingested, and show labels, format and size of the newest', async () => {
    const sample = encodeRawSample(new Uint8Array(100), 'id');
    const labels = labelsFromRecord({ __name__: 'process_cpu', service_name: 'shop' });
    const body = encodePyroscopePush([{ labels, content: { kind: 'push', samples: [sample, sample] } }]);
    const pushed = await post('/push.v1.PusherService/Push', body, { 'content-type': 'application/proto' });
    expect([pushed.status, pushed.headers.get('content-type')]).toEqual([200, 'application/proto']);
    expect(
      (await post('/ingest?name=shop.cpu{region=eu}&format=jfr', gzipSync('x'), { 'content-encoding': 'gzip' })).status,
    ).toBe(200);
    expect(receiver.summary().profiles).toEqual({ series: 2, profiles: 3 });
    const { profiles } = await get<ProfilesPage>('/api/v1/profiles?search=shop');
    expect(profiles.map(({ format, bytes, profiles: count }) => [format, bytes, count])).toEqual([
      ['jfr', 1, 1],
      ['pprof', 200, 2],
    ]);
    expect(profiles[0]!.labels).toEqual([
      ['__name__', 'shop.cpu'],
      ['region', 'eu'],
    ]);
  });
});

describe('the series of the window', () => {
  it('keep NaN, infinities and the staleness marker apart', async () => {
    const labels = { __name__: 'x' };
    await pushMetrics(
      '/api/v1/push',
      [labels, 1, Number.NaN],
      [labels, 2, Number.POSITIVE_INFINITY],
      [labels, 3, 'stale'],
    );
    const { series } = await get<SeriesPage>('/api/v1/series');
    expect(series[0]!.points).toEqual([
      [1, 'NaN'],
      [2, '+Inf'],
      [3, 'stale'],
    ]);
  });

  it('tell samples that came twice or too late, and count them all the same', async () => {
    const labels = { __name__: 'x' };
    await pushMetrics('/api/v1/push', [labels, 5, 1], [labels, 5, 1], [labels, 4, 1]);
    const status = await get<ReceiverStatus>('/api/v1/status');
    expect(status.order).toEqual({ repeated: 1, outOfOrder: 1 });
    expect(status.summary.metrics.samples).toBe(3);
  });

  it('are found by every word of a search, whatever its case', async () => {
    await pushMetrics('/api/v1/push', [{ __name__: 'up', job: 'Unix' }, 1, 1], [{ __name__: 'up', job: 'self' }, 1, 1]);
    const page = await get<SeriesPage>('/api/v1/series?search=UNIX%20up');
    expect([page.held, page.matched, page.series[0]!.labels]).toEqual([
      2,
      1,
      [
        ['__name__', 'up'],
        ['job', 'Unix'],
      ],
    ]);
  });
});

describe('a delivery that is wrong', () => {
  it.each([
    [
      'truncated snappy',
      '/api/v1/push',
      writeRequest([{ __name__: 'a' }, 1, 1]).slice(0, -3),
      PROTOBUF_SNAPPY,
      400,
      'malformed_compression',
    ],
    [
      'a claim of 1 GiB in 7 bytes',
      '/api/v1/push',
      new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x04, 0, 0]),
      PROTOBUF_SNAPPY,
      413,
      'body_too_large',
    ],
    [
      'truncated protobuf',
      '/api/v1/push',
      snappyEncode(new Uint8Array([0x0a, 0x40, 1, 2])),
      PROTOBUF_SNAPPY,
      400,
      'malformed_protobuf',
    ],
    [
      'remote write without snappy',
      '/api/v1/push',
      new Uint8Array(2),
      { 'content-type': 'application/x-protobuf' },
      415,
      'unsupported_media_type',
    ],
    [
      'remote write 2.0',
      '/api/v1/push',
      new Uint8Array(2),
      { ...PROTOBUF_SNAPPY, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' },
      415,
      'unsupported_media_type',
    ],
    [
      'broken JSON for Loki',
      '/loki/api/v1/push',
      '{"streams":[',
      { 'content-type': 'application/json' },
      400,
      'malformed_json',
    ],
    [
      'gzip that is none',
      '/loki/api/v1/push',
      '{}',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      400,
      'malformed_compression',
    ],
    [
      'JSON as OTLP protobuf',
      '/v1/traces',
      '{"resourceSpans":[]}',
      { 'content-type': 'application/x-protobuf' },
      400,
      'malformed_protobuf',
    ],
  ] as const)('is refused with its reason and adds nothing: %s', async (_what, path, body, headers, status, reason) => {
    const response = await post(path, body, headers);
    expect([response.status, ((await response.json()) as { reason: string }).reason]).toEqual([status, reason]);
    expect(receiver.summary()).toEqual({
      metrics: { series: 0, samples: 0 },
      logs: { streams: 0, lines: 0 },
      traces: { spans: 0 },
      profiles: { series: 0, profiles: 0 },
    });
    expect((await get<ReceiverStatus>('/api/v1/status')).lastError).toMatchObject({ path, reason });
  });

  it('of more than 32 MiB is refused before it is read', async () => {
    const status = await new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': 33 * 1024 * 1024 };
      const sender = request(`${receiver.url}/loki/api/v1/push`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        sender.destroy();
      });
      sender.flushHeaders();
    });
    expect(status).toBe(413);
  });
});

describe('a simulated outage', () => {
  const refuse = (body: string, type = 'application/json') => post('/api/v1/refuse', body, { 'content-type': type });

  it('answers every delivery with the status, adds nothing, and ends with 0', async () => {
    expect(await (await refuse('{"status":503}')).json()).toEqual({ status: 503 });
    expect((await pushMetrics('/api/v1/push', [{ __name__: 'a' }, 1, 1])).status).toBe(503);
    expect(await get<ReceiverStatus>('/api/v1/status')).toMatchObject({
      refuseStatus: 503,
      requests: { refused: 1, accepted: 0 },
    });
    await refuse('{"status":0}');
    expect((await pushMetrics('/api/v1/push', [{ __name__: 'a' }, 1, 1])).status).toBe(204);
    expect(receiver.summary().metrics.samples).toBe(1);
  });

  it.each([['{"status":200}'], ['{"status":"503"}'], ['nonsense']])('is not started by %s', async (body) => {
    expect((await refuse(body)).status).toBe(400);
    expect((await get<ReceiverStatus>('/api/v1/status')).refuseStatus).toBe(0);
  });

  it('cannot be started by a form of another site', async () => {
    expect((await refuse('{"status":503}', 'text/plain')).status).toBe(400);
  });
});

describe('the receiver', () => {
  it('names the port and the flag when the port is taken', async () => {
    const port = Number(new URL(receiver.url).port);
    await expect(startReceiver({ host: '127.0.0.1', port, portFlag: '--receiver-port' })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is already in use; free it or choose another with --receiver-port PORT`,
    );
  });

  it('shows nothing to a page whose host name was pointed at this machine', async () => {
    const status = await new Promise((resolve) => {
      request(`${receiver.url}/api/v1/logs`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(421);
  });
});
