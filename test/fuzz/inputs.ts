// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of tenants
/**
 * What the corpus begins with. `good-` inputs must be taken, `bad-` inputs must be refused, the others may be either: they
 * are hostile in a way that is legal. Inputs that are large are made where they are used (large.ts), not stored.
 */
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { crc32c } from '../../core/bytes/crc32c.ts';
import { protobufExposition } from '../../core/wire/exposition/client-model.fixture.ts';
import { otlpLogsJsonToProtobuf } from '../../core/wire/otlp/logs.ts';
import { otlpMetricsJsonToProtobuf } from '../../core/wire/otlp/metrics.ts';
import { otlpTracesJsonToProtobuf } from '../../core/wire/otlp/traces.ts';
import {
  concat,
  type FieldValue,
  field,
  message,
  nested,
  THRIFT_TYPES as T,
  thriftI32,
  thriftI64,
  thriftList,
  thriftString,
  thriftStruct,
  utf8,
  varint,
} from './wire.ts';

type Inputs = Readonly<Record<string, Uint8Array>>;

/** Wrong in every protobuf message, whatever its fields. */
const BAD_PROTOBUF: Inputs = {
  'bad-tag-truncated': Uint8Array.of(0x80),
  'bad-varint-of-eleven-bytes': concat([0x08], Array(10).fill(0xff), [0x01]),
  'bad-varint-above-64-bits': concat([0x08], Array(9).fill(0xff), [0x7f]),
  'bad-length-past-end': Uint8Array.of(0x0a, 0x7f, 0x01),
  'bad-length-of-4-gib': concat([0x0a], varint(0xffff_ffff), [0x00]),
  'bad-length-of-2-to-the-63': concat([0x0a], varint(1n << 63n), [0x00]),
  'bad-group-start': Uint8Array.of(0x0b, 0x08, 0x01, 0x0c),
  'bad-group-end': Uint8Array.of(0x0c),
  'bad-wire-type-6': Uint8Array.of(0x0e, 0x01),
  'bad-wire-type-7': Uint8Array.of(0x0f, 0x01),
  'bad-field-zero': Uint8Array.of(0x02, 0x00),
  'bad-first-field-as-varint': Uint8Array.of(0x08, 0x01),
};

const MAYBE_PROTOBUF: Inputs = {
  empty: new Uint8Array(),
  'unknown-fields-only': message({ 100: 5, 101: 'x', 536870911: { double: 1 } }),
  'nested-200-deep': nested(1, 200),
  'nested-200-deep-unknown': nested(99, 200),
  'a-thousand-empty-messages': concat(...Array(1000).fill(Uint8Array.of(0x0a, 0x00))),
};

