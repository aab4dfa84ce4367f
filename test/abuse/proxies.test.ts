/**
 * A9 behind reverse proxies of one's own: whose guesses count, through a real chain of two proxies. Every client has an
 * address of its own in 127.0.0.0/8. What a client writes into X-Forwarded-For neither hides it nor blocks anybody else.
 * The outer proxy says that clients come to it by https; where the gateway is found is told to clients as they came.
 */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenParts, formatToken } from '../../worker/auth/token.ts';
import { TestGateway } from '../support/gateway.ts';

const ALLOWED_FAILURES = 5;
const OUTER = '127.0.0.10';
const INNER = '127.0.0.11';

interface Target {
  readonly host: string;
  readonly port: number;
}

let gateway: TestGateway;
let inner: Server;
let outer: Server;
let chain: Target;

/** As nginx with `$proxy_add_x_forwarded_for`: the peer's address behind what the request brought along. */
async function proxy(own: string, target: Target, scheme?: string): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const peer = incoming.socket.remoteAddress ?? '';
    const before = incoming.headers['x-forwarded-for'];
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': before === undefined ? peer : `${before}, ${peer}`,
      ...(scheme !== undefined && { 'x-forwarded-proto': scheme }),
    };
    const { method, url: path } = incoming;
    const onwards = request({ ...target, method, path, headers, localAddress: own }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onwards.once('error', () => outgoing.destroy());
    incoming.pipe(onwards);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  gateway = await TestGateway.start({
    host: '*',
    trustedProxies: [OUTER, `${INNER}/32`, '::1'],
    settings: { AUTH_FAILURES_PER_MINUTE: String(ALLOWED_FAILURES) },
  });
  inner = await proxy(INNER, { host: '127.0.0.1', port: gateway.port });
  outer = await proxy(OUTER, { host: '127.0.0.1', port: portOf(inner) }, 'https');
  chain = { host: '127.0.0.1', port: portOf(outer) };
});

afterAll(async () => {
  for (const server of [outer, inner]) server?.close();
  await gateway?.stop();
});

/** A bad token, from this address of the machine. */
function guess(target: Target, localAddress: string, forwardedFor?: string | readonly string[]): Promise<number> {
  const authorization = `Bearer ${formatToken(createTokenParts())}`;
  const headers = { authorization, ...(forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }) };
  return new Promise((resolve, reject) => {
    request(
      { ...target, path: '/admin/v1/whoami', headers: headers as Record<string, string>, localAddress },
      (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
      },
    )
      .once('error', reject)
      .end();
  });
}

async function guesses(count: number, one: (i: number) => Promise<number>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push(await one(i));
  return statuses;
}

const BLOCKED = [...Array<number>(ALLOWED_FAILURES).fill(401), 429, 429];
const direct = (): Target => ({ host: '127.0.0.1', port: gateway.port });
const directOverIpv6 = (): Target => ({ host: '::1', port: gateway.port });

describe('A9 guessing through proxies that the gateway was told to trust', () => {
  it('blocks the client that guesses, whatever it says of itself, and no other client of the proxies', async () => {
    const told = (i: number) => [`198.51.100.${i}`, `${OUTER}, 198.51.100.${i}`, '127.0.0.22', 'junk, ,'][i % 4];
    expect(await guesses(BLOCKED.length, (i) => guess(chain, '127.0.0.21', told(i)))).toEqual(BLOCKED);
    expect(await guess(chain, '127.0.0.22')).toBe(401);
    expect(await guess(chain, '127.0.0.21')).toBe(429);
  });

  it('counts the same client together, through the proxies and past them', async () => {
    await guesses(ALLOWED_FAILURES, () => guess(chain, '127.0.0.23'));
    expect(await guess(direct(), '127.0.0.23')).toBe(429);
  });

  it('believes nothing of who comes past them: neither to go on guessing nor to have somebody else blocked', async () => {
    const victim = '127.0.0.25';
    const names = (i: number) => [victim, `${victim}, ${INNER}`, `198.51.100.${i}`][i % 3];
    expect(await guesses(BLOCKED.length, (i) => guess(direct(), '127.0.0.24', names(i)))).toEqual(BLOCKED);
    expect(await guess(chain, victim)).toBe(401);
  });

  it('takes a network of IPv6 for one client, and reads addresses as proxies write them', async () => {
    const as = (forwardedFor: string | readonly string[]) => guess(directOverIpv6(), '::1', forwardedFor);
    const written = (i: number) => [
      `2001:db8:7:7::${i}`,
      `[2001:DB8:7:7:0:0:0:${i}]:4711`,
      `2001:0db8:0007:0007::${i}`,
    ];
    expect(await guesses(BLOCKED.length, (i) => as(['1.1.1.1', written(i)[i % 3] as string]))).toEqual(BLOCKED);
    expect(await as('2001:db8:7:8::1')).toBe(401);
    expect(await as('::ffff:203.0.113.1, ::ffff:127.0.0.10')).toBe(401);
  });

  it('counts for the proxy where it says nothing that can be read', async () => {
    const junk = ['unknown', '_hidden', 'for=198.51.100.7', '198.51.100.7;', '300.1.1.1', '::g', ''];
    expect(await guesses(BLOCKED.length, (i) => guess(directOverIpv6(), '::1', junk[i]))).toEqual(BLOCKED);
    expect(await guess(directOverIpv6(), '::1', '203.0.113.77')).toBe(401);
  });
});

describe('install.sh through proxies that the gateway was told to trust', () => {
  /** The gateway that the script would install an agent for. */
  function named(
    target: Target,
    localAddress: string,
    headers: Record<string, string> = {},
  ): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      request(
        { ...target, path: '/install.sh', headers: { host: 'push.example.com', ...headers }, localAddress },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.once('end', () => resolve(/^GATEWAY_ORIGIN='(.*)'$/m.exec(text)?.[1]));
        },
      )
        .once('error', reject)
        .end();
    });
  }

  it('names the https address that the client asked, whatever the client says of how it came', async () => {
    expect(await named(chain, '127.0.0.31')).toBe('https://push.example.com');
    expect(await named(chain, '127.0.0.31', { 'x-forwarded-proto': 'http' })).toBe('https://push.example.com');
    expect(await named(chain, '127.0.0.31', { host: 'push.example.com:8443' })).toBe('https://push.example.com:8443');
    expect(await named(chain, '127.0.0.31', { 'x-forwarded-host': 'evil.example' })).toBe('https://push.example.com');
  });

  it('believes nobody else', async () => {
    const told = { 'x-forwarded-proto': 'https', 'x-forwarded-for': INNER };
    expect(await named(direct(), '127.0.0.31', told)).toBe('http://push.example.com');
  });
});
