import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeError } from '../outcome.ts';
import { crc32c } from './crc32c.ts';
import { bytesEqual, rangeEqual, viewsEqual } from './equal.ts';
import { hashBytes } from './hash.ts';
import { decodeUtf8, encodeUtf8, encodeUtf8Into, utf8Length } from './utf8.ts';

const text = fc.string({ unit: 'binary', maxLength: 80 });

describe('UTF-8', () => {
  it('comes back as the same text, at any offset', () => {
    fc.assert(
      fc.property(text, (value) => {
        const bytes = encodeUtf8(value);
        const into = new Uint8Array(value.length * 3 + 5);
        expect(encodeUtf8Into(value, into, 5)).toBe(bytes.length);
        expect(decodeUtf8(into, 5, 5 + bytes.length)).toBe(value);
        expect(utf8Length(value)).toBe(bytes.length);
      }),
    );
  });

  it('keeps a byte order mark and NUL, which are data', () => {
    for (const value of ['\ufeffa', 'a\0b', `\ufeff${'x'.repeat(100)}`]) {
      expect(decodeUtf8(encodeUtf8(value))).toBe(value);
    }
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a sequence cut short', [0x61, 0xe2, 0x82]],
  ])('refuses %s', (_, bytes) => {
    const decode = () => decodeUtf8(new Uint8Array(bytes));
    expect(decode).toThrow(OutcomeError);
    expect(decode).toThrow(/not valid UTF-8/);
  });

  it('counts a lone surrogate as the U+FFFD that is written for it', () => {
    for (const value of ['\ud800', 'a\udc00b', '\ud800\ud800\udc00', '\ud83d\ude00']) {
      expect(utf8Length(value)).toBe(encodeUtf8(value).length);
    }
  });
});

describe('crc32c', () => {
  // RFC 3720, appendix B.4.
  it.each([
    ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 incrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['32 decrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['the digits 1 to 9', encodeUtf8('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s is what RFC 3720 says', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('of two pieces in turn is that of the whole', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(), (bytes, cut) => {
        const at = cut % (bytes.length + 1);
        expect(crc32c(bytes, at, bytes.length, crc32c(bytes, 0, at))).toBe(crc32c(bytes));
      }),
    );
  });
});

describe('hashBytes', () => {
  // Reference values of XXH32.
  it.each([
    ['', 0, 0x02cc5d05],
    ['', 0x9e3779b1, 0x36b78ae7],
    ['a', 0, 0x550d7456],
    ['abc', 0, 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0, 0xe2293b2f],
  ])('of %j with seed %i is XXH32', (value, seed, expected) => {
    expect(hashBytes(encodeUtf8(value), 0, value.length, seed)).toBe(expected);
  });

  it('depends on the range alone, not on what stands around it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, middle, after) => {
        const all = new Uint8Array([...before, ...middle, ...after]);
        const alone = hashBytes(middle, 0, middle.length);
        expect(hashBytes(all, before.length, before.length + middle.length)).toBe(alone);
      }),
    );
  });
});

describe('equality of bytes', () => {
  it('is that of the contents, with ranges past the end unequal', () => {
    const bytes = new Uint8Array([1, 2, 3, 1, 2]);
    expect(bytesEqual(bytes, bytes.slice())).toBe(true);
    expect(bytesEqual(bytes, bytes.subarray(1))).toBe(false);
    expect(rangeEqual(bytes, 0, bytes, 3, 2)).toBe(true);
    expect(rangeEqual(bytes, 0, bytes, 3, 3)).toBe(false);
  });

  it('is the same over views, word by word, as byte by byte', () => {
    const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 3, maxLength: 70 }), fc.nat(69), fc.nat(3), (a, at, start) => {
        const b = a.slice();
        if (at < b.length) b[at] ^= 1;
        for (const other of [a.slice(), b]) {
          const length = a.length - start;
          expect(viewsEqual(view(a), start, view(other), start, length)).toBe(
            rangeEqual(a, start, other, start, length),
          );
        }
      }),
    );
  });
});