const JSON_INPUTS: Inputs = {
  'bad-nothing': new Uint8Array(),
  'bad-open-bracket': utf8('{"a":['),
  'bad-two-values': utf8('{}{}'),
  'bad-text': utf8('"text"'),
  'bad-invalid-utf8': concat(utf8('{"'), [0xff], utf8('":1}')),
  'null-root': utf8('null'),
  'number-root': utf8('1e999'),
  'byte-order-mark': utf8('\ufeff{}'),
  'nul-outside-of-texts': utf8('{\0}'),
  'prototype-keys': utf8('{"__proto__":{"streams":[]},"constructor":1,"toString":[]}'),
  'arrays-500-deep': utf8('['.repeat(500) + ']'.repeat(500)),
  'objects-500-deep': utf8(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`),
  'huge-number': utf8(`{"timeUnixNano":${'9'.repeat(400)}}`),
};

const TEXT_INPUTS: Inputs = {
  nothing: new Uint8Array(),
  newlines: utf8('\n\n\r\n\n'),
  nul: utf8('a\0b'),
  'byte-order-mark': utf8('\ufeffup 1\n'),
  'invalid-utf8': Uint8Array.of(0xff, 0xfe, 0x20, 0x31, 0x0a),
  'overlong-utf8': Uint8Array.of(0xc0, 0xaf, 0x0a),
  'surrogate-in-utf8': Uint8Array.of(0xed, 0xa0, 0x80, 0x0a),
  'right-to-left-and-astral': utf8('\u202eab\u{1f600}\u{10ffff}\n'),
  quotes: utf8('"'.repeat(200)),
  backslashes: utf8('\\'.repeat(201)),
  braces: utf8('{'.repeat(200)),
  parentheses: utf8('('.repeat(1000)),
  'one-long-word': utf8('a'.repeat(3000)),
  'one-long-number': utf8('9'.repeat(3000)),
};

// Remote write

const label = (name: string | Uint8Array, value: string | Uint8Array) => message({ 1: name, 2: value });
const sample = (value: number, timestampMs: number | bigint) => message({ 1: { double: value }, 2: timestampMs });
const labels = [label('__name__', 'http_seconds'), label('job', 'größe'), label('path', 'x'.repeat(130))];
const exemplar = message({ 1: [label('trace_id', 'abc')], 2: { double: 0.5 }, 3: 1_767_225_600_000 });
const integerHistogram = message({
  ...{ 1: 5, 3: { double: 12.5 }, 4: 2, 5: { double: 0.001 }, 6: 1 },
  ...{ 11: message({ 1: 0, 2: 2 }), 12: Uint8Array.of(2, 4), 15: 1_767_225_600_000 },
});
const series1 = message({
  1: labels,
  2: [sample(1.5, 1_767_225_600_000), sample(Number.NaN, -1)],
  3: exemplar,
  4: integerHistogram,
});
const writeRequest = message({ 1: [series1, series1], 3: message({ 1: 1, 2: 'http_seconds', 4: 'Time', 5: 's' }) });

const one = (fields: Readonly<Record<number, FieldValue>>) => field(1, message(fields));

const REMOTE_WRITE_1: Inputs = {
  ...BAD_PROTOBUF,
  ...MAYBE_PROTOBUF,
  'good-series-exemplar-histogram-metadata': writeRequest,
  'labels-unsorted': one({ 1: [label('z', '1'), label('__name__', 'a')], 2: sample(1, 1) }),
  'labels-duplicate': one({ 1: [label('__name__', 'a'), label('x', '1'), label('x', '2')], 2: sample(1, 1) }),
  'labels-empty-name': one({ 1: [label('__name__', 'a'), label('', '1')], 2: sample(1, 1) }),
  'labels-empty-value': one({ 1: [label('__name__', 'a'), label('x', '')], 2: sample(1, 1) }),
  'labels-twice-a-name': one({ 1: [label('__name__', 'a'), label('__name__', 'b')], 2: sample(1, 1) }),
  'labels-behind-samples': one({ 2: sample(1, 1), 1: labels }),
  'labels-500': one({ 1: Array.from({ length: 500 }, (_, i) => label(`l${i}`, 'v')), 2: sample(1, 1) }),
  'label-name-of-3-kib': one({ 1: [label('n'.repeat(3000), 'v')], 2: sample(1, 1) }),
  'label-value-invalid-utf8': one({ 1: [label('__name__', Uint8Array.of(0xc3, 0x28))], 2: sample(1, 1) }),
  'label-value-surrogate': one({ 1: [label('__name__', Uint8Array.of(0xed, 0xa0, 0x80))], 2: sample(1, 1) }),
  'label-value-nul-and-bom': one({ 1: [label('__name__', 'a'), label('x', '\ufeff\0')], 2: sample(1, 1) }),
  'a-thousand-series-without-samples': concat(...Array(500).fill(field(1, message({ 1: label('__name__', 'a') })))),
  'timestamp-extremes': one({ 1: labels, 2: [sample(1, -(1n << 63n)), sample(1, (1n << 63n) - 1n)] }),
  'bad-sample-cut': one({ 1: labels, 2: Uint8Array.of(0x09, 0, 0, 0) }),
  'bad-label-of-wrong-type': one({ 1: 5 }),
  'histogram-spans-that-lie': one({
    1: labels,
    4: message({ 1: 1, 11: message({ 1: 2 ** 31, 2: 0xffff_ffff }), 12: Uint8Array.of(2) }),
  }),
};

const symbols = ['', '__name__', 'http_seconds', 'job', 'größe', 'Time', 's', 'trace_id', 'abc'];
const packed = (...numbers: readonly number[]) => concat(...numbers.map((each) => varint(each)));
const series2 = message({
  1: packed(1, 2, 3, 4),
  2: [message({ 1: { double: 1.5 }, 2: 1_767_225_600_000, 3: 1_767_225_000_000 })],
  4: [message({ 1: packed(7, 8), 2: { double: 0.5 }, 3: 1_767_225_600_000 })],
  5: message({ 1: 1, 3: 5, 4: 6 }),
});
const histogram2 = message({ 1: packed(1, 2), 3: [integerHistogram] });
const request2 = (series: readonly Uint8Array[], table: readonly string[] = symbols) =>
  message({ 4: table, 5: series });

const { 'bad-first-field-as-varint': _, ...BAD_REMOTE_WRITE_2 } = BAD_PROTOBUF;
const REMOTE_WRITE_2: Inputs = {
  ...BAD_REMOTE_WRITE_2,
  ...MAYBE_PROTOBUF,
  'good-series-exemplar-histogram-metadata': request2([series2, histogram2]),
  'good-symbols-behind-series': concat(field(5, series2), field(4, symbols)),
  'first-symbol-not-empty': request2([series2], ['x', ...symbols.slice(1)]),
  'no-symbols': request2([series2], []),
  'references-odd': request2([message({ 1: packed(1, 2, 3), 2: sample(1, 1) })]),
  'references-out-of-range': request2([message({ 1: packed(1, 9999), 2: sample(1, 1) })]),
  'references-of-4-gib': request2([message({ 1: packed(1, 0xffff_ffff), 2: sample(1, 1) })]),
  'references-not-packed': request2([concat(field(1, 1), field(1, 2), field(2, sample(1, 1)))]),
  'references-cut': request2([message({ 1: Uint8Array.of(1, 0x80), 2: sample(1, 1) })]),
  'one-large-symbol-used-often': request2(
    Array.from({ length: 200 }, () => message({ 1: packed(1, 2, 3, 3), 2: sample(1, 1) })),
    ['', '__name__', 'a', 'x'.repeat(2000)],
  ),
  'five-hundred-symbols-unused': request2(
    [],
    Array.from({ length: 500 }, (_, i) => `s${i}`),
  ),
  'symbols-invalid-utf8': concat(
    field(4, ['', '__name__']),
    field(4, Uint8Array.of(0xff)),
    field(5, message({ 1: packed(1, 2), 2: sample(1, 1) })),
  ),
};

// Loki

const timestamp = message({ 1: 1_767_225_600, 2: 123_456_789 });
const entry = message({ 1: timestamp, 2: 'größe=5', 3: message({ 1: 'trace', 2: '1' }) });
const LOKI_PROTOBUF: Inputs = {
  ...BAD_PROTOBUF,
  ...MAYBE_PROTOBUF,
  'good-two-streams': message({
    1: [
      message({ 1: '{app="shop", level="in\\"fo"}', 2: [entry, message({ 1: timestamp, 2: '' })], 3: 7 }),
      message({ 1: '{a=`b`}', 2: entry }),
    ],
  }),
  'bad-labels-text': one({ 1: '{app=', 2: entry }),
  'bad-labels-of-open-quotes': one({ 1: `{a="${'\\"'.repeat(500)}`, 2: entry }),
  'line-invalid-utf8': one({ 1: '{a="b"}', 2: message({ 1: timestamp, 2: Uint8Array.of(0xff, 0x0a) }) }),
  'line-nul-bom-rtl': one({ 1: '{a="b"}', 2: message({ 1: timestamp, 2: '\ufeff\0\u202e😀' }) }),
  'timestamp-negative': one({ 1: '{a="b"}', 2: message({ 1: message({ 1: -1n, 2: -1n }), 2: 'x' }) }),
  'timestamp-extreme': one({ 1: '{a="b"}', 2: message({ 1: message({ 1: (1n << 63n) - 1n, 2: 1 }), 2: 'x' }) }),
  'a-thousand-empty-entries': one({ 1: '{a="b"}', 2: Array(1000).fill(new Uint8Array()) }),
};

const LOKI_JSON: Inputs = {
  ...JSON_INPUTS,
  'good-streams-and-metadata': utf8(
    '{"streams":[{"stream":{"a":"b"},"values":[["1767225600123456789","line",{"m":"1"}],["5","x"]]}]}',
  ),
  'line-lone-surrogate': utf8('{"streams":[{"stream":{"a":"b"},"values":[["1","\\ud800"]]}]}'),
  'line-nul': utf8('{"streams":[{"stream":{"a":"b"},"values":[["1","\\u0000"]]}]}'),
  'label-lone-surrogate': utf8('{"streams":[{"stream":{"a":"\\udc00"},"values":[["1","x"]]}]}'),
  'bad-timestamp-is-a-float': utf8('{"streams":[{"stream":{"a":"b"},"values":[["1.5","x"]]}]}'),
  'bad-timestamp-is-very-long': utf8(`{"streams":[{"stream":{"a":"b"},"values":[["${'9'.repeat(2000)}","x"]]}]}`),
  'bad-stream-is-a-list': utf8('{"streams":[{"stream":["a"],"values":[["1","x"]]}]}'),
  'bad-values-are-objects': utf8('{"streams":[{"stream":{"a":"b"},"values":[{}]}]}'),
  'prototype-labels': utf8('{"streams":[{"stream":{"__proto__":"x","constructor":"y"},"values":[["1","x"]]}]}'),
};

const LABELS_TEXT: Inputs = {
  ...TEXT_INPUTS,
  'good-quotes-escapes-backticks': utf8('{app="shop", level="in\\"fo\\x41\\u00e9", raw=`x`}'),
  'good-empty': utf8('{}'),
  'bad-escape': utf8('{a="\\q"}'),
  'bad-surrogate-escape': utf8('{a="\\ud800"}'),
  'bad-code-point': utf8('{a="\\U00110000"}'),
  'twice-one-name': utf8('{a="1", a="2"}'),
  'a-hundred-labels': utf8(`{${Array.from({ length: 100 }, (_, i) => `l${i}="v"`).join(',')}}`),
};

// OTLP

const attribute = (value: unknown) => ({ key: 'a', value });
const anyValues = [
  { arrayValue: { values: [{ intValue: '-5' }, { doubleValue: 0.5 }] } },
  { kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }] } },
  { bytesValue: 'AQI=' },
  {},
];
const tracesJson = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          scope: { name: 'lib', version: '1' },
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
              parentSpanId: '0807060504030201',
              name: 'GET',
              kind: 2,
              startTimeUnixNano: '1767225600000000000',
              endTimeUnixNano: 1767225600000000000,
              attributes: anyValues.map(attribute),
              events: [{ timeUnixNano: 5, name: 'e', attributes: anyValues.map(attribute) }],
              links: [{ traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '0102030405060708' }],
              status: { code: 2, message: 'x' },
            },
          ],
        },
      ],
    },
  ],
});
const logsJson = JSON.stringify({
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeLogs: [
        {
          scope: { name: 'lib' },
          logRecords: [
            {
              timeUnixNano: '1767225600000000000',
              severityNumber: 9,
              severityText: 'INFO',
              body: { kvlistValue: { values: anyValues.map(attribute) } },
              attributes: anyValues.map(attribute),
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
            },
            { body: { stringValue: 'größe' } },
          ],
        },
      ],
    },
  ],
});
const point = {
  timeUnixNano: '1767225600000000000',
  startTimeUnixNano: '1767225000000000000',
  attributes: anyValues.map(attribute),
};
const metricsJson = JSON.stringify({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeMetrics: [
        {
          scope: { name: 'lib' },
          metrics: [
            {
              name: 'g',
              unit: 's',
              gauge: {
                dataPoints: [
                  { ...point, asDouble: 1.5 },
                  { ...point, asInt: '-7' },
                ],
              },
            },
            { name: 'c', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, asInt: 3 }] } },
            {
              name: 'h',
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    ...point,
                    count: '3',
                    sum: 2.5,
                    bucketCounts: ['1', 2],
                    explicitBounds: [0.5],
                    exemplars: [{ asDouble: 1, timeUnixNano: '5' }],
                  },
                ],
              },
            },
            {
              name: 'e',
              exponentialHistogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  { ...point, count: 2, sum: 1, scale: 3, zeroCount: 1, positive: { offset: -2, bucketCounts: [1] } },
                ],
              },
            },
            {
              name: 's',
              summary: { dataPoints: [{ ...point, count: 2, sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }] }] },
            },
          ],
        },
      ],
    },
  ],
});

