/**
 * A case of the suite in the words of vitest. `taken` registers what the original runs twice: SHOULD be 204, MUST be 2xx;
 * both with the exact counts, and the destinations have got what was sent. The original's check of a 4xx does not ask
 * whether success was expected, so a receiver that refuses everything passes there; here it does not.
 */
import { expect, it } from 'vitest';
import type { TestSeries } from '../../../../core/wire/remote-write/v2.fixture.ts';
import { compressed, contentOf, type GatewayReceiver, type Received } from './gateway-receiver.ts';

/** Asked when a case runs: the gateway starts in `beforeAll`. */
export type Subject = () => GatewayReceiver;

export function taken(subject: Subject, name: string, build: () => readonly TestSeries[]): void {
  it(`${name} returns 204`, async () => {
    const { status, text } = await send(subject, build());
    expect({ status, text }).toEqual({ status: 204, text: '' });
  });
  it(name, async () => {
    const series = build();
    const received = await send(subject, series);
    expectAll(received, series);
  });
}

/** Refused with exactly 400, nothing written, and a reason. */
export function refused(subject: Subject, name: string, build: () => readonly TestSeries[]): void {
  it(name, async () => {
    const received = await send(subject, build());
    expectRejection(received, [], /rejected/);
  });
}

export function send(subject: Subject, series: readonly TestSeries[]): Promise<Received> {
  return subject().post(compressed(series));
}

export function expectAll(received: Received, series: readonly TestSeries[]): void {
  expect(received.text).toBe('');
  expect(Math.floor(received.status / 100)).toBe(2);
  expectWritten(received, series);
}

/** 400 in spite of what was written: the rest of the request. */
export function expectRejection(received: Received, rest: readonly TestSeries[], message: RegExp): void {
  expect(received.status).toBe(400);
  expect(received.text).toMatch(message);
  expectWritten(received, rest);
}

function expectWritten({ written, asVersion2, asVersion1 }: Received, series: readonly TestSeries[]): void {
  const sum = (count: (one: TestSeries) => number) => series.reduce((total, one) => total + count(one), 0);
  expect(written).toEqual({
    Samples: sum(({ samples = [] }) => samples.length),
    Histograms: sum(({ histograms = [] }) => histograms.length),
    Exemplars: sum(({ exemplars = [] }) => exemplars.length),
  });
  const sent = contentOf(compressed(series));
  expect(asVersion2).toEqual(sent);
  expect(asVersion1).toEqual(sent.map(asFarAsVersion1Carries));
}

/** No start timestamps, and metadata in the request instead of the series. */
function asFarAsVersion1Carries({ metadata: _, samples, histograms, ...rest }: Received['asVersion2'][number]) {
  return {
    ...rest,
    samples: samples.map((sample) => ({ ...sample, startTimestamp: 0 })),
    histograms: histograms.map((histogram) => ({ ...histogram, start_timestamp: 0 })),
  };
}
