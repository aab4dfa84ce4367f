import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { reasonOf } from '../../outcome.fixture.ts';
import {
  countWriteRequest,
  decodeLabelBlock,
  decodeWriteRequest,
  encodeLabelBlock,
  METRIC_TYPES,
  STALE_NAN_BITS,
  sampleValue,
  splitWriteRequest,
  validateLabelBlock,
  WriteRequestBuilder,
  walkWriteRequest,
} from './v1.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3; repeated Histogram histograms = 4; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
  message Exemplar { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
  message Histogram { uint64 count_int = 1; double sum = 3; sint32 schema = 4; double zero_threshold = 5; uint64 zero_count_int = 6;
    repeated BucketSpan positive_spans = 11; repeated sint64 positive_deltas = 12; repeated double positive_counts = 13; int64 timestamp = 15; }
  message BucketSpan { sint32 offset = 1; uint32 length = 2; }
  message MetricMetadata { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
`);
const WriteRequest = root.lookupType('WriteRequest');

interface PlainRequest {
  timeseries: {
    labels: { name: string; value: string }[];
    samples: { value: number; timestamp: number }[];
    exemplars: object[];
    histograms: object[];
  }[];
  metadata: { type: number; metricFamilyName: string; help: string; unit: string }[];
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const timestamp = fc.integer({ min: -(2 ** 45), max: 2 ** 45 });
const labels = fc.array(fc.record({ name: text, value: text }), { maxLength: 6 });
const plainRequest: fc.Arbitrary<PlainRequest> = fc.record({
  timeseries: fc.array(
    fc.record({
      labels,
      samples: fc.array(fc.record({ value: fc.double({ noNaN: true }), timestamp }), { maxLength: 3 }),
      exemplars: fc.array(fc.record({ labels, value: fc.double({ noNaN: true }), timestamp }), { maxLength: 2 }),
      histograms: fc.array(
        fc.record({
          countInt: fc.nat(),
          sum: fc.double({ noNaN: true }),
          positiveSpans: fc.array(fc.record({ offset: fc.integer({ min: -9, max: 9 }), length: fc.nat(9) })),
          positiveDeltas: fc.array(fc.integer({ min: -99, max: 99 })),
          positiveCounts: fc.array(fc.double({ noNaN: true })),
          timestamp,
        }),
        { maxLength: 1 },
      ),
    }),
    { maxLength: 5 },
  ),
  metadata: fc.array(fc.record({ type: fc.nat(7), metricFamilyName: text, help: text, unit: text }), { maxLength: 2 }),
});

function encode(request: object): Uint8Array {
  return new Uint8Array(WriteRequest.encode(WriteRequest.fromObject(request)).finish());
}

function decodeByOracle(body: Uint8Array): PlainRequest {
  return WriteRequest.toObject(WriteRequest.decode(body), {
    longs: Number,
    arrays: true,
    defaults: true,
  }) as unknown as PlainRequest;
}

const label = (name: string, value: string) => ({ name, value });
const upLabels = [label('__name__', 'up'), label('job', 'node')];
const upSample = { labels: upLabels, samples: [{ value: 1.5, timestamp: 1000 }] };

function series(...fields: ((w: ByteWriter) => unknown)[]): Uint8Array {
  const content = new ByteWriter();
  for (const field of fields) field(content);
  return new ByteWriter().bytesField(1, content.view()).take();
}

const upBlock = (w: ByteWriter) => w.bytes(encodeLabelBlock(upLabels));
const sample = (w: ByteWriter) => w.bytesField(2, new ByteWriter().byte(9).double(2).varintField(2, 7).view());

describe('decodeWriteRequest', () => {
  it('reads what protobufjs writes', () => {
    fc.assert(
      fc.property(plainRequest, (request) => {
        const decoded = decodeWriteRequest(encode(request));
        expect(decoded.series.map((s) => s.labels)).toEqual(request.timeseries.map((s) => s.labels));
        expect(
          decoded.series.map((s) => s.samples.map((x) => ({ value: sampleValue(x), timestamp: x.timestampMs }))),
        ).toEqual(request.timeseries.map((s) => s.samples));
        expect(decoded.series.map((s) => s.histograms.length)).toEqual(
          request.timeseries.map((s) => s.histograms.length),
        );
        expect(
          decoded.series.map((s) =>
            s.exemplars.map(({ timestampMs, ...rest }) => ({ ...rest, timestamp: timestampMs })),
          ),
        ).toEqual(request.timeseries.map((s) => s.exemplars));
        expect(decoded.metadata).toEqual(
          request.metadata.map(({ type, metricFamilyName, help, unit }) => ({
            type: METRIC_TYPES[type],
            family: metricFamilyName,
            help,
            unit,
          })),
        );
      }),
    );
  });

  it('keeps the bits of the staleness marker and of other NaNs', () => {
    for (const bits of [STALE_NAN_BITS, 0x7ff8000000000001n, 0xfff8000000000000n, 0x7ff0000000000001n]) {
      const builder = new WriteRequestBuilder();
      builder.addSampleBits(encodeLabelBlock(upLabels), bits, 5);
      expect(decodeWriteRequest(builder.take()).series[0].samples).toEqual([{ valueBits: bits, timestampMs: 5 }]);
    }
  });
});

describe('WriteRequestBuilder', () => {
  it('writes what protobufjs reads, for every float and timestamp', () => {
    fc.assert(
      fc.property(labels, fc.double({ noNaN: true }), timestamp, (list, value, timestampMs) => {
        const builder = new WriteRequestBuilder(16);
        builder.addSample(encodeLabelBlock(list), value, timestampMs);
        builder.addSample(encodeLabelBlock(list), value, timestampMs);
        expect([builder.series, builder.samples]).toEqual([2, 2]);
        const expected = { labels: list, samples: [{ value, timestamp: timestampMs }], exemplars: [], histograms: [] };
        const actual = decodeByOracle(builder.take()).timeseries;
        expect(actual).toEqual([expected, expected]);
      }),
    );
  });

  it('writes the staleness marker bit for bit and any other NaN as the normal one of Prometheus', () => {
    const builder = new WriteRequestBuilder();
    builder.addStaleSample(encodeLabelBlock(upLabels), 1);
    builder.addSample(encodeLabelBlock(upLabels), Number.NaN, 1);
    const bits = decodeWriteRequest(builder.take()).series.map((s) => s.samples[0].valueBits);
    expect(bits).toEqual([0x7ff0000000000002n, 0x7ff8000000000001n]);
  });

  it('rebuilds a request field by field into the same bytes', () => {
    fc.assert(
      fc.property(plainRequest, fc.boolean(), (request, raw) => {
        const body = encode(request);
        const builder = new WriteRequestBuilder(16);
        walkWriteRequest(body, {
          series(bytes, fieldStart, labelsStart, labelsEnd, fieldEnd, samples) {
            if (raw) builder.addRaw(bytes, fieldStart, fieldEnd, 1, samples);
            else builder.addSeries(bytes.slice(labelsStart, labelsEnd), bytes, labelsEnd, fieldEnd, samples);
          },
          other: (bytes, start, end) => builder.addRaw(bytes, start, end, 0, 0),
        });
        expect(builder.length).toBe(body.length);
        expect(builder.take()).toEqual(body);
      }),
    );
  });

  it('writes metadata that protobufjs reads, and is empty after take', () => {
    const builder = new WriteRequestBuilder();
    builder.addMetadata({ type: 'histogram', family: 'http_seconds', help: 'Zeit für 1 ✓', unit: '' });
    expect(decodeByOracle(builder.take()).metadata).toEqual([
      { type: 3, metricFamilyName: 'http_seconds', help: 'Zeit für 1 ✓', unit: '' },
    ]);
    expect(builder.take()).toEqual(new Uint8Array(0));
  });
});

describe('walkWriteRequest', () => {
  it('counts series, samples with histograms, and metadata', () => {
    fc.assert(
      fc.property(plainRequest, (request) => {
        const samples = request.timeseries.map((s) => s.samples.length + s.histograms.length);
        expect(countWriteRequest(encode(request))).toEqual({
          series: request.timeseries.length,
          samples: samples.reduce((sum, n) => sum + n, 0),
          metadata: request.metadata.length,
        });
      }),
    );
  });

  it('hands out a series whose labels are scattered with its labels in front', () => {
    const scattered = series(
      (w) => w.bytes(encodeLabelBlock([upLabels[0]])),
      sample,
      (w) => w.bytes(encodeLabelBlock([upLabels[1]])),
      (w) => w.stringField(9, 'unknown'),
    );
    const body = new Uint8Array([...scattered, ...series(upBlock, sample)]);
    const seen: unknown[] = [];
    walkWriteRequest(body, {
      series(bytes, fieldStart, labelsStart, labelsEnd, fieldEnd, samples) {
        seen.push([decodeLabelBlock(bytes, labelsStart, labelsEnd), samples]);
        expect(decodeByOracle(bytes.slice(fieldStart, fieldEnd)).timeseries[0].samples).toHaveLength(1);
      },
    });
    expect(seen).toEqual([
      [upLabels, 1],
      [upLabels, 1],
    ]);
  });

  it('keeps unknown fields of a series and of the request', () => {
    const body = new Uint8Array([
      ...series(upBlock, sample, (w) => w.stringField(200, 'kept')),
      ...new ByteWriter().stringField(77, 'also kept').take(),
    ]);
    expect(splitWriteRequest(body, 100)).toEqual([{ body, series: 1, samples: 1 }]);
    const others: number[] = [];
    walkWriteRequest(body, { series() {}, other: (_bytes, _start, _end, field) => others.push(field) });
    expect(others).toEqual([77]);
  });

  it('takes a sample with its fields swapped, missing, or with unknown ones', () => {
    const odd = [
      new ByteWriter().varintField(2, 7).byte(9).double(2).take(),
      new ByteWriter().take(),
      new ByteWriter().byte(9).double(2).take(),
      new ByteWriter().varintField(2, 7).stringField(3, 'later version').take(),
      new ByteWriter().tag(2, 0).int64(-1).take(),
    ];
    for (const message of odd) {
      expect(countWriteRequest(series(upBlock, (w) => w.bytesField(2, message))).samples).toBe(1);
    }
  });

  it('refuses a body cut at any byte inside a field', () => {
    const body = encode({
      timeseries: [{ ...upSample, exemplars: [{ labels: upLabels, value: 1, timestamp: 1 }] }],
    });
    for (let cut = 1; cut < body.length; cut++) {
      expect(reasonOf(() => countWriteRequest(body.subarray(0, cut)))).toBe('malformed_protobuf');
    }
  });

  const bytesOf = (write: (w: ByteWriter) => unknown) => {
    const writer = new ByteWriter();
    write(writer);
    return writer.take();
  };
  it.each<[string, Uint8Array]>([
    ['a series of wire type varint', bytesOf((w) => w.varintField(1, 5))],
    ['a label of wire type varint', series((w) => w.varintField(1, 5))],
    ['a sample of wire type varint', series(upBlock, (w) => w.varintField(2, 5))],
    ['a histogram of wire type fixed64', series(upBlock, (w) => w.tag(4, 1).fixed64(0n))],
    ['a sample that is cut', series(upBlock, (w) => w.bytesField(2, new Uint8Array([9, 0, 0])))],
    ['a sample whose timestamp is cut', series(upBlock, (w) => w.bytesField(2, new Uint8Array([0x10, 0x80])))],
    [
      'a sample with a timestamp of eleven bytes',
      series(upBlock, (w) => w.bytesField(2, new Uint8Array([0x10, ...Array(10).fill(0x80), 1]))),
    ],
    ['a sample whose value is a varint', series(upBlock, (w) => w.bytesField(2, new Uint8Array([0x08, 1])))],
    ['a histogram with a cut array', series(upBlock, (w) => w.bytesField(4, new Uint8Array([0x62, 1, 0x80])))],
    ['an exemplar with a cut label', series(upBlock, (w) => w.bytesField(3, new Uint8Array([0x0a, 5, 1])))],
    ['a group around a series', new Uint8Array([0x0b, 0x0c])],
    ['a group inside a series', series(upBlock, (w) => w.byte(0x4b).byte(0x4c))],
    ['a length beyond 2^53', new Uint8Array([0x0a, ...Array(9).fill(0xff), 0x01])],
    ['field number 0', new Uint8Array([0x02, 0x00])],
    ['metadata with a cut name', bytesOf((w) => w.bytesField(3, new Uint8Array([0x12, 9])))],
  ])('refuses %s', (_, body) => {
    expect(reasonOf(() => countWriteRequest(body))).toBe('malformed_protobuf');
  });

  it('refuses a padded tag, which would carry a series past the pipeline unseen', () => {
    const content = encodeLabelBlock(upLabels);
    const padded = new ByteWriter().byte(0x8a).byte(0).varint(content.length).bytes(content).take();
    expect(reasonOf(() => countWriteRequest(padded))).toBe('malformed_protobuf');
    const inside = series((w) =>
      w
        .byte(0x8a)
        .byte(0)
        .bytes(content.subarray(1, 2 + content[1])),
    );
    expect(reasonOf(() => countWriteRequest(inside))).toBe('malformed_protobuf');
  });

  it('takes a million empty series, which are one field of two bytes each', () => {
    const body = new Uint8Array(2_000_000);
    for (let i = 0; i < body.length; i += 2) body[i] = 0x0a;
    expect(countWriteRequest(body)).toEqual({ series: 1_000_000, samples: 0, metadata: 0 });
  });
});

describe('splitWriteRequest', () => {
  it('keeps every series, in order, in parts of at most the limit unless one series is larger', () => {
    fc.assert(
      fc.property(plainRequest, fc.integer({ min: 1, max: 5 }), (request, maxSamples) => {
        const body = encode(request);
        const parts = splitWriteRequest(body, maxSamples);
        expect(new Uint8Array(parts.flatMap((part) => [...part.body]))).toEqual(body);
        for (const part of parts) {
          const { series: seriesCount, samples } = countWriteRequest(part.body);
          expect({ series: part.series, samples: part.samples }).toEqual({ series: seriesCount, samples });
          expect(samples <= maxSamples || seriesCount === 1 || samples === 0).toBe(true);
        }
      }),
    );
  });

  it('returns the body itself when it is small enough', () => {
    const body = encode({ timeseries: [upSample] });
    expect(splitWriteRequest(body, 1)[0].body).toBe(body);
  });
});

describe('label blocks', () => {
  it('come back as the same labels in the same order', () => {
    fc.assert(
      fc.property(labels, (list) => {
        expect(decodeLabelBlock(encodeLabelBlock(list))).toEqual(list);
      }),
    );
  });

  it('are the bytes that protobufjs writes', () => {
    const list = [label('__name__', 'up'), label('a', 'x'.repeat(200)), label('grüße', '✓')];
    const body = encode({ timeseries: [{ labels: list }] });
    const reader = new ByteReader(body);
    reader.tag();
    expect(encodeLabelBlock(list)).toEqual(reader.bytes().slice());
  });

  it.each<[string, number[], string]>([
    ['a label cut in the middle', [0x0a, 4, 0x0a, 5, 0x61, 0x62], 'malformed_protobuf'],
    ['a name that is a number', [0x0a, 2, 0x08, 1], 'malformed_protobuf'],
    ['something that is not a label', [0x12, 0], 'malformed_protobuf'],
    ['a value that is not UTF-8', [0x0a, 3, 0x12, 1, 0xff], 'invalid_utf8'],
  ])('are refused with %s', (_, bytes, expected) => {
    expect(reasonOf(() => decodeLabelBlock(new Uint8Array(bytes)))).toBe(expected);
  });

  it.each<[string, string[], string | undefined]>([
    ['a plain series', ['__name__=up', 'job=x'], undefined],
    ['unsorted labels, which are repaired by sorting', ['job=x', '__name__=up'], undefined],
    ['a recording rule with colons', ['__name__=job:up:sum'], undefined],
    ['labels that start with underscores', ['__name__=up', '__tenant__=x'], undefined],
    ['an empty value, which means no label', ['__name__=up', 'job='], undefined],
    ['no labels', [], 'missing_metric_name'],
    ['no metric name', ['job=x'], 'missing_metric_name'],
    ['an empty metric name', ['__name__='], 'missing_metric_name'],
    ['a metric name with dots, as OpenTelemetry has them', ['__name__=http.requests'], undefined],
    ['a label name with a space', ['__name__=up', 'pod name=x'], undefined],
    ['names beyond ASCII', ['__name__=größe', 'имя=x'], undefined],
    ['an empty label name', ['__name__=up', '=x'], 'label_name_invalid'],
    ['a label twice', ['__name__=up', 'a=1', 'a=1'], 'duplicate_label_names'],
    ['a label twice among unsorted ones', ['a=1', '__name__=up', 'a=2'], 'duplicate_label_names'],
    ['the metric name twice', ['__name__=up', '__name__=down'], 'duplicate_label_names'],
  ])('of %s are judged', (_, pairs, expected) => {
    const list = pairs.map((pair) => label(...(pair.split('=') as [string, string])));
    expect(validateLabelBlock(list)).toBe(expected);
  });
});
