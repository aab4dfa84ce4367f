/**
 * The console against whoever can get a text onto it: senders, destinations, tenants. In a real browser no text becomes
 * code, the page's policy is never even asked to stop one, and the token stays where it was typed.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { launchBrowser } from '../support/browser.ts';
import { TestGateway } from '../support/gateway.ts';
import { requirePeer } from '../support/peers.ts';
import { RawDestination } from '../support/raw-http.ts';
import { pushBody, writeRequestBody } from '../support/remote-write-client.ts';
import { waitUntil } from '../support/wait-until.ts';

const HOSTILE = [
  '<script>window.owned=1</script>',
  '<img src=x onerror="window.owned=1">',
  '"><svg onload=window.owned=1>',
  'javascript:window.owned=1',
  '{{constructor.constructor("window.owned=1")()}}',
  "';window.owned=1;//",
].join(' ');

describe('the headers of the gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.start();
  });
  afterAll(() => gateway?.stop());

  const PATHS = [
    '/',
    '/page.js',
    '/page.css',
    '/nothing',
    '/metrics',
    '/-/ready',
    '/install.sh',
    '/install/manifest.json',
    '/admin/v1/tenants',
    '/admin/v1/openapi.json',
    '/admin/v1/nothing',
    '/api/v1/push',
    '/api/v1/received',
  ];

  it.each(PATHS)('of %s let no other site read, frame or run it', async (path) => {
    for (const method of ['GET', 'OPTIONS', 'POST', 'HEAD']) {
      const response = await fetch(gateway.url + path, {
        method,
        headers: {
          origin: 'https://evil.example',
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'authorization',
        },
      });
      const names = [...response.headers.keys()];
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(names).not.toContain('set-cookie');
      expect(names).not.toContain('server');
      expect(names).not.toContain('x-powered-by');
      if (method === 'POST' && path === '/api/v1/push') continue;
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none'/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:|blob:/);
    }
  });

  it('of the pages name everything that they may load', async () => {
    const { headers } = await fetch(`${gateway.url}/`);
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((part) => [part.split(' ')[0], part] as const),
    );
    expect(policy.get('script-src')).toBe("script-src 'self'");
    expect(policy.get('style-src')).toBe("style-src 'self'");
    expect(policy.get('connect-src')).toBe("connect-src 'self'");
    expect(policy.get('base-uri')).toBe("base-uri 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('strict-transport-security')).toBeNull();
  });
});

describe.skipIf(!requirePeer('chromium'))('the console in a browser', () => {
  let browser: Browser;
  let gateway: TestGateway;
  let destination: RawDestination;
  let viewer: string;

  beforeAll(async () => {
    browser = await launchBrowser();
    destination = await RawDestination.start();
    gateway = await TestGateway.start();
    const endpoint = `endpoint { url = "${destination.url}/w" }`;
    const pipeline = `// ${HOSTILE}
spillway.receive "d" { metrics = [prometheus.relabel.r.receiver] }
prometheus.relabel "r" {
  forward_to = [prometheus.remote_write.w.receiver]
  rule {
    target_label = "site"
    replacement  = ${JSON.stringify(HOSTILE)}
  }
}
prometheus.remote_write "w" {\n${endpoint}\n}`;
    await gateway.createTenant('home', pipeline, ['agent']);
    const create = async (path: string, body: unknown) =>
      (await (await gateway.admin('POST', path, body)).json()) as { token: string };
    const { token } = await create('/tenants/home/tokens', { name: HOSTILE.slice(0, 99), scopes: ['agent'] });
    viewer = (await create('/operators', { name: 'viewer', role: 'viewer' })).token;
    const sample = () =>
      snappyEncode(
        writeRequestBody([{ labels: { __name__: 'up', text: HOSTILE }, value: 1, timestampMs: Date.now() }]),
      );
    destination.answerBody = HOSTILE;
    const agent = { 'user-agent': HOSTILE };
    destination.status = 400;
    await pushBody(`${gateway.url}/api/v1/push`, token, sample(), agent);
    destination.status = 401;
    await pushBody(`${gateway.url}/api/v1/push`, token, sample(), agent);
    await waitUntil('the outbox is paused', async () => (await gateway.outboxDetails('home'))[0]?.state === 'paused');
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await destination?.close();
  });

  interface Watched {
    readonly page: Page;
    readonly problems: string[];
    readonly requests: { readonly url: string; readonly headers: Readonly<Record<string, string>> }[];
  }

  async function open(token: string, fragment = ''): Promise<Watched> {
    const page = await browser.newPage();
    const watched: Watched = { page, problems: [], requests: [] };
    page.on('pageerror', (error) => watched.problems.push(String(error)));
    page.on('dialog', (dialog) => watched.problems.push(`a dialog: ${dialog.message()}`));
    page.on('console', (message) => message.type() === 'error' && watched.problems.push(message.text()));
    page.on('request', (request) => watched.requests.push({ url: request.url(), headers: request.headers() }));
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { violations: seen });
      document.addEventListener('securitypolicyviolation', (event) =>
        seen.push(`${event.violatedDirective} ${event.blockedURI}`),
      );
    });
    await page.goto(`${gateway.url}/#token=${token}${fragment}`);
    return watched;
  }

  async function expectSafe({ page, problems, requests }: Watched, token: string): Promise<void> {
    const found = await page.evaluate(() => ({
      owned: (window as unknown as { owned?: unknown }).owned,
      violations: (window as unknown as { violations: string[] }).violations,
      local: JSON.stringify({ ...localStorage }),
      cookies: document.cookie,
      links: [...document.querySelectorAll('a, form, iframe, object')].map((link) => link.getAttribute('href') ?? ''),
    }));
    expect(found.owned).toBeUndefined();
    expect(found.violations).toEqual([]);
    expect(found.local).not.toContain(token);
    expect(found.cookies).toBe('');
    expect(found.links.filter((href) => /^\s*(?:javascript|data|vbscript):/i.test(href))).toEqual([]);
    expect(problems).toEqual([]);
    expect(page.url()).not.toContain(token);
    for (const { url, headers } of requests) {
      expect(new URL(url).origin).toBe(gateway.url);
      expect(url).not.toContain(token);
      expect(headers.referer ?? '').not.toContain(token);
      expect(headers.cookie).toBeUndefined();
    }
  }

  it('shows hostile names, labels and errors as the texts that they are', async () => {
    const watched = await open(gateway.adminToken);
    const { page } = watched;
    await page.getByText('onerror=').first().waitFor();
    await page.getByLabel('A series or a log stream').fill(`up{text=${JSON.stringify(HOSTILE)}}`);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.explain-added').getByText('<svg onload').first().waitFor();
    await expectSafe(watched, gateway.adminToken);
    await page.close();
  });

  it('shows an outbox with a hostile error and a hostile dead letter', async () => {
    const place = new URLSearchParams({ tenant: 'home', outbox: 'prometheus.remote_write.w' });
    const watched = await open(gateway.adminToken, `&${place}`);
    await watched.page.getByText('<img src=x').first().waitFor();
    await expectSafe(watched, gateway.adminToken);
    await watched.page.close();
  });

  it('takes an address that somebody else wrote for what it is', async () => {
    for (const value of [HOSTILE, 'javascript:window.owned=1', '../../admin', '//evil.example']) {
      const place = new URLSearchParams({ tenant: value, outbox: value, destination: value });
      const watched = await open(gateway.adminToken, `&${place}`);
      // It goes on to ask the gateway every two seconds: this is what it makes of the first answer.
      await watched.page.getByText('There is no tenant').first().waitFor();
      const { owned, hosts } = await watched.page.evaluate(() => ({
        owned: (window as unknown as { owned?: unknown }).owned,
        hosts: location.host,
      }));
      expect(owned).toBeUndefined();
      expect(hosts).toBe(new URL(gateway.url).host);
      expect(watched.requests.every(({ url }) => new URL(url).origin === gateway.url)).toBe(true);
      await watched.page.close();
    }
  });

  it('works with an operator who may only look', async () => {
    const watched = await open(viewer);
    await watched.page.locator('.signal-metrics').first().waitFor();
    await watched.page.getByText('onerror=').first().waitFor();
    await expectSafe(watched, viewer);
    await watched.page.close();
  });

  it('cannot be framed by another page', async () => {
    const page = await browser.newPage();
    await page.goto('data:text/html,<title>frame</title>');
    await page.setContent(`<iframe src="${gateway.url}/"></iframe>`);
    await page.waitForLoadState('networkidle');
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    expect(await framed?.evaluate(() => document.querySelectorAll('input').length).catch(() => 0)).toBe(0);
    await page.close();
  });
});
