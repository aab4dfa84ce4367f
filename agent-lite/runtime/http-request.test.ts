import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchange, HttpAgents } from './http-request.ts';

let proxy: Server;
let asked: string[];
let agents: HttpAgents;

beforeEach(async () => {
  asked = [];
  proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('from the proxy');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  agents = HttpAgents.ofEnvironment({ HTTP_PROXY: url, NO_PROXY: 'excepted.invalid,.inside.invalid' });
});

afterEach(() => {
  agents.close();
  proxy.closeAllConnections();
  proxy.close();
});

const ask = (url: string, through = agents) =>
  exchange({ url, method: 'POST', headers: [], timeoutMs: 5000, maxBodyBytes: 100, agents: through });

describe('requests through the proxy of the environment', () => {
  it('name the whole URL to it, and need not resolve the name', async () => {
    expect((await ask('http://gateway.invalid/api')).status).toBe(200);
    expect(asked).toEqual(['http://gateway.invalid/api']);
  });

  it('are not made for hosts that NO_PROXY names', async () => {
    for (const host of ['excepted.invalid', 'a.inside.invalid']) {
      await expect(ask(`http://${host}/`)).rejects.toMatchObject({
        code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
      });
    }
    expect(asked).toEqual([]);
  });

  it('are not made where nobody hands the environment over', async () => {
    const straight = new HttpAgents();
    await expect(ask('http://gateway.invalid/', straight)).rejects.toThrow();
    straight.close();
    expect(asked).toEqual([]);
  });
});

describe('a proxy of the environment', () => {
  const host = () => `127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  it('is asked by http where its address has no scheme, as in Go', async () => {
    agents = HttpAgents.ofEnvironment({ http_proxy: host() });
    expect((await ask('http://gateway.invalid/')).status).toBe(200);
  });

  it.each([
    ['socks5://me:hunter22@proxy:1080', /^HTTP_PROXY of the environment: a proxy is reached by http:.* not by socks5:/],
    ['http://me:hun/ter22@proxy:3128', /^HTTP_PROXY of the environment: this is not a URL/],
    ['http://me:hunter%2@proxy:3128', /^HTTP_PROXY of the environment: this is not a URL/],
  ])('that cannot be used fails requests and is not repeated: %s', async (value, message) => {
    agents = HttpAgents.ofEnvironment({ HTTP_PROXY: value });
    const refused = await ask('http://gateway.invalid/').catch((thrown: Error) => thrown);
    expect(refused).toMatchObject({ message: expect.stringMatching(message) });
    expect(String(refused)).not.toContain('hun');
  });
});

describe('requests through a tunnel that does not open', () => {
  let waiting: Promise<void>;
  const askThrough = (more: { readonly timeoutMs: number; readonly signal?: AbortSignal }) =>
    exchange({ url: 'https://there.invalid/', method: 'POST', headers: [], maxBodyBytes: 100, agents, ...more });

  beforeEach(() => {
    waiting = new Promise((resolve) => proxy.once('connect', () => resolve()));
    agents = HttpAgents.through(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  });

  it('end when their time is over', async () => {
    await expect(askThrough({ timeoutMs: 50 })).rejects.toThrow('no answer within 50 ms');
  });

  it('end when they are stopped', async () => {
    const stop = new AbortController();
    const asking = askThrough({ timeoutMs: 60_000, signal: stop.signal });
    await waiting;
    stop.abort();
    await expect(asking).rejects.toThrow('the request was stopped');
  });
});

describe('requests through a proxy that is named for them', () => {
  it('are made for this machine too, unless there are exceptions', async () => {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const all = HttpAgents.through(url);
    expect((await ask('http://127.0.0.1:9/here', all)).status).toBe(200);
    const some = HttpAgents.through(url, '10.0.0.0/8');
    await expect(ask('http://127.0.0.1:9/here', some)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await ask('http://there.invalid/', some)).status).toBe(200);
    all.close();
    some.close();
    expect(asked).toEqual(['http://127.0.0.1:9/here', 'http://there.invalid/']);
  });
});
