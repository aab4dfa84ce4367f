import { expect } from 'vitest';
import { protobufExposition } from '../../../core/wire/exposition/client-model.fixture.ts';
import type { SentExemplar } from './support/decoded-request.ts';
import type { SenderCase, Sent } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const HISTOGRAM = `# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.1"} 50 # {trace_id="abc123xyz"} 0.05 1234567890.123
http_request_duration_seconds_bucket{le="+Inf"} 100
http_request_duration_seconds_sum 10.5
http_request_duration_seconds_count 100
# EOF
`;
const counter = (labels: string, rest = '99 1234567890.5') =>
  `# TYPE test_counter counter\ntest_counter_total 100 # {${labels}} ${rest}\n# EOF\n`;

const BUCKETS = {
  sample_count: 3,
  sample_sum: 1.5,
  schema: 0,
  zero_threshold: 0.001,
  positive_span: [{ offset: 0, length: 1 }],
  positive_delta: [3],
};
const SEVERAL = protobufExposition([
  {
    name: 'test_histogram',
    type: 4,
    metric: [
      {
        histogram: {
          ...BUCKETS,
          exemplars: [1, 2].map((i) => ({
            label: [{ name: 'trace_id', value: `ex${i}` }],
            value: i / 10,
            timestamp: { seconds: 1_234_567_890 + i },
          })),
        },
      },
    ],
  },
]);

const exemplarsOf = (sent: Sent) => sent.series.flatMap(({ exemplars }) => exemplars);
const hasExemplar = (sent: Sent) => exemplarsOf(sent).length > 0;

function exemplar(name: string, exposition: string, check: (exemplar: SentExemplar, sent: Sent) => void): SenderCase {
  return { name, exposition, until: hasExemplar, check: (sent) => check(exemplarsOf(sent)[0]!, sent) };
}

senderSuite({
  TestExemplarEncoding: [
    exemplar('exemplar_with_trace_id', HISTOGRAM, ({ labels }) => expect(labels).toEqual({ trace_id: 'abc123xyz' })),
    exemplar('exemplar_with_span_id', counter('trace_id="abc123",span_id="def456"'), ({ labels }) =>
      expect(labels).toEqual({ trace_id: 'abc123', span_id: 'def456' }),
    ),
    exemplar('exemplar_value_valid', counter('trace_id="test123"', '99.5 1234567890.0'), ({ value }) =>
      expect(value).toBe(99.5),
    ),
    exemplar('exemplar_timestamp_valid', counter('trace_id="test123"', '99 1234567890.123'), ({ timestamp }) =>
      expect(timestamp).toBe(1_234_567_890_123),
    ),
    exemplar('exemplar_labels_valid_refs', counter('trace_id="xyz"'), (_, { requests }) => {
      for (const { symbols, series } of requests) {
        for (const ref of series.flatMap(({ exemplars }) => exemplars.flatMap(({ refs }) => refs))) {
          expect(ref).toBeLessThan(symbols.length);
        }
      }
    }),
    exemplar('exemplar_custom_labels', counter('user_id="user123",request_id="req456"'), ({ labels }) =>
      expect(labels).toEqual({ user_id: 'user123', request_id: 'req456' }),
    ),
    exemplar('exemplar_on_histogram', HISTOGRAM, (_, sent) => {
      const bucket = sent.named('http_request_duration_seconds_bucket').find(({ exemplars }) => exemplars.length > 0);
      expect(bucket?.labels.le).toBe('0.1');
      // 2.0 knows no series that holds exemplars alone.
      expect(bucket?.samples).toHaveLength(1);
    }),
    exemplar('exemplar_labels_even_length', counter('trace_id="test"'), ({ refs }) => expect(refs).toHaveLength(2)),
    {
      name: 'multiple_exemplars_per_series',
      protobuf: SEVERAL,
      scrape: 'scrape_native_histograms = true',
      until: hasExemplar,
      check: (sent) => {
        const found = sent.named('test_histogram').find(({ exemplars }) => exemplars.length > 0);
        expect(found?.exemplars.map(({ labels }) => labels.trace_id)).toEqual(['ex1', 'ex2']);
        expect(found?.histograms).toHaveLength(1);
      },
    },
  ],
});
