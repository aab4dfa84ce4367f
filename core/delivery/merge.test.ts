import fc from 'fast-check';
import { uncompressSync } from 'snappy';
import snappyjs from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { snappyDecode, snappyEncode } from '../codec/snappy.ts';
import { decodeRequest2, encodeRaw2, encodeRequest2 } from '../wire/remote-write/v2.fixture.ts';
import { REMOTE_WRITE_2_CONTENT_TYPE } from '../wire/remote-write/v2.ts';
import type { Payload } from './destination.ts';
import { mergeableCount, mergePayloads } from './merge.ts';

const LIMITS = { maxItems: 1000, maxBytes: 100_000, maxDecodedBytes: 1_000_000 };

function snappyPayload(body: Uint8Array, items = 1): Payload {
  return {
    signal: 'metrics',
    contentType: 'application/x-protobuf',
    contentEncoding: 'snappy',
    body: snappyEncode(body),
    items,
  };
}

const repetitive = fc
  .tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 200 }))
  .map(([unit, times]) => Uint8Array.from({ length: unit.length * times }, (_, i) => unit[i % unit.length]));

describe('mergePayloads', () => {
  it('makes a snappy block that our decoder, snappyjs and native snappy read as the bodies one after the other', () => {
    fc.assert(
      fc.property(fc.array(repetitive, { minLength: 1, maxLength: 6 }), (bodies) => {
        const whole = Buffer.concat(bodies);
        const { body, items } = mergePayloads(bodies.map((one) => snappyPayload(one, 2)));
        expect(items).toBe(bodies.length * 2);
        expect(Buffer.from(snappyDecode(body, 1 << 20))).toEqual(whole);
        expect(Buffer.from(snappyjs.uncompress(body) as Uint8Array)).toEqual(whole);
        expect(uncompressSync(Buffer.from(body))).toEqual(whole);
      }),
    );
  });

  it('concatenates bodies that are not compressed', () => {
    const plain = (text: string): Payload => ({
      signal: 'traces',
      contentType: 'application/x-protobuf',
      contentEncoding: '',
      body: new TextEncoder().encode(text),
      items: 1,
    });
    expect(new TextDecoder().decode(mergePayloads([plain('ab'), plain('c'), plain('d')]).body)).toBe('abcd');
  });
});

describe('remote write 2.0', () => {
  const payload2 = (request: Parameters<typeof encodeRequest2>[0]): Payload => ({
    ...snappyPayload(encodeRequest2(request)),
    contentType: REMOTE_WRITE_2_CONTENT_TYPE,
  });
  const up = (instance: string, timestamp: number) => ({
    labels: { __name__: 'up', instance },
    samples: [{ value: 1, timestamp, startTimestamp: 5 }],
    metadata: { type: 2, help: 'Whether it is up.', unit: '' },
  });

  it('merges requests under one table of symbols, in order, with metadata and start timestamps', () => {
    const payloads = [up('a', 10), up('b', 10), up('a', 20)].map((series) => payload2({ timeseries: [series] }));
    expect(mergeableCount(payloads, LIMITS)).toBe(3);
    const { body, items, contentType } = mergePayloads(payloads);
    expect({ items, contentType }).toEqual({ items: 3, contentType: REMOTE_WRITE_2_CONTENT_TYPE });
    const whole = decodeRequest2(snappyDecode(body, 1 << 20));
    const one = (series: ReturnType<typeof up>) => decodeRequest2(encodeRequest2({ timeseries: [series] })).timeseries;
    expect(whole.timeseries).toEqual([up('a', 10), up('b', 10), up('a', 20)].flatMap(one));
  });

  it('sends alone what is not sound: a destination may judge it, and a merge would leave it out', () => {
    const sound = payload2({ timeseries: [up('a', 10)] });
    const outOfRange = { symbols: ['', '__name__'], timeseries: [{ labelsRefs: [1, 9], samples: [{ value: 1 }] }] };
    const unsound = { ...sound, body: snappyEncode(encodeRaw2(outOfRange)) };
    expect(mergeableCount([sound, unsound], LIMITS)).toBe(1);
    expect(mergeableCount([unsound, sound], LIMITS)).toBe(1);
  });
});

describe('mergeableCount', () => {
  const body = new Uint8Array(100).fill(7);

  it('stops before the payload that would exceed the items or the decoded bytes', () => {
    const ten = Array.from({ length: 10 }, () => snappyPayload(body, 100));
    expect(mergeableCount(ten, { ...LIMITS, maxItems: 350 })).toBe(3);
    expect(mergeableCount(ten, { ...LIMITS, maxDecodedBytes: 499 })).toBe(4);
    expect(mergeableCount(ten, LIMITS)).toBe(10);
  });

  it('takes one payload that exceeds a limit by itself', () => {
    expect(mergeableCount([snappyPayload(body, 5000), snappyPayload(body)], LIMITS)).toBe(1);
  });

  it('never mixes tenants, signals or encodings', () => {
    const first = snappyPayload(body);
    for (const other of [
      { ...first, tenantId: 'other' },
      { ...first, signal: 'logs' as const },
      { ...first, contentType: 'application/x-protobuf;proto=io.prometheus.write.v2.Request' },
    ]) {
      expect(mergeableCount([first, other], LIMITS)).toBe(1);
    }
  });

  it('sends gzip bodies and profiles alone', () => {
    const gzip: Payload = { ...snappyPayload(body), contentEncoding: 'gzip' };
    expect(mergeableCount([gzip, gzip], LIMITS)).toBe(1);
    const profile: Payload = { ...snappyPayload(body), signal: 'profiles' };
    expect(mergeableCount([profile, profile], LIMITS)).toBe(1);
  });
});
