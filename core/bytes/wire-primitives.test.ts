import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../outcome.fixture.ts';
import { ByteReader } from './reader.ts';
import { ByteWriter } from './writer.ts';

const uint53 = fc.maxSafeNat();
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('ByteWriter and ByteReader', () => {
  it('read back every unsigned number they write', () => {
    fc.assert(
      fc.property(uint53, uint64, (a, b) => {
        const reader = new ByteReader(new ByteWriter(1).varint(a).varint64(b).take());
        expect(reader.varint()).toBe(a);
        expect(reader.varint64()).toBe(b);
        expect(reader.done).toBe(true);
      }),
    );
  });

  it('read back signed, zigzag and fixed 64-bit numbers', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const reader = new ByteReader(new ByteWriter(1).varint64(value).zigzag64(value).fixed64(value).take());
        expect(reader.int64()).toBe(value);
        expect(reader.zigzag64()).toBe(value);
        expect(BigInt.asIntN(64, reader.fixed64())).toBe(value);
      }),
    );
  });

  it('write the same bytes as protobufjs', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string({ unit: 'binary' }), fc.double(), (number, text, double) => {
        const expected = protobuf.Writer.create().int64(number).sint32(number).string(text).double(double).finish();
        const actual = new ByteWriter(1).int64(number).zigzag32(number).string(text).double(double).take();
        expect(actual).toEqual(new Uint8Array(expected));
      }),
    );
  });

  it('write strings whose length needs more than one byte', () => {
    for (const length of [0, 1, 127, 128, 129, 16_383, 16_384, 70_000]) {
      const text = 'é'.repeat(length);
      const reader = new ByteReader(new ByteWriter(1).byte(7).string(text).byte(9).take());
      expect(reader.varint()).toBe(7);
      expect(reader.string()).toBe(text);
      expect(reader.varint()).toBe(9);
    }
  });

  it('skip a field of every wire type and stand at the next one', () => {
    const writer = new ByteWriter()
      .varintField(1, 300)
      .tag(2, 1)
      .fixed64(5n)
      .stringField(3, 'skipped')
      .tag(4, 5)
      .fixed32(6);
    const reader = new ByteReader(writer.varintField(5, 1).take());
    const fields = [];
    while (!reader.done) {
      const tag = reader.tag();
      fields.push(tag >> 3);
      reader.skip(tag & 7);
    }
    expect(fields).toEqual([1, 2, 3, 4, 5]);
  });

  it('keep a taken copy untouched by later writes', () => {
    const writer = new ByteWriter().text('first');
    const taken = writer.take();
    writer.reset().text('other');
    expect(new TextDecoder().decode(taken)).toBe('first');
    expect(new TextDecoder().decode(writer.view())).toBe('other');
  });

  it.each([
    ['a varint that never ends', [0x80, 0x80], (r: ByteReader) => r.varint()],
    ['a varint of eleven bytes', [...Array(10).fill(0x80), 0x01], (r: ByteReader) => r.varint()],
    ['a 64-bit varint of eleven bytes', [...Array(10).fill(0x80), 0x01], (r: ByteReader) => r.varint64()],
    ['a tenth byte that carries more than bit 63', [...Array(9).fill(0xff), 0x02], (r: ByteReader) => r.varint64()],
    ['a length past the end', [0x05, 1, 2], (r: ByteReader) => r.bytes()],
    ['a length of 2^63', [...Array(9).fill(0x80), 0x01], (r: ByteReader) => r.bytes()],
    ['field number 0', [0x00], (r: ByteReader) => r.tag()],
    ['a field number above 2^29 - 1', [0x80, 0x80, 0x80, 0x80, 0x10], (r: ByteReader) => r.tag()],
    ['a group', [], (r: ByteReader) => r.skip(3)],
    ['an end of group', [], (r: ByteReader) => r.skip(4)],
    ['a wire type that does not exist', [], (r: ByteReader) => r.skip(7)],
    ['seven bytes of a fixed64', [1, 2, 3, 4, 5, 6, 7], (r: ByteReader) => r.fixed64()],
    ['three bytes of a fixed32', [1, 2, 3], (r: ByteReader) => r.skip(5)],
  ])('refuse %s as malformed_protobuf', (_, bytes, read) => {
    expect(reasonOf(() => read(new ByteReader(new Uint8Array(bytes))))).toBe('malformed_protobuf');
  });

  it('accept the largest 64-bit varint', () => {
    const bytes = new Uint8Array([...Array(9).fill(0xff), 0x01]);
    expect(new ByteReader(bytes).varint64()).toBe(2n ** 64n - 1n);
  });

  it('never read beyond the end they were given, even when the array goes on', () => {
    const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(reasonOf(() => new ByteReader(bytes, 0, 7).fixed64())).toBe('malformed_protobuf');
    expect(reasonOf(() => new ByteReader(new Uint8Array([3, 1, 2, 3]), 0, 3).bytes())).toBe('malformed_protobuf');
  });
});
