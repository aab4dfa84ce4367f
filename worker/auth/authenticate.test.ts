import { createExecutionContext, env, SELF } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { createOperatorToken } from '../admin/operator-auth.ts';
import { handle } from '../app.ts';
import type { Env } from '../env.ts';
import {
  admin,
  createTenant,
  createToken,
  FakeDestinations,
  GATEWAY,
  newIsolate,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';
import { createTokenParts, formatToken } from './token.ts';

const PATHS = [
  ['POST', '/api/v1/push'],
  ['POST', '/loki/api/v1/push'],
  ['POST', '/v1/traces'],
  ['POST', '/api/v1/batch'],
  ['GET', '/admin/v1/tenants'],
  ['GET', '/admin/v1/nothing'],
  ['POST', '/admin/v1/tenants'],
] as const;

type Headers_ = Record<string, string> | [string, string][];

function request(method: string, path: string, headers: Headers_, address?: string): Promise<Response> {
  const body = method === 'POST' ? snappyEncode(writeRequest([upSample(1)])) : undefined;
  const type: [string, string][] = [
    ['Content-Type', 'application/x-protobuf'],
    ['Content-Encoding', 'snappy'],
    ...(address === undefined ? [] : [['CF-Connecting-IP', address] as [string, string]]),
  ];
  const all = new Headers([...type, ...(Array.isArray(headers) ? headers : Object.entries(headers))]);
  const cf = address === undefined ? {} : { cf: { colo: 'TST' } as never };
  return SELF.fetch(`${GATEWAY}${path}`, { method, headers: all, ...(body && { body: body as BodyInit }), ...cf });
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const otherDigit = (digit: string) => (digit === '0' ? '1' : '0');
const changed = (text: string, at: number) => text.slice(0, at) + otherDigit(text[at] as string) + text.slice(at + 1);

beforeEach(() => {
  new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
  newIsolate();
});

/** What an attacker can tell answers apart by. */
async function shapeOf(response: Response) {
  const headers = [...response.headers].filter(([name]) => name !== 'date').sort();
  return { status: response.status, headers, body: new TextDecoder().decode(await response.arrayBuffer()) };
}

describe('A9: tokens that are not good', () => {
  it('are all answered alike, on every push and admin path', async () => {
    const { name, token } = await createTenant();
    const made = async (body: object) =>
      (await admin('POST', `tenants/${name}/tokens`, { name: 'x', scopes: ['agent', 'admin'], ...body })).json;
    const expired = await made({ expiresAtMs: Date.now() - 1 });
    const revoked = await made({});
    await admin('DELETE', `tenants/${name}/tokens/${revoked.id}`);
    const replaced = await made({});
    await admin('POST', `tenants/${name}/tokens/${replaced.id}/rotate`, { graceMs: 0 });
    const bad: Record<string, Headers_> = {
      malformed: bearer('spw_1_2'),
      empty: { Authorization: 'Bearer ' },
      'one bit of the secret off': bearer(changed(token, 40)),
      'the last digit off': bearer(changed(token, token.length - 1)),
      'one bit of the id off': bearer(changed(token, 6)),
      'never made': bearer(formatToken(createTokenParts())),
      'an operator that is none': bearer(createOperatorToken().text),
      expired: bearer(expired.token),
      revoked: bearer(revoked.token),
      'replaced, grace period over': bearer(replaced.token),
      'two headers': [...Object.entries(bearer(token)), ...Object.entries(bearer(token))] as [string, string][],
      '100 kB': bearer('a'.repeat(100_000)),
      'another scheme': { Authorization: `Digest ${token}` },
      'upper case': bearer(token.toUpperCase()),
      'in another header': { 'X-API-Key': token, Cookie: `token=${token}` },
    };
    for (const [method, path] of PATHS) {
      const missing = await shapeOf(await request(method, path, {}));
      expect(missing.status).toBe(401);
      for (const [what, headers] of Object.entries(bad)) {
        expect([what, path, await shapeOf(await request(method, path, headers))]).toEqual([what, path, missing]);
      }
      for (const query of ['token', 'access_token', 'api_key', 'authorization', 'u=x&p', 'password']) {
        const inQuery = await shapeOf(await request(method, `${path}?${query}=${token}`, {}));
        expect([query, path, inQuery]).toEqual([query, path, missing]);
      }
    }
    expect((await request('POST', '/api/v1/push', bearer(token))).status).toBe(204);
  });

  it('whose owner is known but may not are 403, alike for every scope and tenant', async () => {
    const { name } = await createTenant();
    const refused = [];
    for (const scopes of [['admin'], ['read'], ['logs:write'], ['traces:write', 'profiles:write']]) {
      const { token } = await createToken(name, scopes);
      refused.push(await shapeOf(await request('POST', '/api/v1/push', bearer(token))));
    }
    expect(refused[0]?.status).toBe(403);
    for (const other of refused) expect(other).toEqual(refused[0]);
  });

  it('and were good die with the 30 s that an isolate remembers them, long before the 60 s that are promised', async () => {
    const { name, token, tokenId } = await createTenant();
    const realNow = Date.now;
    let laterMs = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + laterMs);
    const status = async () => (await request('POST', '/api/v1/push', bearer(token))).status;
    expect(await status()).toBe(204);
    // As another isolate does it: nothing here hears of it.
    await env.DB.prepare('UPDATE tokens SET revoked_at_ms = 1 WHERE tenant = ? AND id = ?').bind(name, tokenId).run();
    laterMs = 29_000;
    expect(await status()).toBe(204);
    laterMs = 30_500;
    expect(await status()).toBe(401);
  });

  it('never get into the log, nor do those that are good', async () => {
    const lines: string[] = [];
    for (const level of ['log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((...texts) => void lines.push(texts.map(String).join(' ')));
    }
    const { token } = await createTenant({ pipeline: '' });
    const bad = formatToken(createTokenParts());
    for (const [method, path] of PATHS) {
      for (const text of [token, bad]) {
        await request(method, path, bearer(text));
        await request(method, `${path}?token=${text}`, {});
      }
    }
    const secrets = [token, bad].map((text) => text.split('_')[2] as string);
    expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
  });
});

describe('an address that sends too many bad tokens', () => {
  let addresses = 0;
  const newAddress = () => `192.0.2.${++addresses}`;
  const guess = () => bearer(formatToken(createTokenParts()));

  const minute = () => Math.floor(Date.now() / 60_000);

  /** Until the shield says so; how many it took, and how many the platform's binding allows: 100 in each minute of the clock. */
  async function block(address: string): Promise<{ readonly guesses: number; readonly allowed: number }> {
    const first = minute();
    for (let guesses = 1; guesses <= 500; guesses++) {
      const { status } = await request('POST', '/api/v1/push', guess(), address);
      if (status === 429) return { guesses, allowed: 100 * (minute() - first + 1) };
    }
    throw new Error('500 guesses were looked at');
  }

  it('is answered 429 on push and admin paths alike, and the database is asked no more', async () => {
    const address = newAddress();
    const prepare = vi.spyOn(Object.getPrototypeOf(env.DB), 'prepare');
    const { guesses, allowed } = await block(address);
    expect(guesses).toBeLessThanOrEqual(allowed + 2);
    const looked = prepare.mock.calls.length;
    expect(looked).toBeLessThanOrEqual(allowed + 1);
    for (const [method, path] of PATHS) {
      const answer = await request(method, path, guess(), address);
      expect([path, answer.status]).toEqual([path, 429]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await request('GET', '/admin/v1/tenants', bearer(createOperatorToken().text), address)).status).toBe(429);
    expect((await request('GET', '/admin/v1/tenants', bearer('guessed'), address)).status).toBe(429);
    expect(prepare.mock.calls.length).toBe(looked);
  });

  it('keeps working for tokens that this isolate knows, and tells guesses at known ids from unknown ones by nothing', async () => {
    const { token } = await createTenant();
    const unknown = await createTenant();
    const address = newAddress();
    const status = async (headers: Headers_) => (await request('POST', '/api/v1/push', headers, address)).status;
    expect(await status(bearer(token))).toBe(204);
    await block(address);
    expect(await status(bearer(token))).toBe(204);
    const [wrongSecret, wrongId] = [bearer(changed(token, 50)), bearer(changed(token, 6))];
    const answers = await Promise.all(
      [wrongSecret, wrongId].map(async (headers) => shapeOf(await request('POST', '/api/v1/push', headers, address))),
    );
    expect(answers[0]?.status).toBe(429);
    expect(answers[0]).toEqual(answers[1]);
    expect(await status(bearer(unknown.token))).toBe(429);
    expect((await request('POST', '/api/v1/push', bearer(unknown.token), newAddress())).status).toBe(204);
  });

  it('is told nothing of the admin token, which people may choose: not the right one either, unless it was used there', async () => {
    const address = newAddress();
    const used = newAddress();
    const ask = (token: string, from: string) => request('GET', '/admin/v1/tenants', bearer(token), from);
    expect((await ask(env.ADMIN_TOKEN, used)).status).toBe(200);
    await block(used);
    await block(address);
    const [right, wrong] = await Promise.all(
      [ask(env.ADMIN_TOKEN, address), ask('wrong', address)].map(async (answer) => shapeOf(await answer)),
    );
    expect(right?.status).toBe(429);
    expect(right).toEqual(wrong);
    expect((await ask(env.ADMIN_TOKEN, used)).status).toBe(200);
    expect((await ask(env.ADMIN_TOKEN, newAddress())).status).toBe(200);
  });

  it('keeps nobody out who has a long random admin token, even from there and never seen before', async () => {
    const address = newAddress();
    await block(address);
    const ask = async (adminToken: string, from: string, given = adminToken) => {
      const headers = { Authorization: `Bearer ${given}`, 'CF-Connecting-IP': from };
      const asked = new Request(`${GATEWAY}/admin/v1/whoami`, { headers, cf: { colo: 'TST' } as never });
      const gateway = { ...env, ADMIN_TOKEN: adminToken } as unknown as Env;
      return (await handle(asked as never, gateway, createExecutionContext())).status;
    };
    const random = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))));
    expect(await ask(random, address)).toBe(200);
    expect(await ask(random, address, changed(random, 5))).toBe(429);
    for (const guessable of [random.slice(0, 31), 'password'.repeat(8)]) {
      expect(await ask(guessable, address)).toBe(429);
      expect(await ask(guessable, newAddress())).toBe(200);
    }
  });

  it('is named in the log, once for as long as it is kept out, and no token is', async () => {
    const said = vi.spyOn(console, 'log').mockImplementation(() => {});
    const address = newAddress();
    await block(address);
    await request('POST', '/api/v1/push', guess(), address);
    const lines = said.mock.calls.map(([line]) => JSON.parse(line)).filter(({ event }) => event === 'address_blocked');
    expect(lines).toEqual([{ level: 'warn', event: 'address_blocked', address }]);
  });

  it('cannot blame another one: without an edge in front the header is only what the client says', async () => {
    const victim = newAddress();
    for (let i = 0; i < 150; i++) {
      await request('POST', '/api/v1/push', { ...guess(), 'CF-Connecting-IP': victim });
    }
    expect((await request('POST', '/api/v1/push', guess(), victim)).status).toBe(401);
  });
});
