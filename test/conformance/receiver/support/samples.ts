/** What the cases send: the same shapes as the original suite's, with timestamps of now. */
import type { TestHistogram, TestSeries } from '../../../../core/wire/remote-write/v2.fixture.ts';
import { STALE_STAND_IN } from './gateway-receiver.ts';

export type Labels = Readonly<Record<string, string>>;
type Content = Omit<TestSeries, 'labels'>;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** By the original's names of the subtests. */
export const VALUES: readonly (readonly [name: string, value: number])[] = [
  ['1.0', 1],
  ['StaleNaN', STALE_STAND_IN],
  ['NaN', Number.NaN],
  ['Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
];

/** `Metadata.MetricType` */
export const TYPE = {
  unspecified: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugeHistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
} as const;

export function sampleOf(labels: Labels, value: number, more: Content = {}, agoMs = 0): TestSeries {
  return { labels, samples: [{ value, timestamp: Date.now() - agoMs }], ...more };
}

/** A counter that has counted since `startedMs` ago. */
export function startedSampleOf(labels: Labels, value: number, startedMs: number, more: Content = {}): TestSeries {
  const timestamp = Date.now();
  return { labels, samples: [{ value, timestamp, startTimestamp: timestamp - startedMs }], ...more };
}

export function histogramOf(
  labels: Labels,
  histogram: Omit<TestHistogram, 'timestamp'>,
  more: Content = {},
): TestSeries {
  return { labels, histograms: [{ ...histogram, timestamp: Date.now() }], ...more };
}

export function exemplar(labels: Labels, value: number, agoMs = 0) {
  return { labels, value, timestamp: Date.now() - agoMs };
}

export function metadata(type: number, help: string, unit = ''): { metadata: NonNullable<TestSeries['metadata']> } {
  return { metadata: { type, help, unit } };
}

interface HistogramParts {
  readonly sum: number;
  readonly positive?: boolean;
  readonly negative?: boolean;
  readonly zero?: boolean;
}

/** An exponential integer histogram of the parts that are asked for; its count is the sum of its buckets. */
export function exponential({ sum, positive, negative, zero }: HistogramParts): Omit<TestHistogram, 'timestamp'> {
  return {
    sum,
    count: (positive === true ? 17 : 0) + (negative === true ? 5 : 0) + (zero === true ? 1 : 0),
    ...(positive === true
      ? {
          positiveSpans: [
            { offset: 0, length: 3 },
            { offset: 2, length: 1 },
          ],
          positiveDeltas: [2, 1, 1, 4],
        }
      : {}),
    ...(negative === true ? { negativeSpans: [{ offset: 0, length: 2 }], negativeDeltas: [2, 1] } : {}),
    ...(zero === true ? { zeroCount: 1 } : {}),
  };
}

/** Custom buckets: a classic histogram in native form. */
export function customBuckets(sum: number): Omit<TestHistogram, 'timestamp'> {
  return {
    sum,
    schema: -53,
    count: 12,
    customValues: [0.1, 0.5, 1, 2.5],
    positiveSpans: [{ offset: 0, length: 4 }],
    positiveDeltas: [2, 1, 2, -3],
  };
}
