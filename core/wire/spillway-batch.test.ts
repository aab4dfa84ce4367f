import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { snappyEncode } from '../codec/snappy.ts';
import { reasonOf } from '../outcome.fixture.ts';
import { encodeLabelBlock, WriteRequestBuilder } from './remote-write/v1.ts';
import {
  type BatchResponse,
  decodeBatch,
  decodeBatchResponse,
  encodeBatch,
  encodeBatchResponse,
  type SpillwayBatch,
} from './spillway-batch.ts';

const page = readFileSync(new URL('../../docs/batch-protocol.md', import.meta.url), 'utf8');

/** The schema as the page gives it is the oracle. */
const { root } = protobuf.parse(/```proto\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
const Batch = root.lookupType('spillway.v1.Batch');
const Response = root.lookupType('spillway.v1.BatchResponse');

const signals = ['metrics', 'logs', 'traces', 'profiles'] as const;
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const batch: fc.Arbitrary<SpillwayBatch> = fc.record({
  agentId: text,
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  sentAtMs: fc.maxSafeNat(),
  sections: fc.array(
    fc.record(
      {
        signal: fc.constantFrom(...signals),
        contentType: text,
        contentEncoding: fc.constantFrom('', 'snappy', 'gzip'),
        body: fc.uint8Array(),
        items: fc.maxSafeNat(),
        path: text,
      },
      { requiredKeys: ['signal', 'contentType', 'contentEncoding', 'body', 'items'] },
    ),
    { maxLength: 4 },
  ),
});
const response: fc.Arbitrary<BatchResponse> = fc.record({
  duplicate: fc.boolean(),
  results: fc.array(
    fc.record({
      section: fc.nat(10),
      acceptedItems: fc.maxSafeNat(),
      rejectedItems: fc.maxSafeNat(),
      reason: fc.constantFrom('', 'metric_name_invalid'),
      message: fc.string({ unit: 'grapheme' }),
    }),
    { maxLength: 4 },
  ),
});

const valid: SpillwayBatch = {
  agentId: 'host-1',
  sequence: 7,
  sentAtMs: 1000,
  sections: [{ signal: 'logs', contentType: 'a', contentEncoding: '', body: new Uint8Array([1, 2]), items: 3 }],
};

describe('a batch', () => {
  it('comes back as it was, and protobufjs reads the same by the schema in docs/batch-protocol.md', () => {
    fc.assert(
      fc.property(batch, (value) => {
        const bytes = encodeBatch(value);
        expect(decodeBatch(bytes)).toEqual(value);
        const options = { longs: Number, bytes: Array, defaults: true, arrays: true };
        const plain = Batch.toObject(Batch.decode(bytes), options);
        expect(plain).toEqual({
          ...value,
          sections: value.sections.map((s) => ({
            ...s,
            body: [...s.body],
            signal: signals.indexOf(s.signal) + 1,
            path: s.path ?? '',
          })),
        });
      }),
    );
  });

  it('hands out bodies as views into the message, not as copies', () => {
    const bytes = encodeBatch(valid);
    expect(decodeBatch(bytes).sections[0].body.buffer).toBe(bytes.buffer);
  });

  it('is read when a newer agent adds fields', () => {
    const bytes = new Uint8Array([...encodeBatch(valid), ...new ByteWriter().stringField(90, 'new').take()]);
    expect(decodeBatch(bytes)).toEqual(valid);
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty message', new Uint8Array(0), 'malformed_protobuf'],
    ['no agent id', encodeBatch({ ...valid, agentId: '' }), 'malformed_protobuf'],
    ['an agent id of 129 characters', encodeBatch({ ...valid, agentId: 'x'.repeat(129) }), 'malformed_protobuf'],
    ['no sequence', encodeBatch({ ...valid, sequence: 0 }), 'malformed_protobuf'],
    ['an agent id that is not UTF-8', new Uint8Array([0x0a, 1, 0xff]), 'invalid_utf8'],
    ['a sequence of wire type fixed64', new ByteWriter().tag(2, 1).fixed64(1n).take(), 'malformed_protobuf'],
    [
      'a sequence above 2^53',
      new ByteWriter()
        .tag(2, 0)
        .varint64(2n ** 60n)
        .take(),
      'malformed_protobuf',
    ],
    [
      'a section of an unknown signal',
      new ByteWriter().bytesField(4, new Uint8Array([8, 9])).take(),
      'unsupported_media_type',
    ],
    ['1001 sections', encodeBatch({ ...valid, sections: Array(1001).fill(valid.sections[0]) }), 'body_too_large'],
  ])('with %s is refused', (_, bytes, expected) => {
    expect(reasonOf(() => decodeBatch(bytes))).toBe(expected);
  });

  it('that is cut inside a section is refused', () => {
    const bytes = encodeBatch(valid);
    for (let cut = encodeBatch({ ...valid, sections: [] }).length + 1; cut < bytes.length; cut++) {
      expect(reasonOf(() => decodeBatch(bytes.subarray(0, cut)))).toBe('malformed_protobuf');
    }
  });
});

describe('a batch response', () => {
  it('comes back as it was, and protobufjs reads the same by the schema in docs/batch-protocol.md', () => {
    fc.assert(
      fc.property(response, (value) => {
        const bytes = encodeBatchResponse(value);
        expect(decodeBatchResponse(bytes)).toEqual(value);
        expect(Response.toObject(Response.decode(bytes), { longs: Number, defaults: true, arrays: true })).toEqual(
          value,
        );
      }),
    );
  });
});

describe('the example in docs/batch-protocol.md', () => {
  it('is the bytes that the codec writes', () => {
    const builder = new WriteRequestBuilder();
    builder.addSample(
      encodeLabelBlock([
        { name: '__name__', value: 'up' },
        { name: 'job', value: 'node' },
      ]),
      1,
      1_767_225_600_000,
    );
    const example = encodeBatch({
      agentId: 'web-1',
      sequence: 42,
      sentAtMs: 1_767_225_601_000,
      sections: [
        {
          signal: 'metrics',
          contentType: 'application/x-protobuf',
          contentEncoding: 'snappy',
          body: snappyEncode(builder.take()),
          items: 1,
        },
      ],
    });
    const answer = encodeBatchResponse({
      duplicate: false,
      results: [{ section: 0, acceptedItems: 1, rejectedItems: 0, reason: '', message: '' }],
    });
    const dumps = [...page.matchAll(/```hex\n([\s\S]*?)```/g)].map((block) =>
      block[1].replace(/#.*$/gm, '').replace(/\s/g, ''),
    );
    expect(dumps).toEqual([Buffer.from(example).toString('hex'), Buffer.from(answer).toString('hex')]);
  });
});
