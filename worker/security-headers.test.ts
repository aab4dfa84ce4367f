import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { securityHeaders } from './security-headers.ts';

const app = new Hono();
app.use(securityHeaders);
app.get('/data', (c) => c.json({}));
app.get('/page', (c) => c.html('', 200, { 'Content-Security-Policy': "default-src 'self'" }));
app.get('/immutable', () => Response.redirect('https://gateway.example.com/data'));

describe('the headers of every answer', () => {
  it('bind a browser to https where it came by https, and only there', async () => {
    const by = async (scheme: string) => (await app.request(`${scheme}://gateway.example.com/data`)).headers;
    expect((await by('https')).get('strict-transport-security')).toBe('max-age=31536000');
    expect((await by('http')).has('strict-transport-security')).toBe(false);
  });

  it('say that data is no page, and leave a page its own policy', async () => {
    const { headers } = await app.request('https://gateway.example.com/data');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const page = await app.request('https://gateway.example.com/page');
    expect(page.headers.get('content-security-policy')).toBe("default-src 'self'");
  });

  it('are on answers that are not ours to change, and on those that nothing made', async () => {
    for (const path of ['/immutable', '/nothing']) {
      const { headers } = await app.request(`https://gateway.example.com${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