/** AnyValue in AnyValue, as arrays: what a log body or an attribute may be. */
const deepValue = (depth: number) => {
  let value = message({ 1: 'x' });
  for (let i = 0; i < depth; i++) value = field(5, field(1, value));
  return value;
};
const deepJsonValue = (depth: number) =>
  `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"x"}${']}}'.repeat(depth)}`;

const otlpProtobuf = (good: Uint8Array): Inputs => ({
  ...BAD_PROTOBUF,
  ...MAYBE_PROTOBUF,
  'good-every-kind': good,
  'resource-value-20-deep': one({ 1: field(1, message({ 1: 'a', 2: deepValue(20) })) }),
  'bad-resource-value-1000-deep': one({ 1: field(1, message({ 1: 'a', 2: deepValue(1000) })) }),
  'bad-key-invalid-utf8': one({ 1: field(1, message({ 1: Uint8Array.of(0xff) })) }),
});

const otlpJson = (good: string, root: string): Inputs => ({
  ...JSON_INPUTS,
  'good-every-kind': utf8(good),
  'good-unknown-fields': utf8('{"later":{"than":["us"]}}'),
  'bad-resource-value-1000-deep': utf8(
    `{"${root}":[{"resource":{"attributes":[{"key":"a","value":${deepJsonValue(1000)}}]}}]}`,
  ),
  'id-odd': utf8(good.replaceAll('0102030405060708"', '01020304050607"')),
  'id-not-hex': utf8(good.replaceAll('0102030405060708', 'zz02030405060708')),
  'bad-number-too-large': utf8(good.replaceAll('"1767225600000000000"', '"99999999999999999999999"')),
  'bad-number-is-a-word': utf8(good.replaceAll('"1767225600000000000"', '"soon"')),
  'text-lone-surrogate': utf8(good.replace('shop', '\\ud800')),
  'text-nul': utf8(good.replace('shop', '\\u0000')),
  'bytes-not-base64': utf8(good.replaceAll('AQI=', '*')),
  [`null-${root}`]: utf8(`{"${root}":null}`),
  'list-of-nulls': utf8(`{"${root}":[null,null]}`),
});

// Exposition

const EXPOSITION_TEXT: Inputs = {
  ...TEXT_INPUTS,
  'good-families': utf8(
    '# HELP http_seconds Time \\\\ \\n spent\n# TYPE http_seconds histogram\nhttp_seconds_bucket{le="0.5",path="a\\"b\\\\c\\n"} 3 1767225600000\nhttp_seconds_bucket{le="+Inf"} 4\nhttp_seconds_sum 1e3\nhttp_seconds_count 4\n# a comment\nup NaN\ndown -Inf 5\n',
  ),
  'bad-value': utf8('up one\n'),
  'bad-open-labels': utf8('up{a="1" 1\n'),
  'bad-timestamp': utf8('up 1 1.5\n'),
  'no-final-newline': utf8('up 1'),
  'a-hundred-labels': utf8(`up{${Array.from({ length: 100 }, (_, i) => `l${i}="v"`).join(',')}} 1\n`),
  'value-of-1000-digits': utf8(`up 0.${'1'.repeat(1000)}\n`),
  'exponent-of-1000-digits': utf8(`up 1e${'9'.repeat(1000)}\n`),
  'hexadecimal-float': utf8('up 0x1p-2\nup 1_000\n'),
};

