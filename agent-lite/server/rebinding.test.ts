import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentHost } from '../runtime/host.ts';
import { testHost } from '../testing/test-host.ts';
import { AgentServer } from './http-server.ts';
import { namesLoopback } from './loopback.ts';

let folder: string;
let host: AgentHost;
let server: AgentServer;
let port: number;
let reloads: number;

async function listen(address: string): Promise<void> {
  reloads = 0;
  server = new AgentServer({
    host,
    reload: async () => {
      reloads++;
      return { ok: true, text: '' };
    },
  });
  port = Number((await server.listen({ host: address, port: 0 })).split(':').at(-1));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rebinding-'));
  host = testHost(folder, { minStability: 'experimental' });
});

afterEach(async () => {
  await server.close();
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

const PATHS = [
  '/',
  '/metrics',
  '/-/ready',
  '/-/healthy',
  '/api/v0/web/components',
  '/graph',
  '/page.js',
  '/-/reload',
  '/x',
];

describe('A18 the server of an agent on loopback', () => {
  beforeEach(() => listen('127.0.0.1'));

  it.each(['evil.example', 'evil.example:12345', '127.0.0.1.nip.io', 'localhost.evil.example', '192.168.1.1', '[::2]'])(
    'tells a page that had its name resolved to it nothing: Host %j',
    async (name) => {
      for (const path of PATHS) {
        expect((await ask('GET', path, { host: name })).status).toBe(421);
        expect((await ask('POST', path, { host: name })).status).toBe(421);
      }
      expect(reloads).toBe(0);
    },
  );

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]', '127.9.9.9'])('answers to %s', async (name) => {
    for (const header of [name, `${name}:${port}`])
      expect((await ask('GET', '/-/ready', { host: header })).status).not.toBe(421);
  });

  it('reloads for nobody whose browser says that the request comes from another site', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const headers = { host: 'localhost', 'sec-fetch-site': site };
      expect((await ask('POST', '/-/reload', headers)).status).toBe(403);
      expect((await ask('GET', '/-/reload', headers)).status).toBe(403);
    }
    expect(reloads).toBe(0);
    expect((await ask('POST', '/-/reload', { host: 'localhost' })).status).toBe(200);
    expect(reloads).toBe(1);
  });

  it('lets no other site read or frame an answer, and no answer be taken for a script', async () => {
    for (const path of PATHS) {
      const { headers } = await ask('GET', path, { host: 'localhost', origin: 'https://evil.example' });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers['content-security-policy']).not.toContain('unsafe');
      if (headers['content-type'] !== 'text/javascript; charset=utf-8') expect(headers['x-frame-options']).toBe('DENY');
    }
  });
});

describe('A18 the server of an agent that listens on the network', () => {
  it('answers to whatever name it is known by', async () => {
    await listen('0.0.0.0');
    expect((await ask('GET', '/metrics', { host: 'agent-7.example.com' })).status).toBe(200);
  });
});

describe('the names of loopback', () => {
  it.each([
    'localhost.evil',
    '127.0.0.1.evil',
    '127.0.0.1@evil',
    'localhost:1:2',
    '::1.evil',
    '0.0.0.0',
    '127.1',
    ' localhost',
  ])('are not %j', (name) => expect(namesLoopback(name)).toBe(false));
});
