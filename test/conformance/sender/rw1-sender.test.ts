/** The suite that compliance had until 2024-09 (remote_write_sender, at a8c0647^), for agents that speak 1.0. */
import { expect } from 'vitest';
import type { SentSeries } from './support/decoded-request.ts';
import { STALE_NAN } from './support/decoded-request.ts';
import { first, type SenderCase, type Sent, timesOf } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const GAUGE = '# HELP gauge A gauge\n# TYPE gauge gauge\ngauge 42\n';
const LABELLED = (labels: string) => `# HELP test A gauge\n# TYPE test gauge\ntest{${labels}} 1.0\n`;
const startedAtMs = Date.now();

function agent(name: string, more: Partial<SenderCase> & Pick<SenderCase, 'check'>): SenderCase {
  return { name, version: 1, only: 'agent', ...more };
}

/** Of the series with at least these labels. */
function values(sent: Sent, wanted: Readonly<Record<string, string>>): number[] {
  return matching(sent, wanted).flatMap(({ samples }) => samples.map(({ value }) => value));
}

function matching({ series }: Sent, wanted: Readonly<Record<string, string>>): SentSeries[] {
  return series.filter(({ labels }) => Object.entries(wanted).every(([name, value]) => labels[name] === value));
}

const names = ({ labelList }: SentSeries) => labelList.map(([name]) => name);
const came =
  (metric: string, count = 1) =>
  (sent: Sent) =>
    sent.named(metric).length >= count;