const EXPOSITION_OPENMETRICS: Inputs = {
  ...TEXT_INPUTS,
  'good-families': utf8(
    '# TYPE http_seconds counter\n# UNIT http_seconds seconds\n# HELP http_seconds Time\nhttp_seconds_total{path="a"} 3 1767225600.5 # {trace_id="abc"} 0.5 1767225600\nhttp_seconds_created{path="a"} 1767225000\n# EOF\n',
  ),
  'bad-without-end': utf8('up 1\n'),
  'bad-behind-the-end': utf8('up 1\n# EOF\nup 2\n'),
  'bad-exemplar': utf8('# TYPE a counter\na_total 1 # {trace_id="x" 1\n# EOF\n'),
  'exemplar-of-500-characters': utf8(`# TYPE a counter\na_total 1 # {t="${'x'.repeat(500)}"} 1\n# EOF\n`),
};

const EXPOSITION_PROTOBUF: Inputs = {
  ...MAYBE_PROTOBUF,
  'bad-length-past-end': Uint8Array.of(0x7f, 0x0a, 0x01),
  'bad-length-of-4-gib': varint(0xffff_ffff),
  'bad-length-of-eleven-bytes': concat(Array(10).fill(0xff), [0x01]),
  'good-families': protobufExposition([
    {
      name: 'up',
      type: 1,
      metric: [{ label: [{ name: 'job', value: 'größe' }], gauge: { value: 1 }, timestamp_ms: 5 }],
    },
    {
      name: 'h',
      help: 'Time',
      type: 4,
      metric: [
        {
          histogram: {
            sample_count: 3,
            sample_sum: 1.5,
            schema: 2,
            zero_threshold: 0.001,
            positive_span: [{ offset: 0, length: 2 }],
            positive_delta: [1, 1],
            bucket: [{ cumulative_count: 3, upper_bound: 0.5, exemplar: { value: 1 } }],
          },
        },
      ],
    },
    {
      name: 's',
      type: 2,
      metric: [{ summary: { sample_count: 1, sample_sum: 2, quantile: [{ quantile: 0.5, value: 1 }] } }],
    },
  ]),
};

// Zipkin, Jaeger

const zipkinSpan = {
  traceId: '0102030405060708090a0b0c0d0e0f10',
  id: '0102030405060708',
  parentId: '0807060504030201',
  name: 'get',
  kind: 'SERVER',
  timestamp: 1767225600000000,
  duration: 1431,
  localEndpoint: { serviceName: 'shop', ipv4: '10.0.0.1', ipv6: '2001:db8::1', port: 80 },
  remoteEndpoint: { serviceName: 'other' },
  annotations: [{ timestamp: 1767225600000001, value: 'sent' }],
  tags: { 'http.path': '/', error: 'yes' },
};
const ZIPKIN_JSON: Inputs = {
  ...JSON_INPUTS,
  'good-spans': utf8(JSON.stringify([zipkinSpan, { traceId: '1', id: '2' }])),
  'id-of-zeros': utf8(JSON.stringify([{ ...zipkinSpan, id: '0000000000000000' }])),
  'id-too-long': utf8(JSON.stringify([{ ...zipkinSpan, traceId: '1'.repeat(2000) }])),
  'numbers-are-texts': utf8(JSON.stringify([{ ...zipkinSpan, timestamp: 'soon', duration: '-1' }])),
  'numbers-are-huge': utf8(JSON.stringify([{ ...zipkinSpan, timestamp: 1e300, duration: -1e300 }])),
  'tags-are-a-list': utf8(JSON.stringify([{ ...zipkinSpan, tags: ['a'] }])),
  'address-is-not-one': utf8(JSON.stringify([{ ...zipkinSpan, localEndpoint: { ipv4: '1.2', ipv6: 'x', port: 1e9 } }])),
  'nulls-everywhere': utf8(
    JSON.stringify([Object.fromEntries(Object.keys(zipkinSpan).map((key) => [key, null])), null]),
  ),
};
const traceId = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const endpoint = message({ 1: 'shop', 2: Uint8Array.of(10, 0, 0, 1), 3: traceId, 4: 80 });
const zipkinMessage = (fields: Readonly<Record<number, FieldValue>> = {}) =>
  one({
    ...{
      1: traceId,
      2: traceId.subarray(0, 8),
      3: traceId.subarray(8),
      4: 2,
      5: 'get',
      6: { fixed64: 1_767_225_600_000_000n },
      7: 1431,
    },
    ...{
      8: endpoint,
      9: endpoint,
      10: message({ 1: { fixed64: 1n }, 2: 'sent' }),
      11: message({ 1: 'http.path', 2: '/' }),
    },
    ...fields,
  });
const ZIPKIN_PROTOBUF: Inputs = {
  ...BAD_PROTOBUF,
  ...MAYBE_PROTOBUF,
  'good-span': zipkinMessage(),
  'ids-of-every-length': concat(
    ...Array.from({ length: 33 }, (_, i) =>
      zipkinMessage({ 1: new Uint8Array(i).fill(7), 3: new Uint8Array(i).fill(7) }),
    ),
  ),
  'addresses-of-odd-lengths': concat(
    ...[0, 1, 3, 5, 15, 17, 300].map((n) =>
      zipkinMessage({ 8: message({ 2: new Uint8Array(n), 3: new Uint8Array(n) }) }),
    ),
  ),
  'name-invalid-utf8': zipkinMessage({ 5: Uint8Array.of(0xff) }),
};

const jaegerTag = thriftStruct(
  [1, T.string, thriftString('k')],
  [2, T.i32, thriftI32(0)],
  [3, T.string, thriftString('v')],
);
const jaegerSpan = thriftStruct(
  [1, T.i64, thriftI64(1n)],
  [2, T.i64, thriftI64(2n)],
  [3, T.i64, thriftI64(3n)],
  [4, T.i64, thriftI64(0n)],
  [5, T.string, thriftString('get')],
  [
    6,
    T.list,
    thriftList(T.struct, [
      thriftStruct(
        [1, T.i32, thriftI32(0)],
        [2, T.i64, thriftI64(1n)],
        [3, T.i64, thriftI64(2n)],
        [4, T.i64, thriftI64(9n)],
      ),
    ]),
  ],
  [7, T.i32, thriftI32(1)],
  [8, T.i64, thriftI64(1_767_225_600_000_000n)],
  [9, T.i64, thriftI64(1431n)],
  [10, T.list, thriftList(T.struct, [jaegerTag])],
  [
    11,
    T.list,
    thriftList(T.struct, [thriftStruct([1, T.i64, thriftI64(5n)], [2, T.list, thriftList(T.struct, [jaegerTag])])]),
  ],
);
const jaegerProcess = thriftStruct([1, T.string, thriftString('shop')], [2, T.list, thriftList(T.struct, [jaegerTag])]);
const jaegerBatch = (spans: Uint8Array, process = jaegerProcess) =>
  thriftStruct([1, T.struct, process], [2, T.list, spans]);
