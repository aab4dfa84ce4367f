import { env, SELF } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { Env } from '../env.ts';
import { createTenant, GATEWAY } from '../testing/gateway.ts';
import { fillIn, installFile, installScript, ORIGIN_LINE } from './install-files.ts';

const SCRIPT = `#!/bin/sh\n${ORIGIN_LINE}\nmain "$@"\n`;

describe('the install script', () => {
  it.each([
    'https://gw.example',
    'http://127.0.0.1:8787',
    'http://[::1]:8787',
    'https://a-b.c.workers.dev',
    'http://my_host:80',
  ])('carries the origin %s', (origin) => {
    expect(fillIn(SCRIPT, origin)).toBe(`#!/bin/sh\nGATEWAY_ORIGIN='${origin}'\nmain "$@"\n`);
  });

  it.each([
    "https://a'b.example",
    'https://$(id).example',
    'https://`id`.example',
    'https://a;b',
    'https://a b',
    "https://a'\nb",
    'https://a\n',
    'https://a/b',
    'ftp://a',
    'https://u:p@a',
    'https://',
  ])('carries nothing that a shell could run: %j', (origin) => {
    expect(() => fillIn(SCRIPT, origin)).toThrow('not an origin');
  });

  it.each(["https://a'b.example/install.sh", 'https://$(id).example/install.sh', 'https://`id`.example/install.sh'])(
    'is refused to the host name of %s',
    async (url) => {
      const response = await installScript(new Request(url), env);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toMatch(/[`$']/);
    },
  );

  it('names the address that clients of a proxy with TLS know, and only where the proxy is trusted', async () => {
    const served: Env = {
      ...env,
      ASSETS: { fetch: async () => new Response(SCRIPT) } as unknown as Fetcher,
      TRUSTED_PROXIES: '127.0.0.1,::1',
    };
    const ask = async (
      host: string,
      proto: string | undefined,
      clientIp = '127.0.0.1:4711',
      cf: object = { clientIp },
    ) => {
      const headers = new Headers(
        proto === undefined ? {} : { 'X-Forwarded-Proto': proto, 'X-Forwarded-Host': 'evil.example' },
      );
      const request = { url: `http://${host}/install.sh`, headers, cf } as unknown as Request;
      return /GATEWAY_ORIGIN='(.*)'/.exec(await (await installScript(request, served)).text())?.[1];
    };
    expect(await ask('push.example.com', 'https')).toBe('https://push.example.com');
    expect(await ask('push.example.com:443', 'HTTPS')).toBe('https://push.example.com');
    expect(await ask('push.example.com:8443', 'https', '[::1]:4711')).toBe('https://push.example.com:8443');
    // The proxy's own word is the last one.
    expect(await ask('push.example.com', 'http, https')).toBe('https://push.example.com');
    expect(await ask('push.example.com', 'https,http')).toBe('http://push.example.com');
    for (const junk of [undefined, '', 'wss', 'https://evil.example/', "https'$(id)", 'https,']) {
      expect(await ask('push.example.com', junk)).toBe('http://push.example.com');
    }
    expect(await ask('push.example.com', 'https', '192.0.2.1:4711')).toBe('http://push.example.com');
    expect(await ask('push.example.com', 'https', '', { colo: 'FRA', clientIp: '127.0.0.1:1' })).toBe(
      'http://push.example.com',
    );
    expect(await ask('push.example.com', 'https', '', {})).toBe('http://push.example.com');
  });

  it('says as a script what to do where the gateway was deployed without the agent', async () => {
    const without: Env = { ...env, ASSETS: undefined as never };
    const response = await installScript(new Request('https://gw.example/install.sh'), without);
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/^echo ".*npm run build.*" >&2; exit 1\n$/);
  });
});

describe('the files of an installation', () => {
  it.each(['../index.html', '__proto__', 'constructor', 'agent-lite.cjs.map', ''])(
    'are those of the table, and not %j',
    async (name) => {
      expect((await installFile(new Request('https://gw.example/install/x'), env, name)).status).toBe(404);
    },
  );
});

describe('GET /api/v1/received', () => {
  const ask = (token?: string) =>
    SELF.fetch(
      `${GATEWAY}/api/v1/received`,
      token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } },
    );

  it('tells a push token its tenant, its scopes and what has arrived, and no cache keeps it', async () => {
    const tenant = await createTenant();
    const response = await ask(tenant.token);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      tenant: tenant.name,
      tokenName: 'test',
      scopes: ['agent'],
      agents: [],
      signals: { metrics: { acceptedTotal: 0 }, logs: { acceptedTotal: 0 } },
    });
  });

  it('tells nothing to nobody, and nothing to a token that may not push', async () => {
    expect((await ask()).status).toBe(401);
    expect((await ask(`spw_${'0'.repeat(16)}_${'0'.repeat(48)}`)).status).toBe(401);
    const admin = await createTenant({ scopes: ['admin'] });
    expect((await ask(admin.token)).status).toBe(403);
  });
});
