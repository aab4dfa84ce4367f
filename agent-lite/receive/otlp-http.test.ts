import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutcomeError } from '../../core/outcome.ts';
import type { OtlpBatch } from '../../core/pipeline/signals.ts';
import { decodeTraces, otlpTracesJsonToProtobuf } from '../../core/wire/otlp/traces.ts';
import { createOtlpServer } from './otlp-http.ts';

const TRACE = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          spans: [{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'GET /', kind: 2 }],
        },
      ],
    },
  ],
});

let server: Server;
let written: OtlpBatch[];
let problem: Error | undefined;

beforeEach(async () => {
  written = [];
  problem = undefined;
  const settings = {
    paths: { traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' },
    taken: new Set(['traces', 'metrics'] as const),
    maxBodyBytes: 10_000,
    idleTimeoutMs: 1000,
    headerTimeoutMs: 1000,
    readTimeoutMs: 0,
  };
  server = createOtlpServer(
    () => settings,
    async (batch) => {
      if (problem !== undefined) throw problem;
      written.push(batch);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Response {
  readonly status: number;
  readonly type: string;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

function post(
  body: string | Uint8Array,
  headers: Record<string, string>,
  path = '/v1/traces',
  method = 'POST',
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const req = request({ host: '127.0.0.1', port, path, method, headers }, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk as Buffer);
      const { statusCode = 0, headers: got } = res;
      resolve({
        status: statusCode,
        type: got['content-type'] ?? '',
        retryAfter: got['retry-after'],
        body: Buffer.concat(chunks),
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

const protobuf = { 'content-type': 'application/x-protobuf' };
const json = { 'content-type': 'application/json' };

describe('OTLP over HTTP', () => {
  it('takes protobuf and answers in protobuf', async () => {
    const body = otlpTracesJsonToProtobuf(TRACE);
    const answer = await post(body, protobuf);
    expect(answer).toMatchObject({ status: 200, type: 'application/x-protobuf' });
    expect(answer.body.length).toBe(0);
    expect(written[0]).toMatchObject({ signal: 'traces', spans: 1 });
    expect(Buffer.from(written[0]!.body).equals(Buffer.from(body))).toBe(true);
  });

  it('takes JSON, packed with gzip too, and answers in JSON', async () => {
    const answer = await post(gzipSync(TRACE), { ...json, 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(JSON.parse(answer.body.toString())).toEqual({});
    expect(decodeTraces(written[0]!.body)[0]!.spans[0]!.name).toBe('GET /');
  });

  it.each([
    ['a body that is not protobuf', Buffer.from('{"json":1}'), protobuf, 400],
    ['a body that is not JSON', '{', json, 400],
    ['a body cut short', otlpTracesJsonToProtobuf(TRACE).subarray(0, 40), protobuf, 400],
    ['gzip that is not gzip', 'plain', { ...protobuf, 'content-encoding': 'gzip' }, 400],
    ['an encoding it does not know', 'x', { ...protobuf, 'content-encoding': 'br' }, 415],
    ['another content type', 'x', { 'content-type': 'text/plain' }, 415],
    ['no content type', 'x', {}, 415],
    ['a body over the limit', new Uint8Array(10_001), protobuf, 413],
    [
      'a body that unpacks beyond the limit',
      gzipSync(Buffer.alloc(100_000)),
      { ...protobuf, 'content-encoding': 'gzip' },
      413,
    ],
  ])('refuses %s', async (_what, body, headers, status) => {
    expect((await post(body, headers as Record<string, string>)).status).toBe(status);
    expect(written).toEqual([]);
  });

  it('takes metrics, counted in data points', async () => {
    const dataPoints = [
      { timeUnixNano: '1', asInt: '5' },
      { timeUnixNano: '2', asDouble: 0.5 },
    ];
    const metrics = [{ name: 'queue.length', gauge: { dataPoints } }];
    const answer = await post(
      JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
      json,
      '/v1/metrics',
    );
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(written).toMatchObject([{ signal: 'metrics', encoding: 'otlp', dataPoints: 2 }]);
  });

  it('says of a signal that no output takes that it is not taken, and of other paths that there is nothing', async () => {
    const logs = await post('{}', json, '/v1/logs');
    expect(logs.status).toBe(404);
    expect(JSON.parse(logs.body.toString()).message).toBe('no output of this receiver takes logs');
    const other = await post('{}', json, '/v1/profiles');
    expect(JSON.parse(other.body.toString()).message).toBe('there is nothing at /v1/profiles');
  });

  it('answers 405 to other methods', async () => {
    expect((await post('', {}, '/v1/traces', 'GET')).status).toBe(405);
  });

  it('asks the sender to come back when the spool is full or anything else fails', async () => {
    for (const [error, status] of [
      [new OutcomeError('outbox_full', 'full'), 429],
      [new Error('boom'), 503],
    ] as const) {
      problem = error;
      const answer = await post(TRACE, json);
      expect([answer.status, answer.retryAfter]).toEqual([status, '5']);
      expect(answer.body.toString()).not.toContain('boom');
    }
  });
});

describe('A18 an OTLP receiver on loopback', () => {
  it('takes nothing from a page whose name was made to resolve to it', async () => {
    for (const host of ['evil.example', 'evil.example:4318', '127.0.0.1.nip.io']) {
      const answer = await post(TRACE, { ...json, host });
      expect([answer.status, JSON.parse(answer.body.toString()).message]).toEqual([
        421,
        'this agent answers to localhost and 127.0.0.1 only',
      ]);
    }
    expect(written).toEqual([]);
    for (const host of ['localhost', 'localhost:4318', '127.0.0.1', '[::1]:4318']) {
      expect((await post(TRACE, { ...json, host })).status).toBe(200);
    }
  });

  it('takes from every name where it listens on the network', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    expect((await post(TRACE, { ...json, host: 'collector.lan:4318' })).status).toBe(200);
  });
});