/** An unknown field that holds lists in lists. */
const thriftNested = (depth: number) => {
  let list = thriftList(T.i32, [thriftI32(1)]);
  for (let i = 0; i < depth; i++) list = thriftList(T.list, [list]);
  return thriftStruct([99, T.list, list]);
};
const JAEGER_BINARY: Inputs = {
  'bad-empty': new Uint8Array(),
  'bad-stop-only': Uint8Array.of(0),
  'good-batch': jaegerBatch(thriftList(T.struct, [jaegerSpan])),
  'good-no-spans': jaegerBatch(thriftList(T.struct, [])),
  'bad-list-of-two-billion': jaegerBatch(concat([T.struct], thriftI32(0x7fff_ffff))),
  'bad-list-of-minus-one': jaegerBatch(concat([T.struct], thriftI32(-1))),
  'bad-text-of-two-billion': jaegerBatch(thriftList(T.struct, []), concat([T.string, 0, 1], thriftI32(0x7fff_ffff))),
  'bad-text-of-minus-one': jaegerBatch(thriftList(T.struct, []), concat([T.string, 0, 1], thriftI32(-1))),
  'bad-unknown-type': Uint8Array.of(0x7e, 0, 1, 0),
  'bad-nested-1000-deep': thriftNested(1000),
  'bad-span-without-fields': jaegerBatch(thriftList(T.struct, [Uint8Array.of(0)])),
  'bad-message-header': concat([0x80, 0x01, 0, 1], thriftString('emitBatch'), thriftI32(0)),
};
const JAEGER_COMPACT: Inputs = {
  'bad-empty': new Uint8Array(),
  'bad-stop-only': Uint8Array.of(0),
  // Process {1: "s"}, spans: an empty list of structs.
  'good-no-spans': Uint8Array.of(0x1c, 0x18, 0x01, 0x73, 0x00, 0x19, 0x0c, 0x00),
  'good-span': concat(
    [0x1c, 0x18, 0x01, 0x73, 0x00, 0x19, 0x1c],
    // ids 1, 2, 3 and 0 (zigzag), the name, flags, start, duration
    [
      0x16, 0x02, 0x16, 0x04, 0x16, 0x06, 0x16, 0x00, 0x18, 0x03, 0x67, 0x65, 0x74, 0x25, 0x02, 0x16, 0x0a, 0x16, 0x0c,
      0x00,
    ],
    [0x00],
  ),
  'bad-list-of-two-billion': Uint8Array.of(0x1c, 0x18, 0x01, 0x73, 0x00, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07),
  'bad-text-of-two-billion': Uint8Array.of(0x1c, 0x18, 0xff, 0xff, 0xff, 0xff, 0x07),
  'bad-varint-without-end': concat([0x16], Array(20).fill(0xff)),
  'bad-unknown-type': Uint8Array.of(0x1e, 0x00),
  'bad-lists-in-lists': concat([0x99], Array(2000).fill(0x19)),
};

// Influx, Pushgateway, Pyroscope

const INFLUX: Inputs = {
  ...TEXT_INPUTS,
  'good-lines': utf8(
    'cpu,host=a\\ b,region=eu usage=1.5,n=3i,u=4u,ok=t,name="x \\" y" 1767225600000000000\n# comment\nmem value=-1e-3\n',
  ),
  'a-line-that-is-wrong': utf8('cpu usage=1 5\ncpu\ncpu usage=\n=,=\nmem value=1\n'),
  'a-text-over-lines': utf8('cpu name="x\ny",n=1 5\n'),
  'a-text-without-end': utf8('cpu name="x'),
  'timestamp-huge': utf8(`cpu usage=1 ${'9'.repeat(500)}\n`),
  'integer-huge': utf8(`cpu usage=${'9'.repeat(500)}i\n`),
  'a-thousand-fields': utf8(`cpu ${Array.from({ length: 300 }, (_, i) => `f${i}=1`).join(',')} 5\n`),
  'tags-twice': utf8('cpu,a=1,a=2 x=1\n'),
};
const PUSHGATEWAY_PATH: Inputs = {
  ...TEXT_INPUTS,
  'good-job-and-label': utf8('/metrics/job/backup/instance/a%20b'),
  'good-base64': utf8('/metrics/job@base64/YS9i/path@base64/L3Zhci90bXA'),
  'good-empty-base64': utf8('/metrics/job/a/x@base64/='),
  'bad-base64': utf8('/metrics/job@base64/%%%'),
  'bad-odd-parts': utf8('/metrics/job/a/b'),
  'bad-percent': utf8('/metrics/job/%zz'),
  'bad-name': utf8('/metrics/job/a/b-c/d'),
  'percent-invalid-utf8': utf8('/metrics/job/%ff'),
  'percent-nul': utf8('/metrics/job/a%00b'),
  'a-hundred-labels': utf8(`/metrics/job/a${Array.from({ length: 100 }, (_, i) => `/l${i}/v`).join('')}`),
};
const PUSHGATEWAY_TEXT: Inputs = {
  ...EXPOSITION_TEXT,
  'good-families': utf8('# HELP a b\n# TYPE a counter\na{x="1"} 2\na{x="2"} 3\n'),
  'bad-timestamp': utf8('a 1 1767225600000\n'),
  'bad-one-series-twice': utf8('a 1\na 2\n'),
};
const PUSHGATEWAY_PROTOBUF: Inputs = {
  ...EXPOSITION_PROTOBUF,
  'good-families': protobufExposition([
    {
      name: 'a',
      type: 0,
      metric: [{ label: [{ name: 'x', value: '1' }], counter: { value: 2 } }, { counter: { value: 3 } }],
    },
    {
      name: 's',
      type: 2,
      metric: [{ summary: { sample_count: 1, sample_sum: 2, quantile: [{ quantile: 0.5, value: 1 }] } }],
    },
  ]),
  'bad-timestamp': protobufExposition([{ name: 'a', type: 1, metric: [{ gauge: { value: 1 }, timestamp_ms: 5 }] }]),
  'bad-one-series-twice': protobufExposition([
    { name: 'a', type: 1, metric: [{ gauge: { value: 1 } }, { gauge: { value: 2 } }] },
  ]),
};
const rawSample = message({ 1: Uint8Array.of(0x1f, 0x8b, 8, 0), 2: 'id-1' });
const profileSeries = message({ 1: [label('__name__', 'process_cpu'), label('service_name', 'shop')], 2: [rawSample] });
const PYROSCOPE_PUSH: Inputs = {
  ...BAD_PROTOBUF,
  ...MAYBE_PROTOBUF,
  'good-series': message({ 1: [profileSeries, profileSeries] }),
  'labels-duplicate': one({ 1: [label('a', '1'), label('a', '2')], 2: rawSample }),
  'bad-labels-500': one({ 1: Array.from({ length: 500 }, (_, i) => label(`l${i}`, 'v')), 2: rawSample }),
  'label-invalid-utf8': one({ 1: label('a', Uint8Array.of(0xff)), 2: rawSample }),
};
const PYROSCOPE_PUSH_JSON: Inputs = {
  ...JSON_INPUTS,
  'good-series': utf8(
    '{"series":[{"labels":[{"name":"__name__","value":"cpu"},{"name":"service_name","value":"s"}],"samples":[{"rawProfile":"H4sI","ID":"1"}]}]}',
  ),
  'profile-not-base64': utf8('{"series":[{"labels":[],"samples":[{"rawProfile":"***"}]}]}'),
};
const PYROSCOPE_INGEST: Inputs = {
  ...TEXT_INPUTS,
  'good-name-and-labels': utf8(
    'name=app.cpu%7Bregion%3Deu%2Chost%3Da%7D&from=1767225600&until=1767225610&format=pprof',
  ),
  'labels-not-finished': utf8('name=app%7Ba%3D'),
  'bad-name': utf8('name=%7B%7D'),
  'name-twice': utf8('name=a&name=b'),
  'a-thousand-braces': utf8(`name=a${'%7B'.repeat(1000)}`),
};

