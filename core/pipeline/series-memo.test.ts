import { describe, expect, it } from 'vitest';
import { SeriesMemo, viewOf } from './series-memo.ts';

const key = (text: string) => new TextEncoder().encode(text);
const put = (memo: SeriesMemo<string>, text: string) => memo.remember(key(text), 0, text.length, text, 0);
const get = (memo: SeriesMemo<string>, text: string) => memo.find(key(text), 0, text.length)?.value;

describe('the memo of series', () => {
  it('finds what it remembers by the bytes, wherever they stand', () => {
    const memo = new SeriesMemo<string>(10_000);
    memo.remember(key('xxabcxx'), 2, 5, 'abc', 0);
    expect(memo.find(key('abc'), 0, 3)?.value).toBe('abc');
    expect(memo.find(key('abd'), 0, 3)).toBeUndefined();
  });

  it('keeps a copy of its keys', () => {
    const memo = new SeriesMemo<string>(10_000);
    const bytes = key('abc');
    memo.remember(bytes, 0, 3, 'abc', 0);
    bytes.fill(0);
    expect(get(memo, 'abc')).toBe('abc');
  });

  it('stays within its bytes whatever comes', () => {
    const memo = new SeriesMemo<string>(20_000);
    for (let i = 0; i < 5000; i++) put(memo, `series ${i}`);
    expect(memo.bytes).toBeLessThanOrEqual(10_000);
    expect(memo.size).toBeLessThanOrEqual(63);
    expect(get(memo, 'series 4999')).toBe('series 4999');
    expect(get(memo, 'series 0')).toBeUndefined();
  });

  it('keeps what is used while it forgets the rest', () => {
    const memo = new SeriesMemo<string>(20_000);
    put(memo, 'hot');
    for (let i = 0; i < 1000; i++) {
      put(memo, `cold ${i}`);
      expect(get(memo, 'hot')).toBe('hot');
    }
  });

  it('keeps what only guesses use', () => {
    const memo = new SeriesMemo<string>(20_000);
    const hot = put(memo, 'hot');
    if (hot === undefined) throw new Error('not remembered');
    for (let i = 0; i < 1000; i++) {
      put(memo, `cold ${i}`);
      expect(memo.confirms(hot, viewOf(key('hot')), 0, 3)).toBe(true);
    }
    expect(get(memo, 'hot')).toBe('hot');
  });

  it('confirms no guess for other bytes, and none that it has forgotten', () => {
    const memo = new SeriesMemo<string>(20_000);
    const entry = put(memo, 'abc');
    if (entry === undefined) throw new Error('not remembered');
    expect(memo.confirms(entry, viewOf(key('abd')), 0, 3)).toBe(false);
    expect(memo.confirms(entry, viewOf(key('ab')), 0, 2)).toBe(false);
    memo.clear();
    expect(memo.confirms(entry, viewOf(key('abc')), 0, 3)).toBe(false);
    expect(get(memo, 'abc')).toBeUndefined();
  });

  it('does not remember what is larger than it may be', () => {
    expect(put(new SeriesMemo<string>(100), 'abc')).toBeUndefined();
    expect(put(new SeriesMemo<string>(1e9), 'x'.repeat(70_000))).toBeUndefined();
  });
});
