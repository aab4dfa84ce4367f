import { expect } from 'vitest';
import { encodeLabelBlock, WriteRequestBuilder } from '../../../core/wire/remote-write/v1.ts';
import { STALE_NAN } from './support/decoded-request.ts';
import type { SenderCase } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const HUGE = 'x'.repeat(10_000);
const LONG_NAME = `metric_${'very_long_name_'.repeat(50)}`;
const DAY_MS = 24 * 60 * 60 * 1000;
const hundred = Array.from({ length: 100 }, (_, i) => `metric_${String(i).padStart(3, '0')}`);

function staleBody(): Uint8Array {
  const builder = new WriteRequestBuilder();
  builder.addStaleSample(encodeLabelBlock([{ name: '__name__', value: 'test_metric' }]), Date.now());
  return builder.take();
}

function arrives(name: string, exposition: string, series: readonly string[]): SenderCase {
  return {
    name,
    exposition,
    check: ({ request }) => {
      const names = request.series.map(({ labels }) => labels.__name__);
      expect(names).toEqual(expect.arrayContaining([...series]));
    },
  };
}

senderSuite({
  TestEdgeCases: [
    {
      // A scrape without metrics still says that the target is up; a push without series has nothing to send on.
      name: 'empty_scrape',
      exposition: '# No metrics\n',
      until: ({ kind, requests }) => kind === 'gateway' || requests.length > 0,
      check: (sent) => {
        if (sent.kind === 'gateway') expect([sent.pushStatus, sent.requests]).toEqual([204, []]);
        else expect(sent.one('up').samples[0]?.value).toBe(1);
      },
    },
    {
      name: 'huge_label_values',
      exposition: `test_metric{large_label="${HUGE}"} 42\n`,
      until: ({ kind, requests }) => kind === 'gateway' || requests.length > 0,
      check: (sent) => {
        // The gateway's tenants have Mimir's limit of 2048 bytes unless another is set: refused, and said so.
        if (sent.kind === 'gateway') expect([sent.pushStatus, sent.requests]).toEqual([400, []]);
        else expect(sent.one('test_metric').labels.large_label).toBe(HUGE);
      },
    },
    {
      name: 'unicode_in_labels',
      exposition: 'test_metric{emoji="🚀",chinese="测试",arabic="مرحبا",vietnamese="tôi yêu việt nam"} 42\n',
      check: (sent) =>
        expect(sent.one('test_metric').labels).toMatchObject({
          emoji: '🚀',
          chinese: '测试',
          arabic: 'مرحبا',
          vietnamese: 'tôi yêu việt nam',
        }),
    },
    arrives('many_timeseries', hundred.map((name, i) => `${name} ${i}\n`).join(''), hundred),
    {
      name: 'high_cardinality',
      exposition: Array.from(
        { length: 50 },
        (_, i) => `http_requests{path="/api/v1/endpoint_${i}",method="GET"} ${i}\n`,
      ).join(''),
      check: ({ request }) => {
        expect(request.series.filter(({ labels }) => labels.__name__ === 'http_requests')).toHaveLength(50);
        expect(new Set(request.symbols).size).toBe(request.symbols.length);
      },
    },
    arrives('very_long_metric_name', `${LONG_NAME} 42\n`, [LONG_NAME]),
    {
      name: 'special_float_combinations',
      exposition: [
        ['nan', 'NaN'],
        ['inf', '+Inf'],
        ['ninf', '-Inf'],
        ['zero', '0'],
        ['negative', '-123.45'],
      ]
        .map(([type, value]) => `special_values{type="${type}"} ${value}\n`)
        .join(''),
      check: (sent) => {
        const values = sent.named('special_values').map(({ labels, samples }) => [labels.type, samples[0]?.value]);
        expect(Object.fromEntries(values)).toEqual({
          nan: Number.NaN,
          inf: Number.POSITIVE_INFINITY,
          ninf: Number.NEGATIVE_INFINITY,
          zero: 0,
          negative: -123.45,
        });
      },
    },
    {
      name: 'zero_timestamp',
      exposition: 'test_metric 42 0\n',
      check: (sent) => expect(sent.one('test_metric').samples[0]?.timestamp).toBe(0),
    },
    {
      name: 'future_timestamp',
      expose: () => `test_metric 42 ${Date.now() + DAY_MS}\n`,
      until: ({ kind, requests }) => kind === 'gateway' || requests.length > 0,
      check: (sent) => {
        // The gateway's tenants have Mimir's creation_grace_period of 10 minutes: refused, and said so.
        if (sent.kind === 'gateway') expect([sent.pushStatus, sent.requests]).toEqual([400, []]);
        else expect(sent.one('test_metric').samples[0]?.timestamp).toBeGreaterThan(Date.now() + DAY_MS / 2);
      },
    },
    arrives('metric_name_with_colons', 'http:request:duration:seconds 0.5\n', ['http:request:duration:seconds']),
    {
      // The agent marks the end of a series that its target shows no more; the gateway passes the mark on bit by bit.
      name: 'stale_marker',
      expose: (index) => (index % 10 === 0 ? 'test_metric 1\n' : 'other_metric 1\n'),
      pushed: staleBody(),
      until: (sent) => sent.named('test_metric').length >= (sent.kind === 'agent' ? 2 : 1),
      check: (sent) => expect(sent.named('test_metric').at(-1)?.samples[0]?.bits).toBe(STALE_NAN),
    },
    arrives(
      'mixed_sample_and_histogram_families',
      `requests_total 100
temperature_celsius 22.5
response_time_bucket{le="0.1"} 50
response_time_bucket{le="+Inf"} 100
response_time_sum 10.5
response_time_count 100
rpc_duration{quantile="0.5"} 0.05
rpc_duration{quantile="0.9"} 0.1
rpc_duration_sum 50.0
rpc_duration_count 1000
`,
      [
        'requests_total',
        'temperature_celsius',
        'response_time_bucket',
        'response_time_count',
        'rpc_duration',
        'rpc_duration_sum',
      ],
    ),
  ],
  TestRobustnessUnderLoad: [
    {
      name: '(body)',
      exposition: Array.from({ length: 200 }, (_, i) => `load_test_metric_${i}{label="value_${i % 10}"} ${i}\n`).join(
        '',
      ),
      check: ({ request }) => {
        const series = request.series.filter(({ labels }) => labels.__name__!.startsWith('load_test_metric_'));
        expect(series).toHaveLength(200);
      },
    },
  ],
});
