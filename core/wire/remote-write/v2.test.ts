import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../bytes/writer.ts';
import { reasonOf } from '../../outcome.fixture.ts';
import { OutcomeError } from '../../outcome.ts';
import { stripExtensions } from './extensions.ts';
import { countWriteRequest, decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from './v1.ts';
import { decodeRaw2Bytes, decodeRequest2, encodeRaw2, encodeRequest2, type TestSeries } from './v2.fixture.ts';
import { decodeRemoteWrite2, encodeRemoteWrite2, isRemoteWrite2 } from './v2.ts';

const MAX_BYTES = 1_000_000;
const decode = (bytes: Uint8Array, maxBytes = MAX_BYTES) => decodeRemoteWrite2(bytes, maxBytes);
const roundTrip = (series: readonly TestSeries[]) =>
  decodeRequest2(encodeRemoteWrite2(decode(encodeRequest2({ timeseries: series })).body, { extended: true }))
    .timeseries;

const up = { __name__: 'up', job: 'a' };
const sample = { value: 1, timestamp: 1000 };

describe('a request of remote write 2.0', () => {
  it('becomes a 1.0 body with extensions, counted by kind', () => {
    const decoded = decode(
      encodeRequest2({
        timeseries: [
          {
            labels: up,
            samples: [sample, { value: Number.NaN, timestamp: 2000, startTimestamp: 500 }],
            exemplars: [{ labels: { trace_id: 'x' }, value: 3, timestamp: 999 }],
          },
          { labels: { __name__: 'h' }, histograms: [{ count: 0, timestamp: 5, startTimestamp: 1 }] },
        ],
      }),
    );
    expect(decoded).toMatchObject({ samples: 2, histograms: 1, exemplars: 1, rejections: [] });
    expect(decodeWriteRequest(decoded.body).series).toMatchObject([
      {
        labels: [
          { name: '__name__', value: 'up' },
          { name: 'job', value: 'a' },
        ],
        samples: [{ timestampMs: 1000 }, { timestampMs: 2000 }],
        exemplars: [{ labels: [{ name: 'trace_id', value: 'x' }], value: 3, timestampMs: 999 }],
      },
      { histograms: [{}] },
    ]);
  });

  it('keeps the bits of a staleness marker', () => {
    const message = new ByteWriter().byte(0x09).fixed64(0x7ff0000000000002n).byte(0x10).varint(7).take();
    const series = new ByteWriter()
      .bytesField(1, new Uint8Array([1, 2]))
      .bytesField(2, message)
      .take();
    const request = new ByteWriter().stringField(4, '').stringField(4, '__name__').stringField(4, 'up');
    const { body } = decode(request.bytesField(5, series).take());
    expect(decodeWriteRequest(body).series[0].samples).toEqual([{ valueBits: 0x7ff0000000000002n, timestampMs: 7 }]);
    const again = decode(encodeRemoteWrite2(body, { extended: true })).body;
    expect(again).toEqual(body);
  });

  it('sorts labels that a sender left unsorted, by bytes', () => {
    const { body } = decode(
      encodeRequest2({
        timeseries: [{ labels: { z: '1', '\u{1f600}': '2', '\uffff': '3', __name__: 'a' }, samples: [sample] }],
      }),
    );
    const names = decodeWriteRequest(body).series[0].labels.map(({ name }) => name);
    expect(names).toEqual(['__name__', 'z', '\uffff', '\u{1f600}']);
  });

  it('may have its symbols behind the series that use them, and refs that are not packed', () => {
    const series = new ByteWriter()
      .varintField(1, 1)
      .varintField(1, 2)
      .bytesField(2, new Uint8Array([0x10, 7]))
      .take();
    const request = new ByteWriter()
      .bytesField(5, series)
      .stringField(4, '')
      .stringField(4, '__name__')
      .stringField(4, 'a');
    expect(decodeWriteRequest(decode(request.take()).body).series[0].labels).toEqual([
      { name: '__name__', value: 'a' },
    ]);
  });

  it('may be empty', () => {
    expect(decode(new Uint8Array(0))).toMatchObject({ samples: 0, rejections: [] });
    expect(encodeRemoteWrite2(new Uint8Array(0), { extended: true })).toHaveLength(0);
  });

  it('takes series of exemplars alone, which Prometheus sends, and of metadata alone', () => {
    const series: TestSeries[] = [
      { labels: up, exemplars: [{ labels: {}, value: 1, timestamp: 1 }] },
      { labels: { __name__: 'm' }, metadata: { type: 1, help: 'h', unit: '' } },
    ];
    const decoded = decode(encodeRequest2({ timeseries: series }));
    expect(decoded).toMatchObject({ samples: 0, exemplars: 1, rejections: [] });
    expect(decodeWriteRequest(stripExtensions(decoded.body))).toMatchObject({
      series: [{ exemplars: [{}] }],
      metadata: [{ family: 'm', type: 'counter' }],
    });
  });
});

describe('a series of remote write 2.0 that breaks the rules', () => {
  const symbols = ['', '__name__', 'up'];
  const good = { labelsRefs: [1, 2], samples: [sample] };
  it.each<[string, object, string, RegExp]>([
    [
      'an odd number of refs',
      { ...good, labelsRefs: [1, 2, 1] },
      'invalid_symbol_refs',
      /timeseries\[0\] has 3 labels_refs/,
    ],
    [
      'a ref beyond the symbols',
      { ...good, labelsRefs: [1, 3] },
      'invalid_symbol_refs',
      /has 3 in labels_refs, beyond 3 symbols/,
    ],
    ['a ref of 2^32-1', { ...good, labelsRefs: [1, 4294967295] }, 'invalid_symbol_refs', /beyond 3 symbols/],
    ['a help text beyond the symbols', { ...good, metadata: { helpRef: 9 } }, 'invalid_symbol_refs', /9 in help_ref/],
    [
      'an exemplar with a ref beyond the symbols',
      { ...good, exemplars: [{ labelsRefs: [1, 5], value: 1 }] },
      'invalid_symbol_refs',
      /5 in labels_refs of an exemplar/,
    ],
    [
      'both samples and histograms',
      { ...good, histograms: [{ timestamp: 1 }] },
      'mixed_samples_and_histograms',
      /both/,
    ],
    ['nothing at all', { labelsRefs: [1, 2] }, 'series_without_samples', /neither/],
    ['empty metadata', { labelsRefs: [1, 2], metadata: {} }, 'series_without_samples', /neither/],
  ])('by %s is left out and told of, and the others are taken', (_, bad, reason, example) => {
    const decoded = decode(encodeRaw2({ symbols, timeseries: [bad, good] }));
    expect(decoded.rejections).toMatchObject([{ reason, series: 1, example: expect.stringMatching(example) }]);
    expect(decoded.samples).toBe(1);
    expect(countWriteRequest(decoded.body)).toMatchObject({ series: 1, samples: 1 });
  });

  it('is counted by kind', () => {
    const bad = { labelsRefs: [1], samples: [sample, sample], exemplars: [{ value: 1 }] };
    const worse = { labelsRefs: [2], histograms: [{ timestamp: 1 }] };
    const { rejections } = decode(encodeRaw2({ symbols, timeseries: [bad, worse] }));
    expect(rejections).toMatchObject([{ series: 2, samples: 2, histograms: 1, exemplars: 1 }]);
  });

  it('by text that is not UTF-8 is left out', () => {
    const series = new ByteWriter()
      .bytesField(1, new Uint8Array([1, 2]))
      .bytesField(2, new Uint8Array([0x10, 7]))
      .take();
    const request = new ByteWriter()
      .stringField(4, '')
      .stringField(4, '__name__')
      .bytesField(4, new Uint8Array([0xff]));
    expect(decode(request.bytesField(5, series).take()).rejections).toMatchObject([{ reason: 'invalid_utf8' }]);
  });
});

describe('a request of remote write 2.0 is refused as a whole', () => {
  it.each<[string, Uint8Array, string]>([
    ['whose first symbol is not empty', encodeRaw2({ symbols: ['a'], timeseries: [] }), 'malformed_protobuf'],
    ['that ends in a field', new Uint8Array([0x2a, 5, 1]), 'malformed_protobuf'],
    ['whose symbols are numbers', new Uint8Array([0x20, 5]), 'malformed_protobuf'],
    ['whose series are numbers', new Uint8Array([0x28, 5]), 'malformed_protobuf'],
    ['with a sample of the wrong shape', new Uint8Array([0x2a, 4, 0x12, 2, 0x08, 1]), 'malformed_protobuf'],
    [
      'with a million symbols and more',
      new Uint8Array(2 * (2 ** 20 + 1)).map((_, i) => (i % 2 === 0 ? 0x22 : 0)),
      'body_too_large',
    ],
  ])('%s', (_, bytes, reason) => {
    expect(reasonOf(() => decode(bytes))).toBe(reason);
  });

  it('that grows beyond the cap because large symbols are used often', () => {
    const labelsRefs = Array.from({ length: 2000 }, () => 1);
    const series = { labelsRefs, samples: [sample] };
    const bytes = encodeRaw2({ symbols: ['', 'x'.repeat(100_000)], timeseries: [series] });
    expect(bytes.length).toBeLessThan(103_000);
    expect(reasonOf(() => decode(bytes))).toBe('body_too_large');
  });

  it('that would do so in series which are left out in the end', () => {
    const exemplar = { labelsRefs: [1, 1, 1, 1], value: 1 };
    const series = { labelsRefs: [9], exemplars: [exemplar] };
    const bytes = encodeRaw2({
      symbols: ['', 'x'.repeat(100_000)],
      timeseries: Array.from({ length: 10 }, () => series),
    });
    expect(reasonOf(() => decode(bytes))).toBe('body_too_large');
  });
});

describe('our body as remote write 2.0', () => {
  it('has a table without duplicates, in order of first use, and is the same each time', () => {
    const builder = new WriteRequestBuilder();
    for (const job of ['a', 'b', 'a']) {
      builder.addSample(
        encodeLabelBlock([
          { name: '__name__', value: 'up' },
          { name: 'job', value: job },
        ]),
        1,
        1,
      );
    }
    const body = builder.take();
    const encoded = encodeRemoteWrite2(body, { extended: false });
    expect(decodeRequest2(encoded).symbols).toEqual(['', '__name__', 'up', 'job', 'a', 'b']);
    expect(encodeRemoteWrite2(body, { extended: false })).toEqual(encoded);
  });

  it('says of each series what its request says of the family', () => {
    const builder = new WriteRequestBuilder();
    for (const name of ['up', 'x_bucket', 'x_sum', 'x', 'y_total', 'z_sum', 'other']) {
      builder.addSample(encodeLabelBlock([{ name: '__name__', value: name }]), 1, 1);
    }
    builder.addMetadata({ type: 'gauge', family: 'up', help: 'Up.', unit: '' });
    builder.addMetadata({ type: 'histogram', family: 'x', help: 'X.', unit: 's' });
    builder.addMetadata({ type: 'counter', family: 'y', help: 'Y.', unit: '' });
    builder.addMetadata({ type: 'gauge', family: 'z', help: 'Z.', unit: '' });
    const { timeseries } = decodeRequest2(encodeRemoteWrite2(builder.take(), { extended: false }));
    expect(timeseries.map(({ labels, metadata }) => [labels.__name__, metadata?.type, metadata?.help])).toEqual([
      ['up', 2, 'Up.'],
      ['x_bucket', 3, 'X.'],
      ['x_sum', 3, 'X.'],
      ['x', 3, 'X.'],
      ['y_total', 1, 'Y.'],
      ['z_sum', undefined, undefined],
      ['other', undefined, undefined],
    ]);
  });

  it('never mixes samples and histograms in a series', () => {
    const block = encodeLabelBlock([{ name: '__name__', value: 'a' }]);
    const rest = new ByteWriter().bytesField(2, new Uint8Array([0x10, 7])).bytesField(4, new Uint8Array([0x78, 8]));
    rest.bytesField(3, new Uint8Array([0x18, 6]));
    const builder = new WriteRequestBuilder();
    builder.addSeries(block, rest.view(), 0, rest.length, 2);
    const { timeseries } = decodeRequest2(encodeRemoteWrite2(builder.take(), { extended: false }));
    expect(timeseries).toMatchObject([
      { labels: { __name__: 'a' }, samples: [{ timestamp: 7 }], histograms: [], exemplars: [{ timestamp: 6 }] },
      { labels: { __name__: 'a' }, samples: [], histograms: [{ timestamp: 8 }], exemplars: [] },
    ]);
  });

  it('puts exemplars that came alone beside the samples of their series, and sends none without samples', () => {
    const lonely = { labels: up, exemplars: [{ labels: {}, value: 2, timestamp: 5 }] };
    const other = { labels: { __name__: 'other' }, exemplars: [{ labels: {}, value: 3, timestamp: 5 }] };
    const out = roundTrip([lonely, { labels: up, samples: [sample] }, other, { labels: up, samples: [sample] }]);
    expect(out.map(({ samples, exemplars }) => [samples?.length, exemplars?.map(({ value }) => value)])).toEqual([
      [1, [2]],
      [1, []],
    ]);
  });

  it('takes no unknown field of a 1.0 sender for an extension of ours', () => {
    const block = encodeLabelBlock([{ name: '__name__', value: 'a' }]);
    const message = new Uint8Array([0x10, 7, 0x18, 9]);
    const rest = new ByteWriter().bytesField(2, message).bytesField(5, new Uint8Array([0x08, 1]));
    const builder = new WriteRequestBuilder();
    builder.addSeries(block, rest.view(), 0, rest.length, 1);
    const body = builder.take();
    expect(decodeRequest2(encodeRemoteWrite2(body, { extended: false })).timeseries).toEqual([
      { labels: { __name__: 'a' }, samples: [{ timestamp: 7 }], histograms: [], exemplars: [] },
    ]);
    expect(decodeRequest2(encodeRemoteWrite2(body, { extended: true })).timeseries).toMatchObject([
      { samples: [{ timestamp: 7, startTimestamp: 9 }], metadata: { type: 1 } },
    ]);
  });
});

describe('our body as remote write 1.0', () => {
  it('has none of the extensions, and names each family once', () => {
    const metadata = { type: 3, help: 'Time.', unit: 'seconds' };
    const series = ['t_bucket', 't_sum', 't_count'].map((name) => ({
      labels: { __name__: name },
      samples: [{ ...sample, startTimestamp: 5 }],
      metadata,
    }));
    const histogram = {
      labels: { __name__: 'n' },
      histograms: [{ count: 0, timestamp: 5, startTimestamp: 1 }],
      metadata,
    };
    const plain = stripExtensions(decode(encodeRequest2({ timeseries: [...series, histogram] })).body);
    const expected = new WriteRequestBuilder();
    for (const { labels } of series) {
      expected.addSample(encodeLabelBlock([{ name: '__name__', value: labels.__name__ }]), 1, 1000);
    }
    const rest = new ByteWriter().bytesField(4, new Uint8Array([0x08, 0, 0x78, 5]));
    expected.addSeries(encodeLabelBlock([{ name: '__name__', value: 'n' }]), rest.view(), 0, rest.length, 1);
    expected.addMetadata({ type: 'histogram', family: 't', help: 'Time.', unit: 'seconds' });
    expected.addMetadata({ type: 'histogram', family: 'n', help: 'Time.', unit: 'seconds' });
    expect(decodeWriteRequest(plain)).toEqual(decodeWriteRequest(expected.take()));
    expect(stripExtensions(plain)).toBe(plain);
  });
});

describe('the content type', () => {
  it.each([
    ['application/x-protobuf;proto=io.prometheus.write.v2.Request', true],
    ['application/x-protobuf; proto="io.prometheus.write.v2.Request"; charset=x', true],
    ['application/x-protobuf', false],
    ['application/x-protobuf;proto=prometheus.WriteRequest', false],
    ['application/x-protobuf;proto=io.prometheus.write.v2.RequestX', false],
  ])('%s is 2.0: %s', (contentType, expected) => expect(isRemoteWrite2(contentType)).toBe(expected));
});

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const labels = fc.dictionary(
  text.filter((name) => name !== ''),
  text,
  { maxKeys: 5, noNullPrototype: true },
);
const timestamp = fc.integer({ min: -(2 ** 40), max: 2 ** 42 });
const samples = fc.array(fc.record({ value: fc.double({ noNaN: true }), timestamp, startTimestamp: timestamp }), {
  minLength: 1,
  maxLength: 3,
});
const histograms = fc.array(
  fc.record({
    countFloat: fc.double({ noNaN: true, noDefaultInfinity: true }),
    schema: fc.integer({ min: -4, max: 8 }),
    positiveSpans: fc.array(fc.record({ offset: fc.integer({ min: -9, max: 9 }), length: fc.nat(5) }), {
      maxLength: 2,
    }),
    positiveDeltas: fc.array(fc.integer({ min: -999, max: 999 }), { maxLength: 4 }),
    customValues: fc.array(fc.double({ noNaN: true }), { maxLength: 3 }),
    timestamp,
    startTimestamp: timestamp,
  }),
  { minLength: 1, maxLength: 2 },
);
const exemplars = fc.array(fc.record({ labels, value: fc.double({ noNaN: true }), timestamp }), { maxLength: 2 });
const metadata = fc.record({ type: fc.integer({ min: 1, max: 7 }), help: text, unit: text });
const series = fc.oneof(
  fc.record({ labels, samples, exemplars, metadata }),
  fc.record({ labels, histograms, exemplars, metadata }),
);

describe('against protobufjs', () => {
  it('what a generated request says is what we send on', () => {
    fc.assert(
      fc.property(fc.array(series, { maxLength: 5 }), (timeseries) => {
        const given = decodeRequest2(encodeRequest2({ timeseries })).timeseries;
        expect(roundTrip(timeseries)).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });

  it('a mutated request that we take, it takes too and finds as many samples in; nothing throws but an OutcomeError', () => {
    const valid = encodeRequest2({
      timeseries: [
        {
          labels: up,
          samples: [sample],
          exemplars: [{ labels: { a: 'b' }, value: 1, timestamp: 1 }],
          metadata: { type: 1, help: 'h', unit: 'u' },
        },
        {
          labels: { __name__: 'h' },
          histograms: [
            {
              count: 3,
              positiveSpans: [{ offset: 0, length: 2 }],
              positiveDeltas: [1, 1],
              timestamp: 5,
              startTimestamp: 2,
            },
          ],
        },
      ],
    });
    const change = fc.record({
      at: fc.nat(valid.length - 1),
      byte: fc.nat(255),
      kind: fc.constantFrom('set', 'remove', 'insert'),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = [...valid];
        for (const { at, byte, kind } of changes) {
          bytes.splice(at, kind === 'insert' ? 0 : 1, ...(kind === 'remove' ? [] : [byte]));
        }
        const mutated = Uint8Array.from(bytes);
        let taken: ReturnType<typeof decode>;
        try {
          taken = decode(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(OutcomeError);
          return;
        }
        const theirs = decodeRaw2Bytes(mutated);
        const rejected = taken.rejections.reduce((sum, one) => sum + one.samples + one.histograms, 0);
        expect(taken.samples + taken.histograms + rejected).toBe(theirs.items);
        expect(countWriteRequest(taken.body).samples).toBe(taken.samples + taken.histograms);
        encodeRemoteWrite2(taken.body, { extended: true });
        stripExtensions(taken.body);
      }),
      { numRuns: 3000 },
    );
  });
});
