import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../bytes/writer.ts';
import { formatLabels, labelsFromRecord } from '../../labels/labels.ts';
import { reasonOf } from '../../outcome.fixture.ts';
import { parseLabelsText } from '../labels-text.ts';
import type { LogStream } from '../log-stream.ts';
import { decodeLokiPush, decodeLokiPushJson, encodeLokiPush, MAX_PUSH_ITEMS } from './push.ts';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message PushRequest { repeated StreamAdapter streams = 1; string format = 2; }
  message StreamAdapter { string labels = 1; repeated EntryAdapter entries = 2; uint64 hash = 3; }
  message EntryAdapter { Timestamp timestamp = 1; string line = 2; repeated LabelPair structuredMetadata = 3; repeated LabelPair parsed = 4; }
  message Timestamp { int64 seconds = 1; int32 nanos = 2; }
  message LabelPair { string name = 1; string value = 2; }
`);
const PushRequest = root.lookupType('PushRequest');

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,4}[a-z]$/);
const record = fc.dictionary(
  name,
  text.filter((value) => value !== ''),
  { maxKeys: 4, noNullPrototype: true },
);
const streams: fc.Arbitrary<LogStream[]> = fc.array(
  fc.record({
    labels: record.map(labelsFromRecord),
    entries: fc.array(
      fc.record({
        timestampNs: fc.bigInt({ min: -(10n ** 18n), max: 2n ** 63n - 1n }),
        line: text,
        metadata: record.map(labelsFromRecord),
      }),
      { maxLength: 4 },
    ),
  }),
  { maxLength: 4 },
);

describe('times that are numbers in JSON', () => {
  it('are read digit by digit, as Loki reads them', () => {
    const text = '{"streams":[{"stream":{"a":"b"},"values":[[1795381932123456789,"x"],["1795381932123456788","y"]]}]}';
    const [stream] = decodeLokiPushJson(text);
    expect(stream?.entries.map(({ timestampNs }) => timestampNs)).toEqual([
      1_795_381_932_123_456_789n,
      1_795_381_932_123_456_788n,
    ]);
  });

  it('are refused where they are no whole numbers of nanoseconds', () => {
    for (const time of ['1.5', '1e30', '1795381932123456789000']) {
      const text = `{"streams":[{"stream":{"a":"b"},"values":[[${time},"x"]]}]}`;
      expect(() => decodeLokiPushJson(text)).toThrow(/values\[0\]\[0\]/);
    }
  });
});

describe('a Loki push in protobuf', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(streams, (value) => {
        expect(decodeLokiPush(encodeLokiPush(value))).toEqual(value);
      }),
    );
  });

  it('is the same to protobufjs', () => {
    fc.assert(
      fc.property(streams, (value) => {
        const options = { longs: String, arrays: true, defaults: true };
        const plain = PushRequest.toObject(PushRequest.decode(encodeLokiPush(value)), options);
        expect(plain.streams).toEqual(
          value.map(({ labels, entries }) => ({
            labels: formatLabels(labels),
            hash: '0',
            entries: entries.map(({ timestampNs, line, metadata }) => {
              const nanos = ((timestampNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
              const seconds = String((timestampNs - nanos) / 1_000_000_000n);
              return { timestamp: { seconds, nanos: Number(nanos) }, line, structuredMetadata: metadata, parsed: [] };
            }),
          })),
        );
      }),
    );
  });

  it.each([
    ['dotted.key', 'dotted.key'],
    ['é', 'key_'],
    ['日本', 'key__'],
    ['__', 'key__'],
  ])('names the metadata %s %s, because Loki answers 500 for ever to what makes no label name', (name, sent) => {
    const metadata = [{ name, value: 'x' }];
    const value = [{ labels: labelsFromRecord({ a: 'b' }), entries: [{ timestampNs: 1n, line: 'x', metadata }] }];
    expect(decodeLokiPush(encodeLokiPush(value))[0].entries[0].metadata[0].name).toBe(sent);
  });

  it('keeps the nanoseconds and the order of its lines', () => {
    const entries = [1_767_225_600_123_456_789n, 1n, 0n].map((timestampNs, i) => ({
      timestampNs,
      line: String(i),
      metadata: [],
    }));
    const value = [{ labels: labelsFromRecord({ a: 'b' }), entries }];
    expect(decodeLokiPush(encodeLokiPush(value))[0].entries).toEqual(entries);
  });

  const pushOf = (entry: (w: ByteWriter) => unknown, labels = '{a="b"}') => {
    const content = new ByteWriter();
    entry(content);
    const stream = new ByteWriter().stringField(1, labels).bytesField(2, content.view());
    return new ByteWriter().bytesField(1, stream.view()).take();
  };

  it('gets U+FFFD where a line is not UTF-8, and keeps a byte order mark', () => {
    const decode = (...bytes: number[]) =>
      decodeLokiPush(pushOf((w) => w.bytesField(2, new Uint8Array(bytes))))[0].entries[0].line;
    expect(decode(0x61, 0xff, 0x62)).toBe('a\ufffdb');
    expect(decode(0xef, 0xbb, 0xbf, 0x61)).toBe('\ufeffa');
  });

  it('is refused when it holds more lines than may be decoded, however few bytes they take', () => {
    const lines = new Uint8Array(2 * MAX_PUSH_ITEMS).map((_, i) => (i % 2 === 0 ? 0x12 : 0x00));
    const push = (entries: Uint8Array) => {
      const stream = new ByteWriter().bytesField(1, new TextEncoder().encode('{a="b"}')).bytes(entries);
      return new ByteWriter().bytesField(1, stream.view()).take();
    };
    expect(decodeLokiPush(push(lines.subarray(2)))[0]?.entries.length).toBe(MAX_PUSH_ITEMS - 1);
    expect(reasonOf(() => decodeLokiPush(push(lines)))).toBe('body_too_large');
  });

  it('skips fields it does not know, the hash of a stream among them', () => {
    const stream = new ByteWriter().stringField(1, '{a="b"}').varintField(3, 99).stringField(50, 'x');
    const body = new ByteWriter().bytesField(1, stream.view()).stringField(2, 'loki').take();
    expect(decodeLokiPush(body)).toEqual([{ labels: labelsFromRecord({ a: 'b' }), entries: [] }]);
  });

  it.each<[string, Uint8Array, string]>([
    ['labels that do not parse', pushOf(() => 0, 'a=b'), 'invalid_labels'],
    ['no labels', pushOf(() => 0, ''), 'invalid_labels'],
    [
      'labels that are not UTF-8',
      new ByteWriter().bytesField(1, new Uint8Array([0x0a, 1, 0xff])).take(),
      'invalid_utf8',
    ],
    [
      'a billion nanoseconds',
      pushOf((w) => w.bytesField(1, new ByteWriter().varintField(2, 1e9).view())),
      'malformed_timestamp',
    ],
    [
      'negative nanoseconds',
      pushOf((w) => w.bytesField(1, new ByteWriter().tag(2, 0).int64(-1).view())),
      'malformed_timestamp',
    ],
    ['a line of wire type varint', pushOf((w) => w.varintField(2, 1)), 'malformed_protobuf'],
    ['a stream of wire type varint', new ByteWriter().varintField(1, 1).take(), 'malformed_protobuf'],
    [
      'metadata without a name',
      pushOf((w) => w.bytesField(3, new ByteWriter().stringField(2, 'x').view())),
      'invalid_labels',
    ],
    ['metadata that is not UTF-8', pushOf((w) => w.bytesField(3, new Uint8Array([0x0a, 1, 0xff]))), 'invalid_utf8'],
    ['a cut line', new Uint8Array([0x0a, 4, 0x12, 2, 0x12, 9]), 'malformed_protobuf'],
  ])('with %s is refused', (_, body, reason) => {
    expect(reasonOf(() => decodeLokiPush(body))).toBe(reason);
  });
});

describe('a Loki push in JSON', () => {
  it('means the same as in protobuf', () => {
    const value = decodeLokiPushJson(
      '{"streams":[{"stream":{"job":"x","app":"y"},"values":[["1767225600123456789","a line"],["1","b",{"trace":"1","a":"2"}]]}],"extra":1}',
    );
    expect(value).toEqual([
      {
        labels: labelsFromRecord({ app: 'y', job: 'x' }),
        entries: [
          { timestampNs: 1_767_225_600_123_456_789n, line: 'a line', metadata: [] },
          { timestampNs: 1n, line: 'b', metadata: labelsFromRecord({ a: '2', trace: '1' }) },
        ],
      },
    ]);
    expect(decodeLokiPush(encodeLokiPush(value))).toEqual(value);
  });

  it('takes a time that is a number, an empty list, and labels with the names of object properties', () => {
    expect(decodeLokiPushJson('{"streams":[]}')).toEqual([]);
    expect(decodeLokiPushJson('{}')).toEqual([]);
    const [stream] = decodeLokiPushJson(
      '{"streams":[{"stream":{"__proto__":"a","constructor":"b"},"values":[[5,"x"]]}]}',
    );
    expect(formatLabels(stream.labels)).toBe('{__proto__="a", constructor="b"}');
    expect(stream.entries[0].timestampNs).toBe(5n);
  });

  it('takes labels that are numbers and booleans, as Loki does', () => {
    const [stream] = decodeLokiPushJson('{"streams":[{"stream":{"code":404,"ok":false},"values":[]}]}');
    expect(formatLabels(stream.labels)).toBe('{code="404", ok="false"}');
  });

  it.each([
    ['not JSON', '{"streams":', 'malformed_json'],
    ['an array', '[]', 'malformed_json'],
    ['null', 'null', 'malformed_json'],
    ['streams that are no array', '{"streams":{}}', 'malformed_json'],
    ['a label that is an object', '{"streams":[{"stream":{"a":{}},"values":[]}]}', 'malformed_json'],
    ['a label name with a dash', '{"streams":[{"stream":{"a-b":"1"},"values":[]}]}', 'invalid_labels'],
    ['a line that is a number', '{"streams":[{"stream":{},"values":[["1",2]]}]}', 'malformed_json'],
    ['an entry without a line', '{"streams":[{"stream":{},"values":[["1"]]}]}', 'malformed_json'],
    ['metadata that is a number', '{"streams":[{"stream":{},"values":[["1","x",{"a":1}]]}]}', 'malformed_json'],
    ['a time in words', '{"streams":[{"stream":{},"values":[["now","x"]]}]}', 'malformed_timestamp'],
    ['a fraction of a nanosecond', '{"streams":[{"stream":{},"values":[[1.5,"x"]]}]}', 'malformed_timestamp'],
    [
      'a time beyond 64 bits',
      '{"streams":[{"stream":{},"values":[["9223372036854775808","x"]]}]}',
      'malformed_timestamp',
    ],
  ])('that is or has %s is refused', (_, body, reason) => {
    expect(reasonOf(() => decodeLokiPushJson(body))).toBe(reason);
  });

  it('names the place of a mistake', () => {
    const body = '{"streams":[{"stream":{},"values":[["1","x"],["2",3]]}]}';
    expect(() => decodeLokiPushJson(body)).toThrow('streams[0].values[1][1] is not a string');
  });
});

describe('label text', () => {
  it('comes back from the text that is written', () => {
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.string({ unit: 'binary', minLength: 1 }), { noNullPrototype: true }),
        (value) => {
          const labels = labelsFromRecord(value);
          expect(parseLabelsText(formatLabels(labels))).toEqual(labels);
        },
      ),
    );
  });

  it.each([
    ['{}', {}],
    [' { a = "b" , c="d" , } ', { a: 'b', c: 'd' }],
    ['{b="2",a="1"}', { a: '1', b: '2' }],
    ["{a='it\\'s'}", { a: "it's" }],
    ['{a=`raw\\n"x"`}', { a: 'raw\\n"x"' }],
    ['{a="\\a\\b\\f\\n\\r\\t\\v\\\\\\""}', { a: '\u0007\b\f\n\r\t\v\\"' }],
    ['{a="\\x41\\101\\u00e9\\U0001f600"}', { a: 'AAé😀' }],
    ['{a="\\xc3\\xa9"}', { a: 'é' }],
    ['{a="grüße 😀"}', { a: 'grüße 😀' }],
    ['{a="}",b="{,="}', { a: '}', b: '{,=' }],
    ['{a=""}', {}],
    ['{__name__="x"}', { __name__: 'x' }],
  ])('%s is read', (input, expected) => {
    expect(parseLabelsText(input)).toEqual(labelsFromRecord(expected as Record<string, string>));
  });

  it.each([
    '',
    '{',
    'a="b"',
    '{a}',
    '{a="b"',
    '{a="b"} x',
    '{a="b" c="d"}',
    '{a=b}',
    '{="b"}',
    '{1a="b"}',
    '{a-b="c"}',
    '{a="b"c="d"}',
    '{,}',
    '{a="b}',
    '{a="\n"}',
    '{a="\\"}',
    '{a="\\q"}',
    '{a="\\x4"}',
    '{a="\\777"}',
    '{a="\\ud800"}',
    '{a="\\U00110000"}',
    '{a="\\xff"}',
    '{a="\\\'"}',
    '{a=~"b"}',
    '{a!="b"}',
    '{a="1",a="2"}',
  ])('%j is refused', (input) => {
    expect(reasonOf(() => parseLabelsText(input))).toBe('invalid_labels');
  });

  it('says what is wrong and where, with no more than an excerpt', () => {
    expect(() => parseLabelsText('{a="b" c="d"}')).toThrow('labels {a="b" c="d"}: expected "," at character 8');
    expect(() => parseLabelsText(`{${'x'.repeat(5000)}`)).toThrow(/^labels \{x{79}…: expected "=" at character 5002$/);
  });
});
