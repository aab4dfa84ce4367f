import { describe, expect, it } from 'vitest';
import { clientAddress as addressOf, isLikeUnnamedProxy } from './client-address.ts';

const clientAddress = (given: Request, TRUSTED_PROXIES?: string) =>
  addressOf(given, TRUSTED_PROXIES === undefined ? {} : { TRUSTED_PROXIES });

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

describe('the address of a client behind a proxy of the operator', () => {
  const PROXIES = '127.0.0.1, 10.0.0.0/24,fd00::/8';

  const forwarded = (clientIp: string, ...values: string[]) => {
    const headers = new Headers();
    for (const value of values) headers.append('X-Forwarded-For', value);
    return { cf: { clientIp }, headers } as unknown as Request;
  };

  it.each([
    ['what the proxy wrote', '127.0.0.1:1', ['203.0.113.9'], '203.0.113.9'],
    ['the last one: what is left of it came with the request', '127.0.0.1:1', ['1.1.1.1, 203.0.113.9'], '203.0.113.9'],
    ['the last one in front of further proxies', '127.0.0.1:1', ['1.1.1.1, 203.0.113.9, 10.0.0.7'], '203.0.113.9'],
    ['the same over several headers', '127.0.0.1:1', ['1.1.1.1', '203.0.113.9', '10.0.0.7'], '203.0.113.9'],
    ['a network of 64 bits of IPv6', '127.0.0.1:1', ['2001:db8:1:2:3:4:5:6'], '2001:db8:1:2::/64'],
    ['without the port that some write', '127.0.0.1:1', ['203.0.113.9:4711'], '203.0.113.9'],
    ['without brackets', '[fd00::1]:1', ['[2001:db8:1:2::9]:4711'], '2001:db8:1:2::/64'],
    ['IPv4 inside IPv6', '[::ffff:10.0.0.3]:1', ['::ffff:203.0.113.9'], '203.0.113.9'],
    ['the furthest proxy, where there is nobody behind it', '127.0.0.1:1', ['10.0.0.8, 10.0.0.7'], '10.0.0.8'],
    ['the proxy itself, where it says nothing', '127.0.0.1:1', [], '127.0.0.1'],
    ['with any spaces', '127.0.0.1:1', ['1.1.1.1 ,\t203.0.113.9  '], '203.0.113.9'],
  ])('is %s', (_, peer, headers, expected) => {
    expect(clientAddress(forwarded(peer, ...headers), PROXIES)).toBe(expected);
  });

  it.each(['unknown', '_hidden', '', ',', 'localhost', '999.1.1.1', '1.1.1', '1.1.1.1.1', '::g', '[::1', '0x7f000001'])(
    'is that of the proxy in front of junk: %j',
    (junk) => {
      expect(clientAddress(forwarded('127.0.0.1:1', `1.1.1.1, ${junk}`), PROXIES)).toBe('127.0.0.1');
      expect(clientAddress(forwarded('127.0.0.1:1', `1.1.1.1, ${junk}, 10.0.0.7`), PROXIES)).toBe('10.0.0.7');
    },
  );

  it('is found behind proxies that are named as IPv4 inside IPv6, and not behind all of IPv4 at once', () => {
    const named = (proxies: string) => clientAddress(forwarded('127.0.0.1:1', '203.0.113.9'), proxies);
    expect(named('::ffff:127.0.0.1')).toBe('203.0.113.9');
    expect(named('::ffff:127.0.0.0/104')).toBe('203.0.113.9');
    expect(named('::ffff:10.0.0.1')).toBe('127.0.0.1');
    expect(named('::ffff:0.0.0.0/96')).toBe('127.0.0.1');
  });

  it('is never what somebody says who is no proxy, nor anybody where no proxy is named', () => {
    for (const peer of ['203.0.113.5:1', '10.0.1.1:1', '[2001:db8::1]:1']) {
      const own = clientAddress(forwarded(peer), PROXIES);
      expect(own).toBeDefined();
      expect(clientAddress(forwarded(peer, '198.51.100.1'), PROXIES)).toBe(own);
    }
    expect(clientAddress(forwarded('127.0.0.1:1', '198.51.100.1'))).toBe('127.0.0.1');
    expect(clientAddress(forwarded('127.0.0.1:1', '198.51.100.1'), 'nonsense,300.1.1.1/8')).toBe('127.0.0.1');
  });

  it('is asked for where a proxy seems to be unnamed, and by nobody from outside', () => {
    const isAsked = (peer: string, proxies: string, ...values: string[]) =>
      isLikeUnnamedProxy(forwarded(peer, ...values), { TRUSTED_PROXIES: proxies });
    expect(isAsked('127.0.0.1:1', '', '203.0.113.9')).toBe(true);
    expect(isAsked('[fd00::1]:1', '127.0.0.1', '203.0.113.9')).toBe(true);
    expect(isAsked('127.0.0.1:1', PROXIES, '203.0.113.9')).toBe(false);
    expect(isAsked('127.0.0.1:1', '')).toBe(false);
    expect(isAsked('8.8.8.8:1', '', '203.0.113.9')).toBe(false);
  });

  it('is not looked for on Cloudflare, whose edge knows', () => {
    const headers = new Headers({ 'CF-Connecting-IP': '127.0.0.1', 'X-Forwarded-For': '198.51.100.1' });
    expect(clientAddress({ cf: { colo: 'FRA' }, headers } as unknown as Request, PROXIES)).toBe('127.0.0.1');
  });

  it('is found in a header of any length by its end', () => {
    const many = forwarded('127.0.0.1:1', `${'1.1.1.1, '.repeat(10_000)}203.0.113.9, 10.0.0.7`);
    expect(clientAddress(many, PROXIES)).toBe('203.0.113.9');
    const chain = forwarded('127.0.0.1:1', `1.1.1.1, ${'10.0.0.7, '.repeat(10_000)}10.0.0.7`);
    expect(clientAddress(chain, PROXIES)).toBe('10.0.0.7');
  });
});
