import { describe, expect, it } from 'vitest';
import { noProxyRule } from './no-proxy.ts';

/** Cases of golang.org/x/net/http/httpproxy's documentation and tests, as [list, excepted, not excepted]. */
const CASES: readonly [list: string, excepted: readonly string[], proxied: readonly string[]][] = [
  ['', [], ['http://a.com']],
  ['*', ['http://a.com', 'https://10.0.0.1'], []],
  ['a.com', ['http://a.com', 'http://b.a.com', 'https://A.COM:8443'], ['http://ba.com', 'http://a.com.b']],
  ['.a.com, b.com', ['http://x.a.com', 'http://b.com'], ['http://a.com']],
  ['*.a.com', ['http://x.a.com'], ['http://a.com']],
  ['a.com:8080', ['http://a.com:8080', 'http://x.a.com:8080'], ['http://a.com', 'http://a.com:80']],
  ['a.com:443', ['https://a.com'], ['http://a.com']],
  ['10.0.0.0/8', ['http://10.1.2.3', 'https://10.255.0.1:9'], ['http://11.0.0.1', 'http://10.a.com']],
  ['192.168.1.1', ['http://192.168.1.1'], ['http://192.168.1.10']],
  ['192.168.1.1:80', ['http://192.168.1.1'], ['http://192.168.1.1:81']],
  [
    'fd00::/8,[2001:db8::1]:443',
    ['http://[fd12::1]', 'https://[2001:db8::1]'],
    ['http://[2001:db8::1]', 'http://[fe00::1]'],
  ],
  ['10.0.0.0/33,a.com', ['http://a.com'], ['http://10.0.0.1']],
];

describe('NO_PROXY', () => {
  it.each(CASES)('%j takes out %j and not %j', (list, excepted, proxied) => {
    const rule = noProxyRule(list);
    expect(excepted.filter((url) => !rule(new URL(url)))).toEqual([]);
    expect(proxied.filter((url) => rule(new URL(url)))).toEqual([]);
  });
});
