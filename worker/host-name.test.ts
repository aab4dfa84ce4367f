import { env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { handle } from './app.ts';
import type { Env } from './env.ts';
import { isPlainHost } from './host-name.ts';

const ctx = { waitUntil: () => {}, passThroughOnException: () => {} } as unknown as ExecutionContext;

describe('the host of a request', () => {
  it.each([
    'gateway.example.com',
    'gateway.example.com:8787',
    'GATEWAY.example.com.',
    'localhost',
    '127.0.0.1:65535',
    '[::1]:8787',
    '[2001:db8::7]',
    'my_host',
    'a',
    'xn--bcher-kva.example',
    'version-name.account.workers.dev',
  ])('%s is one', (host) => expect(isPlainHost(host)).toBe(true));

  it.each([
    ...['', 'evil.com:99999', 'evil.com:', 'evil.com:80:80', 'evil.com:+80', 'evil.com:8e1', ':80'],
    ...['a b', 'a/b', 'a?b', 'a#b', 'a@b', 'a\\b', "a'b", '$(id)', 'ev<il', '%00', 'ex%41mple', 'é', 'a,b'],
    ...['256.1.1.1', '1.2.3.4.5', '[::1', '::1', '[::g]', '[1.2.3.4]', '..', '-a', 'a'.repeat(255)],
  ])('%j is none', (host) => expect(isPlainHost(host)).toBe(false));

  it.each(['/', '/install.sh', '/-/healthy', '/admin/v1/tenants', '/nothing'])(
    'that is none is 400 on %s, and never a path of its own',
    async (path) => {
      const ask = (host: string) =>
        handle(new Request(`https://gateway.test${path}`, { headers: { Host: host } }), env as unknown as Env, ctx);
      expect((await ask('gateway.test')).status).not.toBe(400);
      for (const host of ['evil.com:99999', 'gateway.test/-/ready?', 'user@gateway.test']) {
        expect((await ask(host)).status).toBe(400);
      }
    },
  );
});
