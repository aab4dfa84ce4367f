import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ByteWriter } from '../../core/bytes/writer.ts';
import { snappyDecode, snappyEncode } from '../../core/codec/snappy.ts';
import { writtenCounts, writtenHeaders } from '../../core/delivery/fallback.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import {
  decodeRemoteWrite2,
  encodeRemoteWrite2,
  type MetricCounts,
  REMOTE_WRITE_2_CONTENT_TYPE,
} from '../../core/wire/remote-write/v2.ts';
import { decodeBatchResponse, encodeBatch } from '../../core/wire/spillway-batch.ts';
import { admin, createTenant, FakeDestinations, push, type Received } from '../testing/gateway.ts';

let destinations: FakeDestinations;
beforeEach(() => {
  destinations = new FakeDestinations().install();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** An isolate reports to the hub within two seconds. */
const REPORTED = { timeout: 30_000, interval: 50 };

let names = 0;

/** The URL is new each time, because the isolate remembers which receivers take 1.0 only. */
async function tenant(
  endpoint = 'protobuf_message = "io.prometheus.write.v2.Request"\n send_native_histograms = true',
) {
  const url = `https://store-${++names}.example.com/api/v1/push`;
  const pipeline = `
    prometheus.remote_write "store" {
      endpoint {
        url = "${url}"
        ${endpoint}
      }
    }
    spillway.receive "all" { metrics = [prometheus.remote_write.store.receiver] }`;
  return createTenant({ pipeline });
}

interface TestSeries {
  readonly name?: string;
  readonly exemplar?: boolean;
  /** Its count of observations; a sound one has 0. */
  readonly histogram?: number;
}

function body(...series: readonly TestSeries[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  const now = Date.now();
  for (const { name, exemplar, histogram } of series) {
    const block = encodeLabelBlock(name === undefined ? [] : [{ name: '__name__', value: name }]);
    const rest = new ByteWriter();
    if (histogram === undefined) rest.bytesField(2, new ByteWriter().byte(0x10).varint(now).take());
    else rest.bytesField(4, new ByteWriter().varintField(1, histogram).varintField(15, now).take());
    if (exemplar === true) rest.bytesField(3, new ByteWriter().byte(0x18).varint(now).take());
    builder.addSeries(block, rest.view(), 0, rest.length, 1);
  }
  return builder.take();
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly written: MetricCounts | undefined;
}

async function push2(token: string, ...series: readonly TestSeries[]): Promise<Answer> {
  return post(token, snappyEncode(encodeRemoteWrite2(body(...series), { extended: false })));
}

async function post(token: string, bytes: Uint8Array, contentType = REMOTE_WRITE_2_CONTENT_TYPE): Promise<Answer> {
  const headers = { 'Content-Type': contentType, 'Content-Encoding': 'snappy' };
  const answer = await push('/api/v1/push', token, bytes, headers);
  const written = writtenCounts((name) => answer.headers.get(name));
  return { status: answer.status, text: await answer.text(), written };
}

const NOTHING = { samples: 0, histograms: 0, exemplars: 0 };
const ALL = { samples: 1, histograms: 1, exemplars: 1 };
const everything: readonly TestSeries[] = [
  { name: 'up', exemplar: true },
  { name: 'sizes', histogram: 0 },
];
const takesAll = () => new Response(null, { status: 204, headers: writtenHeaders(ALL) });
const is2 = ({ headers }: Received) => headers.get('content-type') === REMOTE_WRITE_2_CONTENT_TYPE;

describe('a push of remote write 2.0', () => {
  it('is answered with what was written, and delivered as 2.0', async () => {
    destinations.answer = takesAll;
    expect(await push2((await tenant()).token, ...everything)).toEqual({ status: 204, text: '', written: ALL });
    const [received] = destinations.received;
    expect(received && is2(received)).toBe(true);
    expect(received?.headers.get('x-prometheus-remote-write-version')).toBe('2.0.0');
    const sent = decodeRemoteWrite2(snappyDecode(received?.body ?? new Uint8Array(), 1e6), 1e6);
    expect(sent).toMatchObject(ALL);
  });

  it('that is invalid in part is 400 with the counts of the rest', async () => {
    destinations.answer = takesAll;
    const { token } = await tenant();
    const answer = await push2(token, { exemplar: true }, ...everything, { name: 'bad', histogram: 7, exemplar: true });
    expect(answer).toMatchObject({ status: 400, written: ALL });
    expect(answer.text).toMatch(/2 of 4 samples were rejected, the others were taken/);
    expect(answer.text).toMatch(/1 missing_metric_name .*1 native_histogram_count_mismatch \(\{__name__="bad"\}\)/);
  });

  it('counts as written what is committed to an outbox, and nothing of what comes again', async () => {
    destinations.answer = () => new Response('later', { status: 503 });
    expect(await push2((await tenant()).token, ...everything)).toMatchObject({ status: 204, written: ALL });
    const nobody = await createTenant({ pipeline: '' });
    expect(await push2(nobody.token, ...everything)).toMatchObject({ status: 503, written: NOTHING });
  });

  it('passes on what its destination says that it has written', async () => {
    const written = { samples: 1, histograms: 0, exemplars: 0 };
    destinations.answer = () => new Response('out of order', { status: 400, headers: writtenHeaders(written) });
    const { name, token } = await tenant();
    const answer = await push2(token, ...everything);
    expect(answer).toMatchObject({ status: 400, written, text: expect.stringContaining('out of order') });
    await vi.waitFor(async () => {
      const { json } = await admin('GET', `tenants/${name}/outboxes`);
      expect(json.outboxes[0]).toMatchObject({ deadLetters: 1 });
    }, REPORTED);
  });

  it('tells of zero for what it does not look into', async () => {
    const { token } = await tenant();
    expect(await post(token, new Uint8Array([1, 2, 3]))).toMatchObject({ status: 400, written: NOTHING });
    const other = await post(token, new Uint8Array(), 'application/x-protobuf;proto=io.prometheus.write.v3.Request');
    expect(other).toMatchObject({ status: 415, text: expect.stringContaining('io.prometheus.write.v2.Request') });
  });

  it('is 413 when its symbols in place are more than a push may hold', async () => {
    const symbols = new ByteWriter().stringField(4, '').stringField(4, 'x'.repeat(1_000_000));
    const refs = new Uint8Array(200).fill(1);
    const request = symbols.bytesField(
      5,
      new ByteWriter()
        .bytesField(1, refs)
        .bytesField(2, new Uint8Array([0x10, 1]))
        .take(),
    );
    const compressed = snappyEncode(request.take());
    expect(compressed.length).toBeLessThan(200_000);
    expect(await post((await tenant()).token, compressed)).toMatchObject({ status: 413, written: NOTHING });
  });
});

it('a section of a batch may be remote write 2.0', async () => {
  destinations.answer = takesAll;
  const { token } = await tenant();
  const bad = encodeRemoteWrite2(body({ exemplar: true }, ...everything), { extended: false });
  const section = {
    signal: 'metrics' as const,
    contentType: REMOTE_WRITE_2_CONTENT_TYPE,
    contentEncoding: 'snappy',
    body: snappyEncode(bad),
    items: 3,
  };
  const batch = encodeBatch({ agentId: 'host-1', sequence: 1, sentAtMs: 1, sections: [section] });
  const answer = await push('/api/v1/batch', token, batch, { 'Content-Type': 'application/x-protobuf' });
  const { results } = decodeBatchResponse(new Uint8Array(await answer.arrayBuffer()));
  expect(results).toMatchObject([{ acceptedItems: 2, rejectedItems: 1, reason: 'missing_metric_name' }]);
  expect(destinations.received.map(is2)).toEqual([true]);
});

describe('a destination of remote write 2.0', () => {
  it('that answers 415 gets the same as 1.0 at once, and from then on', async () => {
    destinations.answer = (request) => new Response(null, { status: is2(request) ? 415 : 204 });
    const { token } = await tenant();
    expect(await push2(token, ...everything)).toMatchObject({ status: 204, written: ALL });
    expect(await push2(token, ...everything)).toMatchObject({ status: 204, written: ALL });
    expect(destinations.received.map(is2)).toEqual([true, false, false]);
    const again = destinations.received[1];
    expect(again?.headers.get('x-prometheus-remote-write-version')).toBe('0.1.0');
    const { series } = decodeWriteRequest(snappyDecode(again?.body ?? new Uint8Array(), 1e6));
    expect(series.map(({ samples, histograms }) => [samples.length, histograms.length])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('that is content and has counted nothing gets 1.0 as well: it has not understood', async () => {
    destinations.answer = () => new Response(null, { status: 200 });
    await push2((await tenant()).token, ...everything);
    expect(destinations.received.map(is2)).toEqual([true, false]);
  });

  it('gets 2.0 made of what came as 1.0', async () => {
    destinations.answer = takesAll;
    await post((await tenant()).token, snappyEncode(body(...everything)), 'application/x-protobuf');
    expect(destinations.received.map(is2)).toEqual([true]);
  });
});

describe('an endpoint without send_native_histograms', () => {
  it('gets no native histograms; the push is taken and they count as dropped', async () => {
    const { name, token } = await tenant('');
    expect(await push2(token, ...everything)).toMatchObject({ status: 204, written: ALL });
    const [received] = destinations.received;
    const { series } = decodeWriteRequest(snappyDecode(received?.body ?? new Uint8Array(), 1e6));
    expect(series).toMatchObject([{ samples: [{}], histograms: [], exemplars: [{}] }]);
    await vi.waitFor(async () => {
      const { json } = await admin('GET', 'overview');
      const mine = json.tenants.find((one: { name: string }) => one.name === name);
      expect(mine.signals.metrics).toMatchObject({ acceptedTotal: 2, deliveredTotal: 1, droppedTotal: 1 });
    }, REPORTED);
  });

  it('is sent nothing for a push of native histograms alone', async () => {
    const { token } = await tenant('');
    expect(await push2(token, { name: 'sizes', histogram: 0 })).toMatchObject({ status: 204 });
    expect(destinations.received).toEqual([]);
  });
});