// Our own

function snappyLiteral(bytes: Uint8Array): Uint8Array {
  return concat(varint(bytes.length), [(bytes.length - 1) << 2], bytes);
}

const section = message({
  1: 0,
  2: 'application/x-protobuf',
  3: 'snappy',
  4: snappyLiteral(writeRequest.subarray(0, 60)),
  5: 3,
});
const BATCH: Inputs = {
  ...MAYBE_PROTOBUF,
  'bad-tag-truncated': Uint8Array.of(0x80),
  'sections-as-protobuf': message({ 1: 'host-1', 2: 300, 3: 1_767_225_600_000, 4: [section, section] }),
  'lengths-that-lie': concat(utf8('SPLB'), [1, 0xff, 0xff, 0xff, 0xff, 0x0f]),
};

/** "hello " and thirty characters copied from six back. */
const packedText = concat([36, 5 << 2], utf8('hello '), [(29 << 2) | 2, 6, 0]);
const SNAPPY: Inputs = {
  'good-text': packedText,
  'good-nothing': Uint8Array.of(0),
  'bad-empty': new Uint8Array(),
  'bad-claims-4-gib': concat(varint(0xffff_ffff), [0x00, 0x61]),
  'bad-claims-1-gib': concat(varint(1 << 30), [0x00, 0x61]),
  'bad-claims-more-than-32-bits': concat(varint(1n << 35n), [0x00, 0x61]),
  'bad-length-of-eleven-bytes': concat(Array(10).fill(0xff), [0x01]),
  'bad-truncated': packedText.subarray(0, packedText.length - 4),
  'bad-overlong': concat(packedText, [0x00, 0x61]),
  'bad-claims-too-little': concat(varint(5), packedText.subarray(1)),
  'bad-claims-too-much': concat(varint(500), packedText.subarray(1)),
  'bad-offset-zero': Uint8Array.of(8, 0x00, 0x61, 0x0d, 0x00, 0x61),
  'bad-offset-past-start': Uint8Array.of(8, 0x00, 0x61, 0x0d, 0x09, 0x61),
  'bad-offset-of-4-gib': Uint8Array.of(8, 0x00, 0x61, 0x1b, 0xff, 0xff, 0xff, 0xff),
  'bad-literal-past-end': Uint8Array.of(8, 0xf0, 0x7f, 0x61),
  'bad-literal-of-4-gib': Uint8Array.of(8, 0xfc, 0xff, 0xff, 0xff, 0xff),
  'bad-copy-first': Uint8Array.of(4, 0x01, 0x01),
};

/** framing_format.txt: a stream identifier, then chunks of type, length (3 bytes) and masked CRC32C. */
const STREAM_HEAD = concat([0xff, 6, 0, 0], utf8('sNaPpY'));
const chunk = (type: number, data: Uint8Array) =>
  concat([type, data.length & 0xff, (data.length >> 8) & 0xff, data.length >> 16], data);
const masked = (data: Uint8Array) => {
  const crc = crc32c(data);
  const value = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);
};
const frame = (data: Uint8Array) => concat(masked(data), data);
const SNAPPY_STREAM: Inputs = {
  'good-uncompressed-chunk': concat(STREAM_HEAD, chunk(0x01, frame(utf8('hello')))),
  'good-compressed-chunk': concat(STREAM_HEAD, chunk(0x00, concat(masked(utf8('hello '.repeat(6))), packedText))),
  'good-padding-and-second-head': concat(
    STREAM_HEAD,
    chunk(0xfe, new Uint8Array(9)),
    STREAM_HEAD,
    chunk(0x01, frame(utf8('x'))),
  ),
  'bad-checksum': concat(STREAM_HEAD, chunk(0x01, concat([1, 2, 3, 4], utf8('hello')))),
  'without-head': chunk(0x01, frame(utf8('hello'))),
  'bad-chunk-past-end': concat(STREAM_HEAD, [0x01, 0xff, 0xff, 0xff], utf8('hello')),
  'bad-chunk-too-short': concat(STREAM_HEAD, chunk(0x01, Uint8Array.of(1, 2))),
  'bad-unskippable-chunk': concat(STREAM_HEAD, chunk(0x02, utf8('x'))),
  'bad-block-claims-4-gib': concat(STREAM_HEAD, chunk(0x00, concat([0, 0, 0, 0], varint(0xffff_ffff), [0, 0x61]))),
  'a-thousand-heads': concat(...Array(1000).fill(STREAM_HEAD)),
};

const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));
const zipped = gzip(utf8('a few words that are longer when they are not packed: words words words words'));
/** A deflate stream of zeros, 1,000 to 1. */
const bomb = gzip(new Uint8Array(4 * 1024 * 1024));
const GZIP: Inputs = {
  'good-text': zipped,
  'bad-empty': new Uint8Array(),
  'bad-truncated': zipped.subarray(0, zipped.length - 9),
  'bad-checksum': concat(zipped.subarray(0, zipped.length - 8), [1, 2, 3, 4], zipped.subarray(zipped.length - 4)),
  'bad-bomb-of-4-mib': bomb,
  'bomb-in-a-bomb': gzip(bomb),
  'garbage-behind-the-end': concat(zipped, [1, 2, 3, 4, 5]),
  'two-members': concat(zipped, zipped),
  'bad-reserved-block': Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x07),
  'bad-not-gzip': utf8('plain text'),
};

