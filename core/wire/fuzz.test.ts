/**
 * Every decoder of this folder on broken input. The corpus is one valid message of each kind; a mutation flips, inserts,
 * removes or repeats bytes, so most inputs get past the first field. The only error allowed is an OutcomeError.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { snappyEncode } from '../codec/snappy.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import { OutcomeError } from '../outcome.ts';
import { parseLabelsText } from './labels-text.ts';
import { decodeLokiPush, decodeLokiPushJson, encodeLokiPush } from './loki-push.ts';
import { countSpans, decodeTraces, otlpTracesJsonToProtobuf } from './otlp-traces.ts';
import {
  countWriteRequest,
  decodeLabelBlock,
  decodeWriteRequest,
  encodeLabelBlock,
  splitWriteRequest,
  WriteRequestBuilder,
} from './remote-write-v1.ts';
import { decodeBatch, decodeBatchResponse, encodeBatch, encodeBatchResponse } from './spillway-batch.ts';

const labelBlock = encodeLabelBlock(
  labelsFromRecord({ __name__: 'http_seconds', job: 'größe', path: 'x'.repeat(130) }),
);

function writeRequest(): Uint8Array {
  const builder = new WriteRequestBuilder();
  builder.addSample(labelBlock, 1.5, 1_767_225_600_000);
  builder.addStaleSample(labelBlock, -5);
  const exemplar = new ByteWriter().bytes(labelBlock).byte(0x11).double(2).varintField(3, 9);
  const histogram = new ByteWriter()
    .varintField(1, 3)
    .bytesField(11, new Uint8Array([8, 2, 16, 1]))
    .bytesField(12, new Uint8Array([2, 4]));
  const rest = new ByteWriter().bytesField(3, exemplar.view()).bytesField(4, histogram.view()).take();
  builder.addSeries(labelBlock, rest, 0, rest.length, 1);
  builder.addMetadata({ type: 'counter', family: 'http_seconds', help: 'Time', unit: 's' });
  return builder.take();
}

const otlpJson = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          scope: { name: 'lib' },
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
              name: 'GET',
              startTimeUnixNano: '1767225600000000000',
              attributes: [{ key: 'a', value: { arrayValue: { values: [{ intValue: '-5' }, { doubleValue: 0.5 }] } } }],
              events: [{ timeUnixNano: 5, name: 'e' }],
              status: { code: 2, message: 'x' },
            },
          ],
        },
      ],
    },
  ],
});
const lokiStreams = [
  {
    labels: labelsFromRecord({ app: 'shop', level: 'in"fo' }),
    entries: [
      { timestampNs: 1_767_225_600_123_456_789n, line: 'größe=5', metadata: labelsFromRecord({ trace: '1' }) },
      { timestampNs: -1n, line: '', metadata: [] },
    ],
  },
];
const lokiJson = '{"streams":[{"stream":{"a":"b"},"values":[["1767225600123456789","line",{"m":"1"}],["5","x"]]}]}';

const decoders: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ['countWriteRequest', writeRequest(), countWriteRequest],
  ['decodeWriteRequest', writeRequest(), decodeWriteRequest],
  ['splitWriteRequest', writeRequest(), (bytes) => splitWriteRequest(bytes, 1)],
  ['decodeLabelBlock', labelBlock, (bytes) => decodeLabelBlock(bytes)],
  ['decodeLokiPush', encodeLokiPush(lokiStreams), decodeLokiPush],
  ['countSpans', otlpTracesJsonToProtobuf(otlpJson), countSpans],
  ['decodeTraces', otlpTracesJsonToProtobuf(otlpJson), decodeTraces],
  [
    'decodeBatch',
    encodeBatch({
      agentId: 'host-1',
      sequence: 300,
      sentAtMs: 1_767_225_600_000,
      sections: [
        {
          signal: 'metrics',
          contentType: 'application/x-protobuf',
          contentEncoding: 'snappy',
          body: snappyEncode(writeRequest()),
          items: 3,
        },
      ],
    }),
    decodeBatch,
  ],
  [
    'decodeBatchResponse',
    encodeBatchResponse({
      duplicate: true,
      results: [{ section: 1, acceptedItems: 5, rejectedItems: 300, reason: 'invalid_utf8', message: 'größe' }],
    }),
    decodeBatchResponse,
  ],
];
const textDecoders: [string, string, (text: string) => unknown][] = [
  ['parseLabelsText', '{app="shop", level="in\\"fo\\x41\\u00e9", raw=`x`}', parseLabelsText],
  ['decodeLokiPushJson', lokiJson, decodeLokiPushJson],
  ['otlpTracesJsonToProtobuf', otlpJson, otlpTracesJsonToProtobuf],
];

const edit = fc.record({
  kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'repeat'),
  at: fc.nat(),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x0a, 0x22, 0x5c, 0x7b, 0x7d)),
  length: fc.integer({ min: 1, max: 12 }),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function mutate(input: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const bytes = [...input];
  for (const { kind, at, value, length } of edits) {
    const index = bytes.length === 0 ? 0 : at % bytes.length;
    if (kind === 'set') bytes[index] = value;
    else if (kind === 'flip') bytes[index] ^= 1 << (value % 8);
    else if (kind === 'insert') bytes.splice(index, 0, ...Array(length).fill(value));
    else if (kind === 'remove') bytes.splice(index, length);
    else bytes.splice(index, 0, ...bytes.slice(index, index + length));
  }
  return new Uint8Array(bytes);
}

/** Whether the input was taken. */
function survives(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (!(error instanceof OutcomeError)) throw error;
    expect(error.failure.message.length).toBeLessThan(500);
    return false;
  }
}

