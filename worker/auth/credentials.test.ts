import { describe, expect, it } from 'vitest';
import { tokenFromHeaders } from './credentials.ts';

const headers = (...values: string[]) => {
  const all = new Headers();
  for (const value of values) all.append('Authorization', value);
  return all;
};

describe('credentials', () => {
  it('takes the token of a Bearer header, whatever the case of the scheme', () => {
    expect(tokenFromHeaders(headers('Bearer spw_a_b'))).toBe('spw_a_b');
    expect(tokenFromHeaders(headers('bearer spw_a_b'))).toBe('spw_a_b');
  });

  it('takes the token of a Token header, as clients of InfluxDB send it', () => {
    expect(tokenFromHeaders(headers('Token spw_a_b'))).toBe('spw_a_b');
  });

  it('takes the password of a Basic header under any user name, colons in the password included', () => {
    expect(tokenFromHeaders(headers(`Basic ${btoa('12345:spw_a_b')}`))).toBe('spw_a_b');
    expect(tokenFromHeaders(headers(`Basic ${btoa(':spw_a_b')}`))).toBe('spw_a_b');
    expect(tokenFromHeaders(headers(`Basic ${btoa('u:a:b')}`))).toBe('a:b');
  });

  it.each([
    [],
    [''],
    ['Bearer'],
    ['Bearer '],
    ['Digest spw_a_b'],
    ['Basic !!!'],
    [`Basic ${btoa('no colon')}`],
    ['Bearer spw_a_b', 'Bearer spw_c_d'],
    [`Bearer ${'a'.repeat(100_000)}`],
  ])('finds no token in %j', (...values) => {
    expect(tokenFromHeaders(headers(...values))).toBeUndefined();
  });
});
