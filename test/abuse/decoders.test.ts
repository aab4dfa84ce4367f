/**
 * Abuse cases A1 to A4 and A7 against a real gateway (A5 and A6: texts-and-labels.test.ts): every hostile input of the
 * fuzzers' corpus (test/fuzz/corpus) is pushed on the route that reads it. Each gets a clear 4xx, never a 5xx, and the
 * process neither dies nor grows.
 */
import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { readCorpus } from '../fuzz/corpus.ts';
import { field, message, utf8, varint } from '../fuzz/wire.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { push, pushBody, writeRequestBody } from '../support/remote-write-client.ts';

const MIB = 1024 * 1024;

let destination: FakeDestination;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  destination = await FakeDestination.start();
  gateway = await TestGateway.start();
  token = await gateway.createTenant('home', forwardPipeline(destination.url), ['agent']);
});

afterAll(async () => {
  await gateway?.stop();
  await destination?.close();
});

interface Route {
  readonly path: string;
  readonly type: string;
  readonly encoding?: string;
  /** Of the input; the body itself where nothing is said. */
  readonly pack?: (bytes: Uint8Array) => Uint8Array;
}

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

/** By the name of the fuzzers' target. */
const ROUTES: Readonly<Record<string, Route>> = {
  snappy: { path: '/api/v1/push', type: PROTOBUF, encoding: 'snappy' },
  gzip: { path: '/v1/traces', type: PROTOBUF, encoding: 'gzip' },
  'remote-write-1': { path: '/api/v1/push', type: PROTOBUF, encoding: 'snappy', pack: snappyEncode },
  'remote-write-2': {
    path: '/api/v1/push',
    type: `${PROTOBUF};proto=io.prometheus.write.v2.Request`,
    encoding: 'snappy',
    pack: snappyEncode,
  },
  'loki-protobuf': { path: '/loki/api/v1/push', type: PROTOBUF, pack: snappyEncode },
  'loki-json': { path: '/loki/api/v1/push', type: JSON_TYPE },
  'otlp-traces': { path: '/v1/traces', type: PROTOBUF },
  'otlp-traces-json': { path: '/v1/traces', type: JSON_TYPE },
  'otlp-metrics': { path: '/v1/metrics', type: PROTOBUF },
  'otlp-metrics-json': { path: '/v1/metrics', type: JSON_TYPE },
  'otlp-logs': { path: '/v1/logs', type: PROTOBUF },
  'otlp-logs-json': { path: '/v1/logs', type: JSON_TYPE },
  'zipkin-json': { path: '/api/v2/spans', type: JSON_TYPE },
  'zipkin-protobuf': { path: '/api/v2/spans', type: PROTOBUF },
  'jaeger-thrift-binary': { path: '/api/traces?format=jaeger.thrift', type: 'application/vnd.apache.thrift.binary' },
  influx: { path: '/api/v1/push/influx/write', type: 'text/plain' },
  'pushgateway-text': { path: '/metrics/job/abuse', type: 'text/plain' },
  'pyroscope-push': { path: '/push.v1.PusherService/Push', type: 'application/proto' },
  'pyroscope-push-json': { path: '/push.v1.PusherService/Push', type: JSON_TYPE },
};

async function send(
  { path, type, encoding, pack }: Route,
  bytes: Uint8Array,
): Promise<{ status: number; text: string }> {
  const body = (pack === undefined ? bytes : pack(bytes)) as Uint8Array<ArrayBuffer>;
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'content-type': type };
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

/** Resident memory of workerd, once its garbage may have been collected. */
function residentBytes(): number {
  const [, pages] = readFileSync(`/proc/${gateway.pid}/statm`, 'utf8').split(' ');
  return Number(pages) * 4096;
}

async function growthOf(work: () => Promise<void>): Promise<number> {
  const before = residentBytes();
  await work();
  return residentBytes() - before;
}

