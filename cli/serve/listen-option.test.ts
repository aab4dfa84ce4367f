import { describe, expect, it } from 'vitest';
import { hostPort, isLoopback, localUrl, parseListen } from './listen-option.ts';

describe('--listen', () => {
  it('takes an address, a name, every address, and IPv6 in brackets', () => {
    expect(parseListen('127.0.0.1:8787')).toEqual({ host: '127.0.0.1', port: 8787 });
    expect(parseListen('localhost:0')).toEqual({ host: 'localhost', port: 0 });
    expect(parseListen(':80')).toEqual({ host: '*', port: 80 });
    expect(parseListen('[::1]:65535')).toEqual({ host: '::1', port: 65_535 });
  });

  it.each([
    '8787',
    '127.0.0.1',
    '::1:8787',
    '[::1]',
    'localhost:65536',
    '1.2.3.4.5:80',
    'a b:80',
    'http://a:80',
    ':-1',
  ])('refuses %s', (text) => expect(() => parseListen(text)).toThrow());

  it('is reached on this machine by the loopback address where it listens on every one', () => {
    const reached = [':1', '0.0.0.0:1', '[::]:1', '10.0.0.1:1'].map((text) => localUrl(parseListen(text)));
    expect(reached).toEqual(['http://127.0.0.1:1', 'http://127.0.0.1:1', 'http://[::1]:1', 'http://10.0.0.1:1']);
    expect(hostPort({ host: '::1', port: 1 })).toBe('[::1]:1');
  });

  it('is known to be beyond this machine or not', () => {
    const loopback = ['127.1.2.3:1', 'localhost:1', '[::1]:1', ':1', '0.0.0.0:1', 'gateway.example:1'];
    expect(loopback.filter((text) => isLoopback(parseListen(text)))).toEqual(['127.1.2.3:1', 'localhost:1', '[::1]:1']);
  });
});