const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

describe('on mutated messages', () => {
  it.each(decoders)('%s throws nothing but an OutcomeError', (_, valid, decode) => {
    expect(survives(() => decode(valid))).toBe(true);
    let refused = 0;
    const check = fc.property(edits, (changes) => {
      if (!survives(() => decode(mutate(valid, changes)))) refused++;
    });
    fc.assert(check, { numRuns: 1500 });
    expect(refused).toBeGreaterThan(0);
  });

  it.each(textDecoders)('%s throws nothing but an OutcomeError', (_, valid, decode) => {
    expect(survives(() => decode(valid))).toBe(true);
    const bytes = new TextEncoder().encode(valid);
    let refused = 0;
    const check = fc.property(edits, (changes) => {
      if (!survives(() => decode(new TextDecoder().decode(mutate(bytes, changes))))) refused++;
    });
    fc.assert(check, { numRuns: 1500 });
    expect(refused).toBeGreaterThan(0);
  });
});

describe('on random bytes', () => {
  it.each(decoders)('%s throws nothing but an OutcomeError', (_, __, decode) => {
    const check = fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      survives(() => decode(bytes));
    });
    fc.assert(check, { numRuns: 1000 });
  });
});

describe('what one decoder takes, the others take', () => {
  it('a write request that was counted can be split, and its parts hold the same series and samples', () => {
    const valid = writeRequest();
    fc.assert(
      fc.property(edits, (changes) => {
        const body = mutate(valid, changes);
        if (!survives(() => countWriteRequest(body))) return;
        const { series, samples } = countWriteRequest(body);
        const parts = splitWriteRequest(body, 1).map((part) => countWriteRequest(part.body));
        expect(parts.reduce((sum, part) => sum + part.series, 0)).toBe(series);
        expect(parts.reduce((sum, part) => sum + part.samples, 0)).toBe(samples);
      }),
      { numRuns: 2000 },
    );
  });

  it('a trace export that was counted can be decoded, with as many spans', () => {
    const valid = otlpTracesJsonToProtobuf(otlpJson);
    fc.assert(
      fc.property(edits, (changes) => {
        const body = mutate(valid, changes);
        if (!survives(() => countSpans(body))) return;
        const spans = decodeTraces(body).reduce((sum, scope) => sum + scope.spans.length, 0);
        expect(spans).toBe(countSpans(body));
      }),
      { numRuns: 2000 },
    );
  });
});