senderSuite({
  TestRemoteWrite: [
    agent('Counter', {
      expose: (index) => `# TYPE counter counter\ncounter ${index}\n`,
      until: came('counter', 3),
      check: (sent) => expect(values(sent, { __name__: 'counter' }).slice(0, 3)).toEqual([0, 1, 2]),
    }),
    agent('Gauge', {
      expose: () => `# TYPE now gauge\nnow ${Math.floor(Date.now() / 1000) * 1000}\n`,
      until: came('now'),
      check: (sent) => {
        for (const { samples } of sent.named('now')) {
          for (const { value, timestamp } of samples) expect(Math.abs(timestamp / value - 1)).toBeLessThan(0.01);
        }
      },
    }),
    agent('Histogram', {
      exposition: `# TYPE histogram histogram
histogram_bucket{le="1"} 1
histogram_bucket{le="2"} 2
histogram_bucket{le="+Inf"} 2
histogram_sum 3
histogram_count 2
`,
      until: came('histogram_count'),
      check: (sent) => {
        const bucket = (le: string) => values(sent, { __name__: 'histogram_bucket', le })[0];
        expect([bucket('1.0'), bucket('2.0'), bucket('+Inf')]).toEqual([1, 2, 2]);
        expect([
          values(sent, { __name__: 'histogram_sum' })[0],
          values(sent, { __name__: 'histogram_count' })[0],
        ]).toEqual([3, 2]);
      },
    }),
    agent('Summary', {
      exposition: `# TYPE summary summary
summary{quantile="0.5"} 2
summary{quantile="0.9"} 3
summary{quantile="0.99"} 3
summary_sum 6
summary_count 3
`,
      until: came('summary_count'),
      check: (sent) => {
        const quantile = (text: string) => values(sent, { __name__: 'summary', quantile: text })[0];
        expect([quantile('0.5'), quantile('0.9'), quantile('0.99')]).toEqual([2, 3, 3]);
        expect([values(sent, { __name__: 'summary_sum' })[0], values(sent, { __name__: 'summary_count' })[0]]).toEqual([
          6, 3,
        ]);
      },
    }),
    agent('Up', {
      exposition: GAUGE,
      until: came('up'),
      check: (sent) => expect(values(sent, { __name__: 'up', job: 'test' })[0]).toBe(1),
    }),
    agent('Invalid', {
      exposition: '# this is not valid prometheus\n1234notvali}{ 444\n',
      until: came('up'),
      check: (sent) => expect(values(sent, { __name__: 'up', job: 'test' })[0]).toBe(0),
    }),
    agent('JobLabel', {
      exposition: GAUGE,
      until: came('gauge'),
      check: (sent) => expect(values(sent, { __name__: 'gauge', job: 'test' })[0]).toBe(42),
    }),
    agent('InstanceLabel', {
      exposition: GAUGE,
      until: came('gauge'),
      check: ({ series }) => {
        for (const { labels } of series) expect(labels.instance).toMatch(/^127\.0\.0\.1:\d+$/);
      },
    }),
    agent('SortedLabels', {
      exposition: LABELLED('b="2",a="1"'),
      until: came('test'),
      check: (sent) => {
        for (const series of sent.series) expect(names(series)).toEqual([...names(series)].sort());
        expect(values(sent, { __name__: 'test', a: '1', b: '2' })[0]).toBe(1);
      },
    }),
    agent('RepeatedLabels', {
      exposition: LABELLED('a="1",a="1"'),
      until: came('up', 2),
      check: (sent) => {
        expect(sent.named('test')).toEqual([]);
        expect(values(sent, { __name__: 'up' })[0]).toBe(0);
        for (const series of sent.series) expect(new Set(names(series)).size).toBe(names(series).length);
      },
    }),
    agent('EmptyLabels', {
      exposition: LABELLED('a=""'),
      until: came('test'),
      check: (sent) => {
        for (const { labelList } of sent.series) for (const [, value] of labelList) expect(value).not.toBe('');
        expect(names(sent.one('test'))).not.toContain('a');
      },
    }),
    agent('NameLabel', {
      exposition: '# HELP test A gauge\n# TYPE test gauge\n{label="value"} 1.0\n',
      until: came('up', 2),
      check: (sent) => {
        expect(matching(sent, { label: 'value' })).toEqual([]);
        for (const series of sent.series) expect(names(series)).toContain('__name__');
      },
    }),
    agent('HonorLabels', {
      exposition: LABELLED('job="original",instance="foo"'),
      until: came('test'),
      check: (sent) => {
        const { exported_job, exported_instance, job } = sent.one('test').labels;
        expect([exported_job, exported_instance, job]).toEqual(['original', 'foo', 'test']);
      },
    }),
    agent('Staleness', {
      expose: (index) => (index % 10 === 0 ? '# TYPE stale gauge\nstale 0\n' : ''),
      until: came('stale', 2),
      check: (sent) => expect(sent.named('stale')[1]?.samples[0]?.bits).toBe(STALE_NAN),
    }),
    agent('Timestamp', {
      exposition: GAUGE,
      until: came('gauge', 2),
      check: (sent) => {
        const times = timesOf(sent.requests, 'gauge');
        for (const time of times) {
          expect(time).toBeGreaterThan(startedAtMs);
          expect(time).toBeLessThanOrEqual(Date.now());
        }
        expect(times).toEqual([...times].sort((a, b) => a - b));
      },
    }),
    agent('Headers', {
      exposition: GAUGE,
      check: ({ requests }) => {
        for (const { headers } of requests) {
          expect(headers).toMatchObject({
            'content-encoding': 'snappy',
            'content-type': 'application/x-protobuf',
            'x-prometheus-remote-write-version': '0.1.0',
          });
        }
      },
    }),
    agent('Ordering', {
      // A receiver that answers late or not at all must not make samples overtake each other.
      expose: () => Array.from({ length: 1000 }, (_, i) => `test{i="${i}"} 1\n`).join(''),
      script: (index) => (index % 2 === 0 ? { status: 503 } : {}),
      until: ({ requests }) => requests.filter(({ answeredStatus }) => answeredStatus === 204).length >= 4,
      check: ({ requests }) => {
        const last = new Map<string, number>();
        const accepted = requests
          .filter(({ answeredStatus }) => answeredStatus === 204)
          .flatMap(({ series }) => series);
        for (const { labelList, samples } of accepted) {
          const key = JSON.stringify(labelList);
          for (const { timestamp } of samples) {
            expect(timestamp).toBeGreaterThan(last.get(key) ?? 0);
            last.set(key, timestamp);
          }
        }
        expect(last.size).toBeGreaterThanOrEqual(1000);
      },
    }),
    agent('Retries500', {
      exposition: '# TYPE now gauge\nnow 1\n',
      script: first({ status: 500, body: 'internal server error' }),
      until: ({ requests }) => requests.length >= 2,
      check: ({ requests }) => {
        const [time] = timesOf(requests.slice(0, 1), 'now');
        expect(timesOf(requests.slice(1), 'now')).toContain(time);
      },
    }),
    agent('Retries400', {
      exposition: '# TYPE now gauge\nnow 1\n',
      script: first({ status: 400, body: 'bad request' }),
      until: ({ requests }) => requests.length >= 3,
      check: ({ requests }) => {
        const [time] = timesOf(requests.slice(0, 1), 'now');
        expect(timesOf(requests.slice(1), 'now')).not.toContain(time);
      },
    }),
  ],
});
