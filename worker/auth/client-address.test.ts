import { describe, expect, it } from 'vitest';
import { clientAddress } from './client-address.ts';

const request = (cf: object | undefined, header?: string) =>
  ({ cf, headers: new Headers(header === undefined ? {} : { 'CF-Connecting-IP': header }) }) as unknown as Request;

describe("a client's address", () => {
  it('is what the edge of Cloudflare says, where there is one', () => {
    expect(clientAddress(request({ colo: 'FRA' }, '192.0.2.7'))).toBe('192.0.2.7');
  });

  it('is never what the client says: without an edge its header means nothing', () => {
    expect(clientAddress(request(undefined, '192.0.2.7'))).toBeUndefined();
    expect(clientAddress(request({ clientIp: '198.51.100.1:4711' }, '192.0.2.7'))).toBe('198.51.100.1');
  });

  it.each([
    ['[2001:db8:1:2:3:4:5:6]:4711', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['[::ffff:192.0.2.7]:80', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
  ])('%s counts as %s', (clientIp, expected) => {
    expect(clientAddress(request({ clientIp }))).toBe(expected);
  });

  it('is unknown where the platform says nothing sensible', () => {
    expect(clientAddress(request({}))).toBeUndefined();
    expect(clientAddress(request({ colo: 'FRA' }))).toBeUndefined();
    expect(clientAddress(request({ colo: 'FRA' }, 'x'.repeat(1000)))).toBeUndefined();
    expect(clientAddress(request({ clientIp: '' }))).toBeUndefined();
  });
});