describe.each(Object.keys(ROUTES))('A1, A3, A5 the corpus of %s', (target) => {
  it('gets 4xx for what is broken, never 5xx, and a text that says why', async () => {
    for (const { name, bytes } of readCorpus(target)) {
      const { status, text } = await send(ROUTES[target] as Route, bytes);
      expect([name, status], text).toEqual([name, expect.toSatisfy((code: number) => code < 500)]);
      if (!name.startsWith('bad-')) continue;
      expect([name, status], text).toEqual([name, expect.toSatisfy((code: number) => code === 400 || code === 413)]);
      expect([name, text.length > 10 && text.length < 2000]).toEqual([name, true]);
    }
  });
});

describe('A1 a snappy block that lies', () => {
  it.each([
    ['claims 4 GiB', varint(0xffff_ffff), 413],
    ['claims 1 GiB', varint(2 ** 30), 413],
    ['claims more than the cap', varint(65 * MIB), 413],
    ['claims what 32 bits cannot hold', varint(2n ** 40n), 400],
  ])('and %s is refused before memory is taken', async (_, claim, expected) => {
    const body = Uint8Array.from([...claim, 0x00, 0x61]);
    const grown = await growthOf(async () => {
      for (let i = 0; i < 50; i++) expect((await send(ROUTES.snappy as Route, body)).status).toBe(expected);
    });
    expect(grown).toBeLessThan(32 * MIB);
  });
});

describe('A2 a body that unpacks to much', () => {
  /** 1,000 to 1. */
  const bomb = gzipSync(new Uint8Array(256 * MIB), { level: 9 });

  it.each([
    ['/v1/traces', PROTOBUF],
    ['/v1/logs', JSON_TYPE],
    ['/loki/api/v1/push', JSON_TYPE],
  ])('is refused on %s (%s) and leaves no memory behind', async (path, type) => {
    const grown = await growthOf(async () => {
      for (let i = 0; i < 4; i++) {
        const { status, text } = await send({ path, type, encoding: 'gzip' }, bomb);
        expect([status, text]).toEqual([413, expect.stringMatching(/larger than \d+ bytes/)]);
      }
    });
    // Twice the cap: what was read so far, and the platform's own buffers.
    expect(grown).toBeLessThan(192 * MIB);
  });

  it('by zstd, 30,000 to 1, is refused as well', async () => {
    const packed = zstdCompressSync(new Uint8Array(256 * MIB));
    const grown = await growthOf(async () => {
      for (let i = 0; i < 4; i++) {
        const { status } = await send({ path: '/v1/traces', type: PROTOBUF, encoding: 'zstd' }, packed);
        expect(status).toBe(413);
      }
    });
    expect(grown).toBeLessThan(192 * MIB);
  });

  it('within itself is unpacked once', async () => {
    const { status } = await send({ path: '/v1/traces', type: PROTOBUF, encoding: 'gzip' }, gzipSync(bomb));
    expect(status).toBe(400);
  });
});

describe('A3 a million empty messages', () => {
  it.each([
    'remote-write-1',
    'remote-write-2',
    'loki-protobuf',
    'otlp-traces',
    'otlp-metrics',
    'otlp-logs',
    'zipkin-protobuf',
    'pyroscope-push',
  ])('are read by %s without harm', async (target) => {
    const empty = new Uint8Array(2_000_000).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
    const { status, text } = await send(ROUTES[target] as Route, empty);
    expect([status < 500, text.length < 2000]).toEqual([true, true]);
  });

  it('as lines of one stream are refused before they take memory', async () => {
    const lines = new Uint8Array(40 * MIB).map((_, i) => (i % 2 === 0 ? 0x12 : 0));
    const stream = field(1, new Uint8Array(Buffer.concat([field(1, '{a="b"}'), lines])));
    const grown = await growthOf(async () => {
      const { status, text } = await send(ROUTES['loki-protobuf'] as Route, stream);
      expect([status, text]).toEqual([413, expect.stringContaining('more than 1000000 streams, lines')]);
    });
    expect(grown).toBeLessThan(256 * MIB);
  });

  it('of JSON are refused before they are parsed', async () => {
    const { status, text } = await send(
      ROUTES['loki-json'] as Route,
      utf8(`{"streams":[${'{},'.repeat(1_000_000)}{}]}`),
    );
    expect([status, text]).toEqual([413, expect.stringContaining('more than 1000000 JSON values')]);
  });
});

