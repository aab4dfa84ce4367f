import { describe, expect, it } from 'vitest';
import { FORBIDDEN_URLS, NO_URLS, PUBLIC_URLS } from '../../test/support/forbidden-urls.ts';
import { egressProblem } from './egress-policy.ts';

const nothing = { allowPrivate: false };

describe('A13 the egress policy', () => {
  it.each([...FORBIDDEN_URLS, ...NO_URLS])('refuses %s', (url) => {
    expect(egressProblem(url, nothing)).toEqual(expect.any(String));
  });

  it.each(PUBLIC_URLS)('allows %s', (url) => {
    expect(egressProblem(url, nothing)).toBeUndefined();
  });

  it('never repeats credentials of a URL in its message', () => {
    expect(egressProblem('https://user:hunter2@x.example.com/', nothing)).not.toContain('hunter2');
  });

  it('allows http and loopback where private destinations are allowed, but no other scheme and no credentials', () => {
    const options = { allowPrivate: true };
    expect(egressProblem('http://127.0.0.1:9009/api/v1/push', options)).toBeUndefined();
    expect(egressProblem('file:///etc/passwd', options)).toContain('https');
    expect(egressProblem('http://a:b@127.0.0.1/', options)).toContain('credentials');
  });
});

describe('A13 the gateway itself', () => {
  const options = { allowPrivate: false, ownHosts: 'spillway.acme.workers.dev, Metrics.Example.com' };

  it.each([
    'https://spillway.acme.workers.dev/api/v1/push',
    'https://SPILLWAY.acme.workers.dev./api/v1/push',
    'https://4f2a-spillway.acme.workers.dev/',
    'https://metrics.example.com/',
    'https://metrics.example.com:443/',
  ])('is no destination: %s', (url) => {
    expect(egressProblem(url, options)).toContain('this gateway itself');
  });

  it('is no destination where private ones are allowed either', () => {
    const local = { allowPrivate: true, ownHosts: '127.0.0.1:8787' };
    expect(egressProblem('http://127.0.0.1:8787/api/v1/push', local)).toContain('this gateway itself');
    expect(egressProblem('http://127.0.0.1:9009/api/v1/push', local)).toBeUndefined();
  });

  it('is found where it listens on the port that a URL leaves out', () => {
    const local = { allowPrivate: true, ownHosts: 'localhost:80,gw.example:443,[::1]:80' };
    for (const url of ['http://localhost/', 'http://localhost:80/x', 'https://gw.example/', 'http://[::1]/']) {
      expect(egressProblem(url, local)).toContain('this gateway itself');
    }
    expect(egressProblem('http://localhost:8080/', local)).toBeUndefined();
  });

  it('leaves other hosts of its zone and other Workers of its account to their own protection', () => {
    expect(egressProblem('https://mimir.example.com/', options)).toBeUndefined();
    expect(egressProblem('https://other.acme.workers.dev/', options)).toBeUndefined();
    expect(egressProblem('https://notmetrics.example.com/', options)).toBeUndefined();
  });
});

describe('ALLOWED_DESTINATIONS', () => {
  const options = {
    allowPrivate: false,
    allowed: 'mimir, *.cluster.local, 192.168.1.0/24, fd00:1::/32, 10.0.0.5, loki.lan  tempo.lan, 300.1.1.1/8, *, *.',
  };

  it.each([
    'http://mimir:9009/api/v1/push',
    'https://mimir/',
    'http://loki.lan:3100/',
    'http://LOKI.lan.:22/',
    'https://tempo.lan/',
    'http://a.b.cluster.local/',
    'http://192.168.1.77:9090/',
    'http://[fd00:1::5]:9090/',
    'http://10.0.0.5/',
  ])('lets a pipeline reach %s', (url) => {
    expect(egressProblem(url, options)).toBeUndefined();
  });

  it.each([
    'http://192.168.2.1/',
    'http://10.0.0.6/',
    'http://[fd00:2::5]/',
    'https://cluster.local/',
    'https://evilcluster.local/',
    'http://mimir.evil.example.com/',
    'http://mimir.example.com/',
    'https://127.0.0.1/',
    'https://[::ffff:192.168.1.77]/',
    'http://u:p@mimir/',
    'ftp://mimir/',
  ])('and not %s', (url) => {
    expect(egressProblem(url, options)).toEqual(expect.any(String));
  });

  it('of one gateway does not answer for another', () => {
    expect(egressProblem('http://mimir/', { allowPrivate: false, allowed: 'mimir' })).toBeUndefined();
    expect(egressProblem('http://mimir/', nothing)).toContain('https');
  });
});
