import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../../bytes/utf8.ts';
import { OutcomeError } from '../../outcome.ts';
import { protobufExposition } from '../exposition/client-model.fixture.ts';
import { decodeWriteRequest } from '../remote-write/v1.ts';
import { sampleTexts } from '../samples.fixture.ts';
import { parseGroupingKey } from './grouping-key.ts';
import { pushOfProtobuf } from './protobuf.ts';
import { pushOfText } from './pushgateway.ts';

const NOW = 1_700_000_000_500;
const OPTIONS = { nowMs: NOW, maxBytes: 100_000 };
const JOB = new Map([['job', 'backup']]);
const PUSH_TIME = `{__name__="push_time_seconds", job="backup"} ${NOW / 1000} ${NOW}`;

const push = (text: string, grouping: ReadonlyMap<string, string> = JOB) =>
  pushOfText(encodeUtf8(text), grouping, OPTIONS);

function failureOf(action: () => unknown): { reason: string; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof OutcomeError) return error.failure;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a push in text', () => {
  it('becomes one sample of each series at the time of arrival, with the time of the push', () => {
    const { body, samples } = push('# TYPE jobs counter\n# HELP jobs Jobs done\njobs{kind="a"} 5\nlast_run 1.5e3\n');
    expect(sampleTexts(body)).toEqual([
      `{__name__="jobs", job="backup", kind="a"} 5 ${NOW}`,
      `{__name__="last_run", job="backup"} 1500 ${NOW}`,
      PUSH_TIME,
    ]);
    expect(samples).toBe(3);
    expect(decodeWriteRequest(body).metadata.map(({ family, type, help }) => [family, type, help])).toEqual([
      ['jobs', 'counter', 'Jobs done'],
      ['push_time_seconds', 'gauge', 'Last Unix time when this group was pushed through the gateway.'],
    ]);
  });

  it('has the labels of the URL in place of its own, and an empty one there removes its own', () => {
    const grouping = new Map([
      ['job', 'backup'],
      ['instance', ''],
      ['zone', 'eu'],
    ]);
    const { body } = push('x{job="other",instance="i",zone="us",kept="yes"} 1\n', grouping);
    expect(sampleTexts(body)[0]).toBe(`{__name__="x", job="backup", kept="yes", zone="eu"} 1 ${NOW}`);
  });

  it('may be empty, and cannot set the time of the push itself', () => {
    expect(sampleTexts(push('').body)).toEqual([PUSH_TIME]);
    expect(sampleTexts(push('# TYPE push_time_seconds counter\npush_time_seconds 7\n').body)).toEqual([PUSH_TIME]);
  });

  it.each([
    [
      'a timestamp',
      'a 1\nb 2 1700000000000\n',
      'inconsistent_push',
      'line 2: a pushed sample must not have a timestamp',
    ],
    [
      'a series twice',
      'a{x="1"} 1\na{x="1"} 2\n',
      'inconsistent_push',
      '{__name__="a", job="backup", x="1"} is pushed twice',
    ],
    ['two series that the URL makes one', 'a{job="1"} 1\na{job="2"} 2\n', 'inconsistent_push', 'is pushed twice'],
    ['a bad value', 'a 1\nb x\n', 'malformed_exposition', 'line 2: bad value'],
    ['a label used twice', 'a{x="1",x="2"} 1\n', 'malformed_exposition', 'label name "x" is not unique'],
    ['a type that does not exist', '# TYPE a thing\n', 'malformed_exposition', 'invalid metric type'],
    ['binary', '\u0000\u0001', 'malformed_exposition', 'line 1: expected a metric name'],
  ])('with %s is refused and told so', (_, text, reason, message) => {
    const failure = failureOf(() => push(text));
    expect(failure.reason).toBe(reason);
    expect(failure.message).toContain(message);
  });

  it('is refused where the grouping key makes its series too large', () => {
    const long = new Map([...JOB, ['path', 'x'.repeat(1000)]]);
    const text = Array.from({ length: 200 }, (_, i) => `a{i="${i}"} 1\n`).join('');
    expect(failureOf(() => push(text, long)).reason).toBe('body_too_large');
  });

  it("of prom-client's registry means what the registry holds", async () => {
    const registry = new Registry();
    new Counter({ name: 'c_total', help: 'a\nb', labelNames: ['l'], registers: [registry] }).inc({ l: 'x"y\\z\n' }, 3);
    new Gauge({ name: 'g', help: 'g', registers: [registry] }).set(-0.5);
    new Histogram({ name: 'h', help: 'h', buckets: [1, 2], registers: [registry] }).observe(1.5);
    const { body } = push(await registry.metrics());
    expect(sampleTexts(body)).toEqual([
      `{__name__="c_total", job="backup", l="x\\"y\\\\z\\n"} 3 ${NOW}`,
      `{__name__="g", job="backup"} -0.5 ${NOW}`,
      `{__name__="h_bucket", job="backup", le="1.0"} 0 ${NOW}`,
      `{__name__="h_bucket", job="backup", le="2.0"} 1 ${NOW}`,
      `{__name__="h_bucket", job="backup", le="+Inf"} 1 ${NOW}`,
      `{__name__="h_sum", job="backup"} 1.5 ${NOW}`,
      `{__name__="h_count", job="backup"} 1 ${NOW}`,
      PUSH_TIME,
    ]);
    expect(decodeWriteRequest(body).metadata.map(({ type }) => type)).toEqual([
      'counter',
      'gauge',
      'histogram',
      'gauge',
    ]);
  });
});