const deflated = new Uint8Array(deflateSync(utf8('words '.repeat(20))));
const DEFLATE: Inputs = {
  'good-text': deflated,
  'bad-empty': new Uint8Array(),
  'bad-truncated': deflated.subarray(0, deflated.length - 5),
  'bad-checksum': concat(deflated.subarray(0, deflated.length - 4), [1, 2, 3, 4]),
  'bad-bomb-of-4-mib': new Uint8Array(deflateSync(new Uint8Array(4 * 1024 * 1024))),
  'bad-not-deflate': utf8('plain text'),
  'garbage-behind-the-end': concat(deflated, [1, 2, 3, 4, 5]),
};

const zstd = (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes));
const zstdText = zstd(utf8('words '.repeat(20)));
const ZSTD: Inputs = {
  'good-text': zstdText,
  'good-two-frames': concat(zstdText, zstdText),
  'bad-empty': new Uint8Array(),
  'bad-truncated': zstdText.subarray(0, zstdText.length - 3),
  'bad-bomb-of-4-mib': zstd(new Uint8Array(4 * 1024 * 1024)),
  'bad-not-zstd': utf8('plain text'),
  'bad-garbage-behind-the-end': concat(zstdText, [1, 2, 3, 4, 5]),
  // A frame header that asks for a window of 2^41 bytes, and one that claims 2^63 bytes of content.
  'bad-window-of-2-tib': Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x01, 0x00, 0x00),
  'content-size-of-8-eib': Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x01, 0, 0),
  // Frames that hold nothing but themselves.
  'a-thousand-skippable-frames': concat(...Array(1000).fill(Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0))),
  'a-thousand-empty-frames': concat(...Array(1000).fill(zstd(new Uint8Array()))),
};

// Texts of tenants

const ALLOY: Inputs = {
  ...TEXT_INPUTS,
  'good-pipeline': utf8(
    'spillway.receive "default" {\n  metrics = [prometheus.relabel.a.receiver]\n}\n\nprometheus.relabel "a" {\n  forward_to = [prometheus.remote_write.b.receiver]\n\n  rule {\n    source_labels = ["__name__"]\n    regex         = "go_.*"\n    action        = "drop"\n  }\n}\n\nprometheus.remote_write "b" {\n  endpoint {\n    url = "https://x.test/api/v1/push"\n  }\n}\n',
  ),
  'expressions-500-deep': utf8(`x = ${'('.repeat(500)}1${')'.repeat(500)}`),
  'arrays-500-deep': utf8(`x = ${'['.repeat(500)}${']'.repeat(500)}`),
  'objects-500-deep': utf8(`x = ${'{a='.repeat(500)}1${'}'.repeat(500)}`),
  'blocks-200-deep': utf8(`${'a {\n'.repeat(200)}${'}\n'.repeat(200)}`),
  'minus-signs': utf8(`x = ${'-'.repeat(2000)}1`),
  'a-long-sum': utf8(`x = ${'1+'.repeat(1500)}1`),
  'a-long-path': utf8(`x = a${'.a'.repeat(1000)}`),
  'comment-without-end': utf8('/* x'),
  'text-without-end': utf8('x = "abc'),
  'lone-surrogate-escape': utf8('x = "\\ud800"'),
  'a-cycle': utf8('declare "a" {\n  a "x" { }\n}\na "y" { }\n'),
};
const TEMPLATE: Inputs = {
  ...TEXT_INPUTS,
  'good-functions': utf8(
    '{{ if eq .level "info" }}{{ .Value | ToUpper | printf "%-5s" }}{{ else }}{{ Replace .Entry "a" "b" -1 }}{{ end }}',
  ),
  'bad-open': utf8('{{ .Value'),
  'bad-end-without-if': utf8('{{ end }}'),
  'bad-function': utf8('{{ nothing .Value }}'),
  'wide-printf': utf8('{{ printf "%1000000000d" 1 }}{{ printf "%.1000000000f" 1.5 }}'),
  'repeat-huge': utf8('{{ repeat 1000000000 "x" }}'),
  'indent-huge': utf8('{{ indent 1000000000 "x" }}'),
  'ifs-300-deep': utf8(`${'{{ if true }}'.repeat(300)}${'{{ end }}'.repeat(300)}`),
  'parentheses-500-deep': utf8(`{{ ${'('.repeat(500)}1${')'.repeat(500)} }}`),
  'hostile-regex': utf8('{{ regexReplaceAll "(.*)(.*)(.*)x" .Entry "$1" }}'),
};
const JMESPATH: Inputs = {
  ...TEXT_INPUTS,
  'good-expression': utf8('a.b[?@ > `1`] | [0].{x: c, y: not_null(d, level)}'),
  'bad-open-bracket': utf8('a[0'),
  'bad-function': utf8('nothing(a)'),
  'parentheses-500-deep': utf8(`${'('.repeat(500)}a${')'.repeat(500)}`),
  'not-500-times': utf8(`${'!'.repeat(500)}a`),
  'dots-500': utf8(`a${'.a'.repeat(500)}`),
  'bad-dots-5000': utf8(`a${'.a'.repeat(5000)}`),
  'bad-pipes-5000': utf8(`a${'|a'.repeat(5000)}`),
  'lists-300-deep': utf8(`${'['.repeat(300)}a${']'.repeat(300)}`),
  'flatten-500-times': utf8(`a${'[]'.repeat(500)}`),
  'step-zero': utf8('a.b[::0]'),
  'slice-huge': utf8('a.b[9999999999999999999:-9999999999999999999:-1]'),
  'literal-not-json': utf8('`{`'),
};
const SELECTOR: Inputs = {
  ...TEXT_INPUTS,
  'good-matchers-and-filters': utf8('{app=~"a|b", env!="x", level!~".*dbg"} |= "in" != `out` |~ "a.*b"'),
  'bad-open': utf8('{app="x"'),
  'bad-regex': utf8('{app=~"(x"}'),
  'bad-operator': utf8('{app==="x"}'),
  'hostile-regex': utf8('{app=~"(x+x+)+y"} |~ "(.*)(.*)(.*)(.*)x"'),
};
const REGEX: Inputs = {
  ...TEXT_INPUTS,
  'good-groups': utf8('(?P<a>\\w+)-(\\d+)\n${a}_$2$$\nx-12\nfoo'),
  'good-nested-quantifiers': utf8(`(x+x+)+y\n$1\n${'x'.repeat(500)}`),
  'good-five-wildcards': utf8(`(.*)(.*)(.*)(.*)(.*)x\n$1$2$3\n${'a'.repeat(500)}`),
  'good-empty-matches': utf8('a*\n[$0]\nbaac'),
  'bad-repeat': utf8('(x{1000}){1000}\n\nx'),
  'bad-length': utf8(`${'a|'.repeat(600)}\n\nx`),
  'bad-backreference': utf8('(a)\\1\n\naa'),
  'template-of-references': utf8(`(.*)\n${'$1'.repeat(1000)}\n${'x'.repeat(1000)}`),
};
const RELABEL: Inputs = {
  ...TEXT_INPUTS,
  'good-list': utf8(
    '- source_labels: [__name__, job]\n  separator: "@"\n  regex: (.+)@node\n  target_label: both\n- action: labelmap\n  regex: m_(.+)\n- action: hashmod\n  source_labels: [instance]\n  modulus: 8\n  target_label: shard\n- action: keep\n  source_labels: [shard]\n  regex: \\d\n',
  ),
  'good-mapping': utf8('metric_relabel_configs:\n  - action: labeldrop\n    regex: m_.*\n'),
  'bad-field': utf8('- source_label: [a]\n  target_label: b\n'),
  'bad-regex': utf8('- regex: (x\n  target_label: b\n'),
  'bad-action': utf8('- action: rename\n'),
  doubling: utf8(`- &d\n  source_labels: [job]\n  target_label: job\n  replacement: $1$1\n${'- *d\n'.repeat(60)}`),
  'aliases-of-aliases': utf8(
    `a: &a [x]\n${'bcdefghij'
      .split('')
      .map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]`)
      .join('\n')}\n`,
  ),
  'lists-500-deep': utf8('['.repeat(500) + ']'.repeat(500)),
  tags: utf8('- !!js/function x\n- !!binary aGk=\n- !!timestamp 2001-01-01\n'),
};
const YAML: Inputs = {
  ...TEXT_INPUTS,
  'good-values': utf8('a: 1\nb: [x, 2.5, true, null]\nc:\n  - &x {d: "é"}\n  - *x\n'),
  'bad-key-twice': utf8('a: 1\na: 2\n'),
  'bad-open': utf8('{a: 1'),
  'lists-500-deep': utf8('['.repeat(500) + ']'.repeat(500)),
  'bad-aliases-of-aliases': utf8(
    `a: &a [x]\n${[...'bcdefghij'].map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]`).join('\n')}\n`,
  ),
  'an-alias-of-itself': utf8('a: &a [*a]\n'),
  tags: utf8('- !!binary aGk=\n- !!timestamp 2001-01-01\n- !!set {a, b}\n'),
  'prototype-keys': utf8('__proto__: {x: 1}\nconstructor: 2\n'),
};
const DURATION: Inputs = {
  ...TEXT_INPUTS,
  'good-parts': utf8('1h30m5.5s'),
  'good-zero': utf8('0s'),
  'bad-unit': utf8('5 parsecs'),
  'many-parts': utf8('1ns'.repeat(500)),
  huge: utf8('99999999999999999999h'),
};
const SIZE: Inputs = {
  ...TEXT_INPUTS,
  'good-mebibytes': utf8('1.5MiB'),
  'bad-unit': utf8('5 pots'),
  huge: utf8('9999999999999999999999EiB'),
};
const TIME: Inputs = {
  ...TEXT_INPUTS,
  'good-rfc3339': utf8('RFC3339Nano\n2026-01-31T12:00:00.123456789Z\n2026-02-30T99:99:99Z\n'),
  'good-layout': utf8('Mon, 02 Jan 2006 15:04:05 -0700\nSat, 31 Jan 2026 12:00:00 +0100\n'),
  'good-unix': utf8('UnixNs\n1767225600000000000\n99999999999999999999999999\n-5\n'),
};