const now = Date.now();
const sample = (value: number) => message({ 1: { double: value }, 2: now });
const label = (name: string, value: string) => message({ 1: name, 2: value });
const series = (labels: readonly Uint8Array[]) => field(1, message({ 1: labels, 2: sample(1) }));
const fine = (name: string) => series([label('__name__', name)]);

async function pushSeries(parts: readonly Uint8Array[]): Promise<{ status: number; text: string }> {
  const body = new Uint8Array(Buffer.concat(parts));
  return send(ROUTES['remote-write-1'] as Route, body);
}

describe('A4 series beyond the limits', () => {
  it.each([
    [
      '100,000 labels',
      () => series([label('__name__', 'many'), ...Array.from({ length: 100_000 }, (_, i) => label(`l${i}`, 'v'))]),
      /max_label_names_per_series/,
    ],
    [
      'a label name of 1 MiB',
      () => series([label('__name__', 'a'), label('n'.repeat(MIB), 'v')]),
      /label_name_too_long/,
    ],
    [
      'a label value of 10 MiB',
      () => series([label('__name__', 'a'), label('x', 'v'.repeat(10 * MIB))]),
      /label_value_too_long/,
    ],
  ])('of %s are rejected with the reason, and the others are taken', async (what, hostile, reason) => {
    const name = `beside_${what.replaceAll(/\W+/g, '_')}`;
    const { status, text } = await pushSeries([hostile(), fine(name)]);
    expect([status, text]).toEqual([400, expect.stringMatching(reason)]);
    expect(text.length).toBeLessThan(2000);
    expect(destination.samples.get(`{__name__="${name}"}`)).toBeDefined();
  });

  it('of 300,000 without a sample are nothing', async () => {
    const bare = message({ 1: label('__name__', 'bare') });
    const { status } = await pushSeries([...Array(300_000).fill(field(1, bare)), fine('beside_bare')]);
    expect(status).toBeLessThan(500);
  });

  it('of 2.0 with a million symbols are read in the time of their bytes', async () => {
    const symbols = Array.from({ length: 1_000_000 }, (_, i) => `s${i}`);
    const body = new Uint8Array(Buffer.concat([field(4, ''), ...symbols.map((symbol) => field(4, symbol))]));
    const { status } = await send(ROUTES['remote-write-2'] as Route, body);
    expect(status).toBeLessThan(500);
  });
});

describe('A7 rules that take too long', () => {
  it('cost the series that they cannot decide, and those that they know go on', async () => {
    const rules = Array.from(
      { length: 20 },
      (_, i) =>
        `  rule {\n    source_labels = ["big"]\n    regex         = "(?:[a-z]{1,40}){1,20}${i}"\n    action        = "drop"\n  }\n`,
    ).join('');
    const text = forwardPipeline(destination.url).replace(
      'metrics  = [prometheus.remote_write.store.receiver]',
      'metrics  = [prometheus.relabel.slow.receiver]',
    );
    const slow = `${text}\nprometheus.relabel "slow" {\n  forward_to = [prometheus.remote_write.store.receiver]\n${rules}}\n`;
    const own = await gateway.createTenant('slow', slow, ['metrics:write']);
    const big = (i: number) => ({ __name__: `big_${i}`, big: `${'x'.repeat(1900)}${i}` });
    const samples = Array.from({ length: 10 }, (_, i) => ({ labels: big(i), value: 1, timestampMs: now }));
    const small = { labels: { __name__: 'small_one' }, value: 1, timestampMs: now };
    const response = await push(gateway.url, own, [small, ...samples]);
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/relabel_budget_exceeded/)]);
    expect(destination.samples.get('{__name__="small_one"}')).toBeDefined();
    // What was decided is remembered, so the same series come through bit by bit.
    for (let i = 0; i < 10; i++) await push(gateway.url, own, samples);
    expect((await push(gateway.url, own, samples)).status).toBe(204);
  });
});

describe('after all of it', () => {
  it('the gateway is the same process and takes what is right', async () => {
    const ok = writeRequestBody([{ labels: { __name__: 'after_all' }, value: 1, timestampMs: Date.now() }]);
    expect((await pushBody(`${gateway.url}/api/v1/push`, token, snappyEncode(ok))).status).toBe(204);
    expect(destination.samples.get('{__name__="after_all"}')).toBeDefined();
  });
});
