import { describe, expect, it } from 'vitest';
import { egressProblem } from './egress-policy.ts';

const REFUSED = [
  'http://mimir.example.com/api/v1/push',
  'ftp://mimir.example.com/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'not a url',
  'https://user:password@mimir.example.com/',
  'https://mimir.example.com:22/',
  'https://mimir.example.com:25/',
  'https://mimir.example.com:6379/',
  'https://localhost/',
  'https://localhost./',
  'https://LOCALHOST/',
  'https://app.localhost/',
  'https://mimir/',
  'https://mimir.internal/',
  'https://mimir.local./',
  'https://printer.lan/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://0177.0.0.1/',
  'https://127.0.0.1./',
  'https://0.0.0.0/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://100.64.0.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:8.8.8.8]/',
  'https://[fd00::1]/',
  'https://[fe80::1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2001:0:7f00:1::]/',
  'https://[2001:db8::1]/',
  'https://[ff02::1]/',
  'https://127.0.0.1.nip.io/',
  'https://app-10-0-0-1.sslip.io/',
];

const ALLOWED = [
  'https://mimir.example.com/api/v1/push',
  'https://mimir.example.com.:443/api/v1/push',
  'https://prometheus-prod-01.grafana.net/api/prom/push',
  'https://loki.example.com:3100/loki/api/v1/push',
  'https://8.8.8.8/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
  'https://[2606:4700:4700::1111]/',
  'https://8.8.8.8.nip.io/',
];

describe('egress policy', () => {
  it.each(REFUSED)('refuses %s', (url) => {
    expect(egressProblem(url, { allowPrivate: false })).toEqual(expect.any(String));
  });

  it.each(ALLOWED)('allows %s', (url) => {
    expect(egressProblem(url, { allowPrivate: false })).toBeUndefined();
  });

  it('never repeats credentials of a URL in its message', () => {
    expect(egressProblem('https://user:hunter2@x.example.com/', { allowPrivate: false })).not.toContain('hunter2');
  });

  it('allows http and loopback where private destinations are allowed, but no other scheme and no credentials', () => {
    const options = { allowPrivate: true };
    expect(egressProblem('http://127.0.0.1:9009/api/v1/push', options)).toBeUndefined();
    expect(egressProblem('file:///etc/passwd', options)).toContain('https');
    expect(egressProblem('http://a:b@127.0.0.1/', options)).toContain('credentials');
  });
});