describe('a push in protobuf', () => {
  const label = [{ name: 'job', value: 'other' }];

  it('means the same as in text', () => {
    const bytes = protobufExposition([
      { name: 'c_total', help: 'C', type: 'COUNTER', metric: [{ label, counter: { value: 3 } }] },
      { name: 'g', type: 'GAUGE', metric: [{ gauge: { value: -0.5 } }] },
    ]);
    const text = push('# HELP c_total C\n# TYPE c_total counter\nc_total{job="other"} 3\n# TYPE g gauge\ng -0.5\n');
    expect(sampleTexts(pushOfProtobuf(bytes, JOB, OPTIONS).body)).toEqual(sampleTexts(text.body));
  });

  it('keeps native histograms and exemplars', () => {
    const exemplar = { label: [{ name: 'trace_id', value: 'abc' }], value: 1.5 };
    const bytes = protobufExposition([
      { name: 'c_total', type: 'COUNTER', metric: [{ counter: { value: 3, exemplar } }] },
      {
        name: 'h',
        type: 'HISTOGRAM',
        metric: [
          {
            histogram: {
              sample_count: 3,
              sample_sum: 4.5,
              schema: 2,
              zero_threshold: 0.001,
              positive_span: [{ offset: 0, length: 2 }],
              positive_delta: [1, 1],
            },
          },
        ],
      },
    ]);
    const { series } = decodeWriteRequest(pushOfProtobuf(bytes, JOB, OPTIONS).body);
    expect(
      series.map(({ histograms, exemplars, samples }) => [histograms.length, exemplars.length, samples.length]),
    ).toEqual([
      [0, 1, 1],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    expect(series[0].exemplars[0]).toMatchObject({ value: 1.5, timestampMs: NOW });
  });

  it('with a timestamp or a series twice is refused', () => {
    const family = (...metric: object[]) => protobufExposition([{ name: 'g', type: 'GAUGE', metric }]);
    const gauge = { value: 1 };
    const timed = failureOf(() => pushOfProtobuf(family({ gauge, timestamp_ms: 5 }), JOB, OPTIONS));
    expect(timed).toMatchObject({ reason: 'inconsistent_push', message: expect.stringContaining('a sample of g has') });
    expect(failureOf(() => pushOfProtobuf(family({ gauge }, { gauge }), JOB, OPTIONS)).reason).toBe(
      'inconsistent_push',
    );
  });

  it('is refused wherever it is cut off', () => {
    const bytes = protobufExposition([
      { name: 'g', help: 'h', type: 'GAUGE', metric: [{ label, gauge: { value: 1 } }] },
    ]);
    for (let length = 1; length < bytes.length; length++) {
      expect(failureOf(() => pushOfProtobuf(bytes.subarray(0, length), JOB, OPTIONS)).reason).toBe(
        'malformed_protobuf',
      );
    }
  });
});

const key = (path: string) => Object.fromEntries(parseGroupingKey(path));

describe('the grouping key', () => {
  // The examples of the Pushgateway's README, and its handler's rules.
  it.each([
    ['/metrics/job/some_job', { job: 'some_job' }],
    ['/metrics/job/some_job/', { job: 'some_job' }],
    ['/metrics/job/directory_cleaner/path@base64/L3Zhci90bXA', { job: 'directory_cleaner', path: '/var/tmp' }],
    ['/metrics/job/example/first_label@base64/=', { job: 'example', first_label: '' }],
    ['/metrics/job/titan/name@base64/zqDPgc6_zrzOt864zrXPjc-C', { job: 'titan', name: 'Προμηθεύς' }],
    [
      '/metrics/job/titan/name/%CE%A0%CF%81%CE%BF%CE%BC%CE%B7%CE%B8%CE%B5%CF%8D%CF%82',
      { job: 'titan', name: 'Προμηθεύς' },
    ],
    ['/metrics/job@base64/L3Zhci90bXA=', { job: '/var/tmp' }],
    ['/metrics/job/a%2Fb/c/d%20e', { job: 'a/b', c: 'd e' }],
    ['/metrics/job/a/c//d/e', { job: 'a', c: '', d: 'e' }],
  ])('%s is read', (path, expected) => {
    expect(key(path)).toEqual(expected);
  });

  it.each([
    ['/metrics/job/', 'not pairs'],
    ['/metrics/job/a/b', 'not pairs'],
    ['/metrics/job@base64/=', 'the job name in the URL is empty'],
    ['/metrics/job/a/b-c/d', '"b-c" in the URL is no label name'],
    ['/metrics/job/a/__name__/d', '"__name__" in the URL is no label name'],
    ['/metrics/job/a/job/b', 'the label "job" twice'],
    ['/metrics/job/%ff', 'not percent-encoded UTF-8'],
    ['/metrics/job/a/b@base64/!', 'not URL-safe base64'],
    ['/metrics/job/a/b@base64/_w', 'not URL-safe base64 of UTF-8'],
  ])('%s is refused', (path, message) => {
    expect(() => parseGroupingKey(path)).toThrow(message);
  });

  it('holds any text in base64, as Pushgateway clients encode it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const encoded = Buffer.from(value, 'utf8').toString('base64url') || '=';
        expect(key(`/metrics/job/a/b@base64/${encoded}`)).toEqual({ job: 'a', b: value });
      }),
    );
  });
});
