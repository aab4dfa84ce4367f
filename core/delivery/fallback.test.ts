import { describe, expect, it } from 'vitest';
import { snappyEncode } from '../codec/snappy.ts';
import { encodeRequest2 } from '../wire/remote-write/v2.fixture.ts';
import { REMOTE_WRITE_2_CONTENT_TYPE } from '../wire/remote-write/v2.ts';
import { testDestination } from './destination.fixture.ts';
import type { Payload } from './destination.ts';
import {
  FallbackMemory,
  fallbackLastsMs,
  sendWithFallback,
  toRemoteWrite1,
  writtenCounts,
  writtenHeaders,
} from './fallback.ts';
import { type Judgement, judgeResponse, refusedItems } from './verdict.ts';

const URL = 'https://mimir.example/api/v1/push';
const payload: Payload = {
  signal: 'metrics',
  contentType: REMOTE_WRITE_2_CONTENT_TYPE,
  contentEncoding: 'snappy',
  body: snappyEncode(
    encodeRequest2({ timeseries: [{ labels: { __name__: 'up' }, samples: [{ value: 1, timestamp: 1 }] }] }),
  ),
  items: 1,
};
const tooNew: Judgement = { kind: 'fallback', reason: 'remote_write_2_unsupported', detail: 'HTTP 415', status: 415 };

/** A receiver that answers in turn, and what it was sent. */
function receiver(...answers: Judgement[]) {
  const sent: string[] = [];
  const send = async ({ contentType }: Payload): Promise<Judgement> => {
    sent.push(contentType);
    return answers.shift() ?? { kind: 'delivered' };
  };
  return { sent, send };
}

describe('a receiver that takes 1.0 only', () => {
  it('gets 1.0 at once, and from then on', async () => {
    const memory = new FallbackMemory();
    const { sent, send } = receiver(tooNew);
    expect(await sendWithFallback(memory, URL, payload, 1000, send)).toEqual({ kind: 'delivered', note: 'fell_back' });
    expect(await sendWithFallback(memory, URL, payload, 2000, send)).toEqual({ kind: 'delivered' });
    expect(sent).toEqual([REMOTE_WRITE_2_CONTENT_TYPE, 'application/x-protobuf', 'application/x-protobuf']);
  });

  it('is asked again after an hour, and others are not affected', async () => {
    const memory = new FallbackMemory();
    memory.remember(URL, 1000);
    expect(memory.has(URL, 1000 + fallbackLastsMs - 1)).toBe(true);
    expect(memory.has('https://other.example', 2000)).toBe(false);
    expect(memory.has(URL, 1000 + fallbackLastsMs)).toBe(false);
  });

  it('is asked again when the clock has jumped back', () => {
    const memory = new FallbackMemory();
    memory.remember(URL, 10 * fallbackLastsMs);
    expect(memory.has(URL, 1000)).toBe(false);
  });

  it('that refuses 1.0 as well has refused the data', async () => {
    const refusal: Judgement = { kind: 'reject', reason: 'bad_request', detail: 'HTTP 400', status: 400 };
    const { send } = receiver(tooNew, refusal);
    expect(await sendWithFallback(new FallbackMemory(), URL, payload, 0, send)).toEqual(refusal);
  });

  it('forgets the oldest of too many', () => {
    const memory = new FallbackMemory();
    for (let i = 0; i <= 1000; i++) memory.remember(`https://${i}.example`, 1000);
    expect([memory.has('https://0.example', 1000), memory.has('https://1000.example', 1000)]).toEqual([false, true]);
  });
});

it('1.0 needs no conversion', () => {
  const one = { ...payload, contentType: 'application/x-protobuf' };
  expect(toRemoteWrite1(one)).toBe(one);
});

describe('the verdict on an answer to 2.0', () => {
  const counts = { samples: 3, histograms: 1, exemplars: 0 };
  const judge = (status: number, written?: typeof counts, sent: Payload = payload) =>
    judgeResponse(testDestination(), status, { written }, '', 0, sent);

  it('is to fall back for 415, and for a success without any count', () => {
    expect(judge(415)).toMatchObject({ kind: 'fallback', status: 415 });
    expect(judge(204)).toMatchObject({ kind: 'fallback', status: 204 });
    expect(judge(204, { samples: 0, histograms: 0, exemplars: 0 })).toEqual({ kind: 'delivered' });
  });

  it('is no reason to fall back for other errors', () => {
    expect([400, 401, 413, 500].map((status) => judge(status).kind)).toEqual(['reject', 'pause', 'split', 'retry']);
  });

  it('takes the counts of a partial write', () => {
    const verdict = judge(400, counts);
    expect(verdict).toMatchObject({ kind: 'reject', written: counts });
    if (verdict.kind !== 'reject') throw new Error('unreachable');
    expect(refusedItems({ ...payload, items: 10 }, verdict)).toBe(6);
    expect(refusedItems({ ...payload, items: 2 }, verdict)).toBe(0);
  });

  it('does not believe counts in an answer to 1.0, where zeros mean nothing', () => {
    const one = { ...payload, contentType: 'application/x-protobuf' };
    expect(judge(204, undefined, one)).toEqual({ kind: 'delivered' });
    expect(judge(415, undefined, one)).toMatchObject({ kind: 'reject' });
    expect(judge(400, counts, one)).not.toHaveProperty('written');
  });
});

describe('the Written headers', () => {
  it('are read as they are written', () => {
    const headers = new Map(Object.entries(writtenHeaders({ samples: 1, histograms: 2, exemplars: 3 })));
    expect(writtenCounts((name) => headers.get(name))).toEqual({ samples: 1, histograms: 2, exemplars: 3 });
  });

  it('mean 0 where one is missing or no number, and nothing where all are', () => {
    const one = new Map([['X-Prometheus-Remote-Write-Samples-Written', 'many']]);
    expect(writtenCounts((name) => one.get(name))).toEqual({ samples: 0, histograms: 0, exemplars: 0 });
    expect(writtenCounts(() => null)).toBeUndefined();
  });
});
