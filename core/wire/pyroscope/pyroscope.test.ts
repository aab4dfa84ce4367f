import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../bytes/writer.ts';
import { labelsFromRecord } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { connectErrorJson } from './connect-error.ts';
import { decodePyroscopeIngest, formatIngestName, ingestPath, parseIngestName } from './ingest.ts';
import type { IngestedProfile } from './profile-series.ts';
import { decodePyroscopePush, encodePyroscopePush, MAX_PUSH_PROFILES, rawProfileOf } from './push.ts';
import { decodePyroscopePushJson } from './push-json.ts';

/** push.v1 as Pyroscope publishes it (api/push/v1/push.proto, api/types/v1/types.proto). */
const schema = protobuf
  .parse(
    `syntax = "proto3"; package push.v1;
   message LabelPair { string name = 1; string value = 2; }
   message Annotation { string key = 1; string value = 2; }
   message RawSample { bytes raw_profile = 1; string ID = 2; }
   message RawProfileSeries { repeated LabelPair labels = 1; repeated RawSample samples = 2; repeated Annotation annotations = 3; }
   message PushRequest { repeated RawProfileSeries series = 1; }`,
    { keepCase: true },
  )
  .root.lookupType('push.v1.PushRequest');

function oracle(message: object): Uint8Array {
  return new Uint8Array(schema.encode(schema.fromObject(message)).finish());
}

function reasonOf(decode: () => unknown): string {
  try {
    decode();
    return 'taken';
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    return error.failure.reason;
  }
}

const labelName = fc.stringMatching(/^[a-z_]{1,12}$/);
const seriesArbitrary = fc.record({
  labels: fc.uniqueArray(
    fc.record({ name: labelName, value: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }) }),
    {
      minLength: 1,
      maxLength: 8,
      selector: ({ name }) => name,
    },
  ),
  samples: fc.array(
    fc.record({ raw_profile: fc.uint8Array({ maxLength: 400 }), ID: fc.string({ unit: 'grapheme' }) }),
    {
      maxLength: 4,
    },
  ),
});

describe('a push of profiles', () => {
  it('is read as protobufjs wrote it and written so that protobufjs reads the same, raw profiles byte for byte', () => {
    fc.assert(
      fc.property(fc.array(seriesArbitrary, { maxLength: 4 }), (series) => {
        const decoded = decodePyroscopePush(oracle({ series }));
        expect(
          decoded.map(({ labels, content }) => ({
            labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])),
            samples: content.samples.map((sample) => rawProfileOf(sample)),
          })),
        ).toEqual(
          series.map(({ labels, samples }) => ({
            labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])),
            samples: samples.map(({ raw_profile, ID }) => ({ id: ID, rawProfile: raw_profile })),
          })),
        );
        const again = schema.toObject(schema.decode(encodePyroscopePush(decoded)), {
          defaults: true,
          arrays: true,
          bytes: Array,
        });
        const expected = series.map(({ labels, samples }) => ({
          labels: [...labels].sort((a, b) => (a.name < b.name ? -1 : 1)),
          samples: samples.map(({ raw_profile, ID }) => ({ raw_profile: [...raw_profile], ID })),
          annotations: [],
        }));
        expect(again.series).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('means the same in JSON, whichever base64 and whichever spelling of the field', () => {
    const bytes = new Uint8Array([0xfb, 0xff, 0xfe, 1, 2]);
    const expected = decodePyroscopePush(
      oracle({
        series: [{ labels: [{ name: '__name__', value: 'memory' }], samples: [{ raw_profile: bytes, ID: 'x' }] }],
      }),
    );
    const base64 = Buffer.from(bytes).toString('base64');
    const base64url = Buffer.from(bytes).toString('base64url');
    const labels = [{ name: '__name__', value: 'memory' }];
    for (const sample of [
      { rawProfile: base64, ID: 'x' },
      { raw_profile: base64url, ID: 'x' },
      { rawProfile: base64.replace('=', ''), ID: 'x', unknown: [1] },
    ]) {
      const text = JSON.stringify({ series: [{ labels, samples: [sample], annotations: null }] });
      expect(decodePyroscopePushJson(text)).toEqual(expected);
    }
    expect(decodePyroscopePushJson('{}')).toEqual([]);
  });

  it.each([
    [
      'a label twice',
      {
        labels: [
          { name: 'a', value: '1' },
          { name: 'a', value: '2' },
        ],
      },
      'duplicate_label_names',
    ],
    ['a label without a name', { labels: [{ name: '', value: '1' }] }, 'invalid_labels'],
    ['no labels', { labels: [] }, 'invalid_labels'],
    [
      'hundreds of labels',
      { labels: [...Array(257).keys()].map((i) => ({ name: `l${i}`, value: 'x' })) },
      'max_label_names_per_series',
    ],
  ])('with %s in a series is refused', (_what, series, reason) => {
    expect(reasonOf(() => decodePyroscopePush(oracle({ series: [series] })))).toBe(reason);
    expect(reasonOf(() => decodePyroscopePushJson(JSON.stringify({ series: [series] })))).toBe(reason);
  });

  it('of more profiles than the limit is refused before they become objects', () => {
    const one = new ByteWriter().bytesField(1, new ByteWriter().stringField(1, 'a').stringField(2, 'b').view());
    for (let i = 0; i <= MAX_PUSH_PROFILES; i++) one.bytesField(2, new Uint8Array(0));
    const body = new ByteWriter().bytesField(1, one.view()).take();
    expect(reasonOf(() => decodePyroscopePush(body))).toBe('body_too_large');
    const many = new ByteWriter();
    for (let i = 0; i < 6000; i++) many.bytesField(1, new Uint8Array([0x0a, 3, 0x0a, 1, 0x61]));
    expect(reasonOf(() => decodePyroscopePush(many.take()))).toBe('body_too_large');
  });

  it.each([
    ['not JSON', '{', 'malformed_json'],
    ['a list', '[]', 'malformed_json'],
    ['series that is no list', '{"series":{}}', 'malformed_json'],
    [
      'a profile that is not base64',
      '{"series":[{"labels":[{"name":"a","value":"b"}],"samples":[{"rawProfile":"*"}]}]}',
      'malformed_json',
    ],
  ])('in JSON that is %s is refused', (_what, text, reason) => {
    expect(reasonOf(() => decodePyroscopePushJson(text))).toBe(reason);
  });

  it('of a cut body is refused', () => {
    const body = oracle({
      series: [{ labels: [{ name: 'a', value: 'b' }], samples: [{ raw_profile: new Uint8Array(50) }] }],
    });
    expect(reasonOf(() => decodePyroscopePush(body.subarray(0, body.length - 1)))).toBe('malformed_protobuf');
  });
});

