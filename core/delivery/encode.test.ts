import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { snappyDecode } from '../codec/snappy.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import type { LogStream } from '../pipeline/signals.ts';
import { decodeLokiPush } from '../wire/loki/push.ts';
import { countSpans, decodeTraces } from '../wire/otlp/traces.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import { decodeRequest2, encodeRequest2 } from '../wire/remote-write/v2.fixture.ts';
import { decodeRemoteWrite2, REMOTE_WRITE_2_CONTENT_TYPE } from '../wire/remote-write/v2.ts';
import { testDestination } from './destination.fixture.ts';
import type { Payload } from './destination.ts';
import { encodeLogsPayloads, encodeMetricsOutputs, encodeMetricsPayload, encodeOtlpPayload } from './encode.ts';
import { toRemoteWrite1 } from './fallback.ts';
import { payloadSplitter } from './split.ts';

const decode = (bytes: Uint8Array) => snappyDecode(bytes, 1_000_000);
const gzip = {
  compress: async (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
  decompress: async (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
};
const split = payloadSplitter(gzip);

function samples(count: number): Uint8Array {
  const builder = new WriteRequestBuilder();
  for (let i = 0; i < count; i++) builder.addSample(encodeLabelBlock(labelsFromRecord({ __name__: `m${i}` })), i, i);
  return builder.take();
}

function metricsPayload(...parameters: Parameters<typeof encodeMetricsPayload>): Payload {
  const payload = encodeMetricsPayload(...parameters);
  if (payload === undefined) throw new Error('nothing was left to send');
  return payload;
}

const stream = (labels: Record<string, string>, ...lines: string[]): LogStream => ({
  labels: labelsFromRecord(labels),
  entries: lines.map((line, i) => ({ timestampNs: BigInt(i), line, metadata: [] })),
});
const linesOf = (body: Uint8Array) =>
  decodeLokiPush(decode(body)).flatMap(({ entries }) => entries.map(({ line }) => line));

/** A request of two resources; each span's name is its number. */
function traces(...spansPerResource: number[]): Uint8Array {
  const request = new ByteWriter();
  let number = 0;
  for (const count of spansPerResource) {
    const scope = new ByteWriter().bytesField(1, new ByteWriter().stringField(1, 'lib').take());
    for (let i = 0; i < count; i++) {
      const id = new Uint8Array(16).fill(1);
      const span = new ByteWriter().bytesField(1, id).bytesField(2, id.subarray(8)).stringField(5, String(number++));
      scope.bytesField(2, span.take());
    }
    request.bytesField(1, new ByteWriter().bytesField(2, scope.take()).stringField(3, 'schema').take());
  }
  return request.take();
}
const spanNames = (body: Uint8Array) => decodeTraces(body).flatMap(({ spans }) => spans.map(({ name }) => name));

describe('payloads', () => {
  it('of metrics are snappy, or the bytes as a client compressed them', () => {
    const body = samples(3);
    const payload = metricsPayload(testDestination(), { body, samples: 3 });
    expect(decode(payload.body)).toEqual(body);
    expect(payload).toMatchObject({ signal: 'metrics', contentEncoding: 'snappy', items: 3 });
    const compressed = new Uint8Array([1, 2, 3]);
    expect(metricsPayload(testDestination(), { body, samples: 3, compressed }).body).toBe(compressed);
  });

  it('of one body are compressed once for all its destinations', () => {
    const body = samples(3);
    const received = new Uint8Array([9]);
    const output = (id: string, unchanged: boolean) => ({
      destination: testDestination({ id }),
      body,
      samples: 3,
      unchanged,
    });
    const [a, b, c] = encodeMetricsOutputs([output('a', false), output('b', false), output('c', true)], { received });
    expect(decode(a.payload.body)).toEqual(body);
    expect(b.payload.body).toBe(a.payload.body);
    expect(c.payload.body).toBe(received);
    expect([a, b, c].map(({ destination }) => destination.id)).toEqual(['a', 'b', 'c']);
  });

  it('of metrics are in the version that the destination wants, and keep what that version can carry', () => {
    const sent = {
      timeseries: [
        {
          labels: { __name__: 'requests_total' },
          samples: [{ value: 1, timestamp: 10, startTimestamp: 5 }],
          exemplars: [{ labels: { trace_id: 'a' }, value: 2, timestamp: 9 }],
          metadata: { type: 1, help: 'Requests.', unit: '' },
        },
        { labels: { __name__: 'sizes' }, histograms: [{ count: 0, timestamp: 11 }] },
      ],
    };
    const { body } = decodeRemoteWrite2(encodeRequest2(sent), 1e6);
    const metrics = { body, samples: 2, extended: true };
    const two = metricsPayload(testDestination({ remoteWriteVersion: 2 }), metrics);
    expect(two).toMatchObject({ contentType: REMOTE_WRITE_2_CONTENT_TYPE, items: 2 });
    expect(decodeRequest2(decode(two.body))).toEqual(decodeRequest2(encodeRequest2(sent)));
    const one = metricsPayload(testDestination(), metrics);
    expect(one.contentType).toBe('application/x-protobuf');
    expect(decodeWriteRequest(decode(one.body))).toMatchObject({
      series: [{ samples: [{ timestampMs: 10 }], exemplars: [{ timestampMs: 9 }] }, { histograms: [{}] }],
      metadata: [{ family: 'requests_total', type: 'counter', help: 'Requests.', unit: '' }],
    });
    expect(toRemoteWrite1(two)).toEqual(one);
  });

  it('leave out what the destination does not want, and count what is left', () => {
    const sent = {
      timeseries: [
        {
          labels: { __name__: 'a' },
          samples: [{ value: 1, timestamp: 10 }],
          exemplars: [{ labels: {}, value: 2, timestamp: 9 }],
        },
        { labels: { __name__: 'b' }, histograms: [{ count: 0, timestamp: 11 }] },
      ],
    };
    const { body } = decodeRemoteWrite2(encodeRequest2(sent), 1e6);
    const destination = testDestination({ without: { exemplars: true, nativeHistograms: true } });
    const payload = metricsPayload(destination, { body, samples: 2 });
    expect(payload.items).toBe(1);
    expect(decodeWriteRequest(decode(payload.body)).series).toMatchObject([{ samples: [{}], exemplars: [] }]);
    const onlyHistograms = decodeRemoteWrite2(encodeRequest2({ timeseries: [sent.timeseries[1]] }), 1e6).body;
    expect(encodeMetricsPayload(destination, { body: onlyHistograms, samples: 1, histograms: 1 })).toBeUndefined();
  });

  it('are the bytes of the client where the destination leaves something out that is not there', () => {
    const received = new Uint8Array([1]);
    const destination = testDestination({ without: { exemplars: true, nativeHistograms: true, metadata: true } });
    expect(metricsPayload(destination, { body: samples(2), samples: 2, compressed: received }).body).toBe(received);
  });

  it('of logs are one for each tenant, without internal labels', () => {
    const batch = {
      signal: 'logs' as const,
      streams: [
        stream({ __tenant_id__: 'b', app: 'x' }, '1', '2'),
        stream({ app: 'y', __internal: 'z' }, '3'),
        stream({ __tenant_id__: 'b', app: 'z' }, '4'),
        stream({ app: 'empty' }),
      ],
      marks: [],
    };
    const payloads = encodeLogsPayloads(testDestination({ tenantId: 'a' }), batch);
    expect(payloads.map(({ tenantId, items, body }) => [tenantId, items, linesOf(body)])).toEqual([
      ['b', 3, ['1', '2', '4']],
      ['a', 1, ['3']],
    ]);
    expect(decodeLokiPush(decode(payloads[1].body))[0].labels).toEqual([{ name: 'app', value: 'y' }]);
    expect(encodeLogsPayloads(testDestination(), { ...batch, streams: [] })).toEqual([]);
  });

  it('of logs go to the tenant of the destination where a header could not carry the one that a rule made', () => {
    const destination = testDestination({ protocol: 'loki_push', tenantId: 'ours' });
    for (const tenant of ['a\r\nX-Evil: 1', 'a\u0000', 'caf\u00e9', '\ud800']) {
      const batch = { signal: 'logs', streams: [stream({ job: 'a', __tenant_id__: tenant }, 'x')], marks: [] } as const;
      expect(encodeLogsPayloads(destination, batch).map(({ tenantId }) => tenantId)).toEqual(['ours']);
    }
  });

  it('of traces are gzipped where the destination wants it', async () => {
    const batch = { signal: 'traces' as const, body: traces(2), spans: 2 };
    const zipped = await encodeOtlpPayload(testDestination({ compression: 'gzip' }), batch, gzip.compress);
    expect(zipped.contentEncoding).toBe('gzip');
    expect(await gzip.decompress(zipped.body)).toEqual(batch.body);
    const plain = await encodeOtlpPayload(testDestination({ compression: 'none' }), batch, gzip.compress);
    expect(plain).toMatchObject({ contentEncoding: '', body: batch.body });
  });
});

describe('halving a payload', () => {
  it('of metrics keeps every sample, in order', async () => {
    const halves = await split(metricsPayload(testDestination(), { body: samples(5), samples: 5 }));
    expect(halves.map(({ items }) => items)).toEqual([3, 2]);
    const names = halves.flatMap(({ body }) =>
      decodeWriteRequest(decode(body)).series.map(({ labels }) => labels[0].value),
    );
    expect(names).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  });

  it('of metrics in remote write 2.0 gives whole requests again', async () => {
    const payload = metricsPayload(testDestination({ remoteWriteVersion: 2 }), { body: samples(5), samples: 5 });
    const halves = await split(payload);
    expect(halves.map(({ items }) => items)).toEqual([3, 2]);
    const names = halves.flatMap(({ body }) =>
      decodeRequest2(decode(body)).timeseries.map(({ labels }) => labels.__name__),
    );
    expect(names).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  });

  it('of logs cuts inside a stream where it must', async () => {
    const [payload] = encodeLogsPayloads(testDestination({ tenantId: 't' }), {
      signal: 'logs',
      streams: [stream({ a: '1' }, 'a', 'b', 'c'), stream({ a: '2' }, 'd')],
      marks: [],
    });
    const halves = await split(payload);
    expect(halves.map(({ items, tenantId, body }) => [items, tenantId, linesOf(body)])).toEqual([
      [2, 't', ['a', 'b']],
      [2, 't', ['c', 'd']],
    ]);
  });

  it('of traces repeats resource and scope around the spans', async () => {
    const batch = { signal: 'traces' as const, body: traces(3, 2), spans: 5 };
    const payload = await encodeOtlpPayload(testDestination({ compression: 'gzip' }), batch, gzip.compress);
    const halves = await split(payload);
    const bodies = await Promise.all(halves.map(({ body }) => gzip.decompress(body)));
    expect(bodies.map(spanNames)).toEqual([
      ['0', '1'],
      ['2', '3', '4'],
    ]);
    expect(bodies.map(countSpans)).toEqual(halves.map(({ items }) => items));
  });

  it('ends at one item', async () => {
    expect(await split(metricsPayload(testDestination(), { body: samples(1), samples: 1 }))).toEqual([]);
    const batch = { signal: 'traces' as const, body: traces(1), spans: 1 };
    expect(await split(await encodeOtlpPayload(testDestination(), batch))).toEqual([]);
  });
});
