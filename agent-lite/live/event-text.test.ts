import { describe, expect, it } from 'vitest';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import type { LogsBatch } from '../../core/pipeline/signals.ts';
import { decodePyroscopeIngest } from '../../core/wire/pyroscope/ingest.ts';
import {
  goFloat,
  lineTexts,
  profileTexts,
  relabelledLines,
  relabelledProfiles,
  relabelText,
  rfc3339Nano,
  sampleTexts,
  spansText,
  targetsText,
} from './event-text.ts';

const labels = labelsFromRecord({ __name__: 'up', job: 'a "b"' });
const bits = (value: number) => new DataView(Float64Array.of(value).buffer).getBigUint64(0, true);
const batch = (entries: LogsBatch['streams'][number]['entries'], level = 'info'): LogsBatch => ({
  signal: 'logs',
  streams: [{ labels: labelsFromRecord({ level }), entries }],
  marks: [],
});
const line = (text: string) => ({
  timestampNs: 1_700_000_000_120_000_000n,
  line: text,
  metadata: labelsFromRecord({ trace: 't' }),
});

describe('texts of live debugging', () => {
  it('of samples are those of Alloy', () => {
    const series = { labels, samples: [{ valueBits: bits(1.5), timestampMs: 1700 }], exemplars: [], histograms: [] };
    expect(sampleTexts(labels, series)).toEqual([
      'sample: ts=1700, labels={__name__="up", job="a \\"b\\""}, value=1.500000',
    ]);
  });

  it.each([
    [0, '0.000000'],
    [-2, '-2.000000'],
    [1e21, '1000000000000000000000.000000'],
    [1e-9, '0.000000'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('write %d as Go writes %%f', (value, text) => expect(goFloat(value)).toBe(text));

  it('of relabelled series show both label sets, none where it was dropped', () => {
    expect(relabelText(labelsFromRecord({ a: '1' }), labelsFromRecord({ a: '2' }))).toBe('{a="1"} => {a="2"}');
    expect(relabelText(labelsFromRecord({ a: '1' }), undefined)).toBe('{a="1"} => {}');
  });

  it('of lines name the side, the time, the labels and the metadata', () => {
    expect([...lineTexts('[IN]', batch([line('x')]))]).toEqual([
      '[IN]: timestamp: 2023-11-14T22:13:20.12Z, entry: x, labels: {level="info"}, structured_metadata: {"trace":"t"}',
    ]);
  });

  it('of relabelled lines tell which were dropped', () => {
    const kept = [line('a')];
    const before = { ...batch(kept), streams: [...batch(kept).streams, ...batch([line('b')], 'debug').streams] };
    expect([...relabelledLines(before, batch(kept, 'warn'))]).toEqual([
      'entry: a, labels: {level="info"} => {level="warn"}',
      'entry: b, labels: {level="debug"} => <dropped>',
    ]);
  });

  it('write times as Go does, before 1970 too', () => {
    expect([0n, 1n, -1n].map(rfc3339Nano)).toEqual([
      '1970-01-01T00:00:00Z',
      '1970-01-01T00:00:00.000000001Z',
      '1969-12-31T23:59:59.999999999Z',
    ]);
  });

  it('of targets list their labels in order', () => {
    expect(targetsText([{ b: '2', a: '1' }, {}])).toBe('[{"a"="1", "b"="2"} {}]');
  });

  it("of spans are those of the collector's debug exporter", () => {
    const span = {
      traceId: 'aa',
      spanId: 'bb',
      parentSpanId: '',
      name: 'GET /',
      kind: 2,
      startNs: 0n,
      endNs: 1_000_000n,
      attributes: [{ key: 'k', value: 'v' }],
      events: 0,
      links: 0,
      statusCode: 2,
      statusMessage: 'no',
    };
    const text = spansText([
      { resource: [{ key: 'service.name', value: 'shop' }], scopeName: 'http', scopeVersion: '1', spans: [span] },
    ]);
    expect(text.split('\n')).toEqual([
      'ResourceSpans #0',
      'Resource attributes:',
      '     -> service.name: shop',
      'ScopeSpans #0',
      'InstrumentationScope http 1',
      'Span #0',
      '    Trace ID       : aa',
      '    Parent ID      :',
      '    ID             : bb',
      '    Name           : GET /',
      '    Kind           : Server',
      '    Start time     : 1970-01-01T00:00:00Z',
      '    End time       : 1970-01-01T00:00:00.001Z',
      '    Status code    : Error',
      '    Status message : no',
      'Attributes:',
      '     -> k: v',
    ]);
  });

  it('of profiles name their labels, their number or their size, and nothing of what is in them', () => {
    const ingest = decodePyroscopeIngest('?name=app{a=b}', 'text/plain', new Uint8Array(3));
    const push = { labels, content: { kind: 'push', samples: [new Uint8Array(2)] } } as const;
    const profiles = { signal: 'profiles', series: [push, ingest] } as const;
    expect([...profileTexts(profiles)]).toEqual([
      'push: labels={__name__="up", job="a \\"b\\""}, 1 profiles',
      'ingest: labels={__name__="app", a="b"}, text/plain, 3 bytes',
    ]);
    const after = { signal: 'profiles', series: [{ ...ingest, labels: labelsFromRecord({ a: 'c' }) }] } as const;
    expect([...relabelledProfiles(profiles, after)]).toEqual([
      '{__name__="up", job="a \\"b\\""} => {}',
      '{__name__="app", a="b"} => {a="c"}',
    ]);
  });
});
