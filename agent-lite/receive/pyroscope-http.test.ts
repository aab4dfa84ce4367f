import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLabels, labelsFromRecord } from '../../core/labels/labels.ts';
import { OutcomeError } from '../../core/outcome.ts';
import type { ProfilesBatch } from '../../core/pipeline/signals.ts';
import { encodePyroscopePush, encodeRawSample } from '../../core/wire/pyroscope/push.ts';
import { createPyroscopeServer } from './pyroscope-http.ts';

const PUSH = '/push.v1.PusherService/Push';
const sample = encodeRawSample(new Uint8Array([0x1f, 0x8b, 1, 2, 3]), 'id-1');
const pushed = encodePyroscopePush([
  { labels: labelsFromRecord({ __name__: 'process_cpu', region: 'eu' }), content: { kind: 'push', samples: [sample] } },
]);

let server: Server;
let written: ProfilesBatch[];
let problem: Error | undefined;

beforeEach(async () => {
  written = [];
  problem = undefined;
  const settings = { maxBodyBytes: 10_000, maxConnections: 0, idleTimeoutMs: 1000, readTimeoutMs: 0 };
  server = createPyroscopeServer(settings, async (batch) => {
    if (problem !== undefined) throw problem;
    written.push(batch);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

function send(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const req = request({ host: '127.0.0.1', port, path, method, headers }, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk as Buffer);
      const { statusCode = 0, headers: got } = res;
      const text = Buffer.concat(chunks).toString();
      resolve({ status: statusCode, type: got['content-type'], retryAfter: got['retry-after'], text });
    });
    req.on('error', reject);
    req.end(body);
  });
}

const labels = () => written.flatMap(({ series }) => series.map((one) => formatLabels(one.labels)));

describe("Pyroscope's API on a host", () => {
  it('takes a body of /ingest as it is, with its query and its content type', async () => {
    const type = 'multipart/form-data; boundary=xyz';
    const query = 'name=shop.cpu%7Bregion%3Deu%7D&from=1&format=pprof';
    const answer = await send(`/ingest?${query}`, Buffer.from([0, 1, 255]), { 'content-type': type });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(written[0]!.series[0]!.content).toMatchObject({ kind: 'ingest', query, contentType: type });
    expect(labels()).toEqual(['{__name__="shop.cpu", region="eu", service_name="shop.cpu"}']);
  });

  it('keeps the name as app_name where the service has one of its own, as Alloy does', async () => {
    await send('/ingest?name=test.app{service_name=my-service}', 'x');
    expect(labels()).toEqual(['{__name__="test.app", app_name="test.app", service_name="my-service"}']);
  });

  it('takes a push in protobuf and in JSON, packed or not, and answers in the same type', async () => {
    const plain = await send(PUSH, pushed, { 'content-type': 'application/proto' });
    expect(plain).toMatchObject({ status: 200, type: 'application/proto', text: '' });
    const zipped = await send(PUSH, gzipSync(pushed), {
      'content-type': 'application/proto',
      'content-encoding': 'gzip',
    });
    expect(zipped.status).toBe(200);
    const rawProfile = Buffer.from([0x1f, 0x8b, 1, 2, 3]).toString('base64');
    const series = [{ labels: [{ name: '__name__', value: 'process_cpu' }], samples: [{ rawProfile, ID: 'id-1' }] }];
    const json = await send(PUSH, JSON.stringify({ series }), { 'content-type': 'application/json' });
    expect(json).toMatchObject({ status: 200, type: 'application/json', text: '{}' });
    const samples = written
      .map(({ series }) => series[0]!.content)
      .map((content) => content.kind === 'push' && content.samples);
    for (const [one] of samples as Uint8Array[][]) expect(Buffer.from(one!).equals(Buffer.from(sample))).toBe(true);
    expect(samples.length).toBe(3);
  });

  it.each([
    ['another path', '/other', 'x', {}, 404],
    ['a name that is none', '/ingest?name=a%20b', 'x', {}, 400],
    ['no name', '/ingest', 'x', {}, 400],
    ['a push that is not protobuf', PUSH, '{"series":[]}', { 'content-type': 'application/proto' }, 400],
    ['a push of another type', PUSH, 'x', { 'content-type': 'application/grpc' }, 415],
    ['a body over the limit', '/ingest?name=a', new Uint8Array(10_001), {}, 413],
    [
      'a body that unpacks beyond the limit',
      '/ingest?name=a',
      gzipSync(Buffer.alloc(100_000)),
      { 'content-encoding': 'gzip' },
      413,
    ],
  ])('refuses %s with an error of Connect', async (_what, path, body, headers, status) => {
    const answer = await send(path, body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(Object.keys(JSON.parse(answer.text))).toEqual(['code', 'message']);
    expect(written).toEqual([]);
  });

  it('answers 405 to other methods', async () => {
    expect((await send('/ingest?name=a', '', {}, 'GET')).status).toBe(405);
  });

  it('asks the sender to come back when the spool is full or anything else fails', async () => {
    for (const [error, status] of [
      [new OutcomeError('outbox_full', 'full'), 429],
      [new Error('boom'), 503],
    ] as const) {
      problem = error;
      const answer = await send('/ingest?name=a', 'x');
      expect([answer.status, answer.retryAfter]).toEqual([status, '5']);
      expect(answer.text).not.toContain('boom');
    }
  });
});

describe('A18 a receiver of profiles on loopback', () => {
  it('takes nothing from a page whose name was made to resolve to it', async () => {
    const type = { 'content-type': 'application/proto' };
    const answer = await send(PUSH, pushed, { ...type, host: 'evil.example:8080' });
    expect([answer.status, JSON.parse(answer.text).message]).toEqual([
      421,
      'this agent answers to localhost and 127.0.0.1 only',
    ]);
    expect(written).toEqual([]);
    expect((await send(PUSH, pushed, { ...type, host: 'localhost:8080' })).status).toBe(200);
  });

  it('takes from every name where it listens on the network', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const type = { 'content-type': 'application/proto', host: 'profiles.lan' };
    expect((await send(PUSH, pushed, type)).status).toBe(200);
  });
});