export const INPUTS: Readonly<Record<string, Inputs>> = {
  snappy: SNAPPY,
  'snappy-stream': SNAPPY_STREAM,
  gzip: GZIP,
  deflate: DEFLATE,
  zstd: ZSTD,
  'remote-write-1': REMOTE_WRITE_1,
  'label-block': {
    ...MAYBE_PROTOBUF,
    'good-labels': message({ 1: labels }),
    'bad-length-past-end': Uint8Array.of(0x0a, 0x7f, 1),
  },
  'remote-write-2': REMOTE_WRITE_2,
  'loki-protobuf': LOKI_PROTOBUF,
  'loki-json': LOKI_JSON,
  'labels-text': LABELS_TEXT,
  'otlp-traces': otlpProtobuf(otlpTracesJsonToProtobuf(tracesJson)),
  'otlp-traces-json': otlpJson(tracesJson, 'resourceSpans'),
  'otlp-metrics': otlpProtobuf(otlpMetricsJsonToProtobuf(metricsJson)),
  'otlp-metrics-json': otlpJson(metricsJson, 'resourceMetrics'),
  'otlp-logs': otlpProtobuf(otlpLogsJsonToProtobuf(logsJson)),
  'otlp-logs-json': otlpJson(logsJson, 'resourceLogs'),
  'exposition-text': EXPOSITION_TEXT,
  'exposition-openmetrics': EXPOSITION_OPENMETRICS,
  'exposition-protobuf': EXPOSITION_PROTOBUF,
  'zipkin-json': ZIPKIN_JSON,
  'zipkin-protobuf': ZIPKIN_PROTOBUF,
  'jaeger-thrift-binary': JAEGER_BINARY,
  'jaeger-thrift-compact': JAEGER_COMPACT,
  influx: INFLUX,
  'pushgateway-path': PUSHGATEWAY_PATH,
  'pushgateway-text': PUSHGATEWAY_TEXT,
  'pushgateway-protobuf': PUSHGATEWAY_PROTOBUF,
  'pyroscope-push': PYROSCOPE_PUSH,
  'pyroscope-push-json': PYROSCOPE_PUSH_JSON,
  'pyroscope-ingest': PYROSCOPE_INGEST,
  'spillway-batch': BATCH,
  'spillway-batch-response': { ...MAYBE_PROTOBUF, 'bad-tag-truncated': Uint8Array.of(0x80) },
  alloy: ALLOY,
  gotemplate: TEMPLATE,
  jmespath: JMESPATH,
  'logql-selector': SELECTOR,
  regex: REGEX,
  'relabel-yaml': RELABEL,
  yaml: YAML,
  duration: DURATION,
  size: SIZE,
  'time-format': TIME,
};