describe('the name of an ingested profile', () => {
  // From Pyroscope's own tests of api/model/labelset, and its parser read state by state.
  it.each([
    ['foo', { __name__: 'foo' }],
    ['foo{bar=1,baz=2}', { __name__: 'foo', bar: '1', baz: '2' }],
    [' foo { bar = 1 , baz = 2 } ', { __name__: 'foo', bar: '1', baz: '2' }],
    ['foo{}', { __name__: 'foo' }],
    ['my-app.cpu/x{a.b="q"}', { __name__: 'my-app.cpu/x', 'a.b': '"q"' }],
    ['foo{a=1,a=2}', { __name__: 'foo', a: '2' }],
    ['foo{a=1', { __name__: 'foo' }],
    ['foo{a=1,b', { __name__: 'foo', a: '1' }],
    ['test.app{invalid-label-syntax}', { __name__: 'test.app' }],
    ['foo{a=x{y}', { __name__: 'foo', a: 'x{y' }],
    ['foo{__name__=bar}', { __name__: 'bar' }],
  ])('%s is read as Pyroscope reads it', (text, expected) => {
    expect(parseIngestName(text)).toEqual(labelsFromRecord(expected));
  });

  it.each(['', '{a=b}', 'größe', 'a b', 'foo{a-b=1}', 'foo{=1}', 'foo{,a=1}'])(
    '%j is refused as Pyroscope refuses it',
    (text) => {
      expect(reasonOf(() => parseIngestName(text))).toBe('invalid_labels');
    },
  );

  it('is written so that it is read back', () => {
    const value = fc.string({ minLength: 1, maxLength: 20 }).map((text) => text.replace(/[,}]/g, '').trim() || 'x');
    const labels = fc.dictionary(
      fc.stringMatching(/^[a-zA-Z0-9_.]{1,8}$/).filter((name) => name !== '__name__' && name !== '__proto__'),
      value,
      { maxKeys: 6 },
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[-a-zA-Z0-9_./]{1,12}$/), labels, (name, others) => {
        const all = labelsFromRecord({ ...others, __name__: name });
        expect(parseIngestName(formatIngestName(all))).toEqual(all);
      }),
    );
  });

  it('lets no value become a label', () => {
    const text = formatIngestName(labelsFromRecord({ __name__: 'foo', a: '1,host=other}', host: 'web' }));
    expect(parseIngestName(text)).toEqual(labelsFromRecord({ __name__: 'foo', a: '1_host=other_', host: 'web' }));
  });
});

describe('an ingested profile', () => {
  const body = new Uint8Array([1, 2, 3]);
  const type = 'multipart/form-data; boundary=----x';

  it('keeps its query while its labels are those it came with, and only gets another name otherwise', () => {
    const { labels, content } = decodePyroscopeIngest('?name=app%7Ba%3Db%7D&from=1&until=2&format=pprof', type, body);
    const ingested = content as IngestedProfile;
    expect([ingested.contentType, ingested.body]).toEqual([type, body]);
    expect(ingestPath(labels, ingested)).toBe('/ingest?name=app%7Ba%3Db%7D&from=1&until=2&format=pprof');
    const changed = labelsFromRecord({ __name__: 'app', a: 'ü&x' });
    const path = ingestPath(changed, ingested);
    expect(path).toBe('/ingest?name=app%7Ba%3D%C3%BC%26x%7D&from=1&until=2&format=pprof');
    expect(decodePyroscopeIngest(new URL(path, 'http://x').search, type, body).labels).toEqual(changed);
  });

  it('is refused with a content type that would break out of its header, and with an endless query', () => {
    expect(reasonOf(() => decodePyroscopeIngest('?name=a', 'text/plain\r\nX-Evil: 1', body))).toBe(
      'unsupported_media_type',
    );
    expect(reasonOf(() => decodePyroscopeIngest(`?name=a&x=${'y'.repeat(9000)}`, type, body))).toBe('invalid_labels');
    expect(reasonOf(() => decodePyroscopeIngest('', type, body))).toBe('invalid_labels');
  });
});

describe('errors of Connect', () => {
  it('carry the code of the status and the message', () => {
    expect(JSON.parse(connectErrorJson(429, 'slow "down"'))).toEqual({
      code: 'resource_exhausted',
      message: 'slow "down"',
    });
    expect(JSON.parse(connectErrorJson(401, 'x')).code).toBe('unauthenticated');
    expect(JSON.parse(connectErrorJson(418, 'x')).code).toBe('unknown');
  });
});
