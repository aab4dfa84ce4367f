import { env } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import {
  admin,
  createTenant,
  FakeDestinations,
  newIsolate,
  pushMetrics,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';

let destinations: FakeDestinations;
let laterMs = 0;

beforeEach(() => {
  destinations = new FakeDestinations().install();
  laterMs = 0;
  const realNow = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + laterMs);
});

afterEach(() => {
  vi.restoreAllMocks();
  newIsolate();
});

const status = async (token: string) => (await pushMetrics(token)).status;
const samples = (count: number) => snappyEncode(writeRequest(Array.from({ length: count }, (_, i) => upSample(i))));

async function listed(tenant: string, id: string) {
  const { json } = await admin('GET', `tenants/${tenant}/tokens`);
  return json.tokens.find((token: { id: string }) => token.id === id);
}

describe('rotating a token', () => {
  it('makes one with the same name, scopes, labels and limits; both work until the grace period is over', async () => {
    const { name, tokenId: id, token } = await createTenant({ labels: { host: 'web-1' } });
    const limits = { metrics: { ingestion_rate: 500 } };
    await admin('PUT', `tenants/${name}/tokens/${id}`, { limits });
    const { status: made, json: next } = await admin('POST', `tenants/${name}/tokens/${id}/rotate`, {
      graceMs: 600_000,
    });
    expect(made).toBe(201);
    const old = await listed(name, id);
    expect(next).toMatchObject({ name: old.name, scopes: old.scopes, labels: { host: 'web-1' }, limits, replaces: id });
    expect(next.expiresAtMs).toBeNull();
    expect(old).toMatchObject({ state: 'valid', expiresAtMs: next.endsAtMs, replacedBy: next.id });
    expect([await status(token), await status(next.token)]).toEqual([204, 204]);
    laterMs += 500_000;
    expect(await status(token)).toBe(204);
    laterMs += 200_000;
    expect([await status(token), await status(next.token)]).toEqual([401, 204]);
    expect(await listed(name, id)).toMatchObject({ state: 'expired' });
  });

  it('gives a day without a period, and none where it is 0', async () => {
    const { name, tokenId, token } = await createTenant();
    const { json } = await admin('POST', `tenants/${name}/tokens/${tokenId}/rotate`, {});
    expect(json.endsAtMs - Date.now()).toBeGreaterThan(86_000_000);
    const { json: third } = await admin('POST', `tenants/${name}/tokens/${json.id}/rotate`, { graceMs: 0 });
    expect([await status(token), await status(json.token), await status(third.token)]).toEqual([204, 401, 204]);
  });

  it('never lengthens the life of the old one, and gives the new one as long as the old one was made for', async () => {
    const { name } = await createTenant();
    const hourMs = 3_600_000;
    const body = { name: 'short', scopes: ['agent'], expiresAtMs: Date.now() + hourMs };
    const { json: old } = await admin('POST', `tenants/${name}/tokens`, body);
    laterMs += hourMs / 2;
    const { json: next } = await admin('POST', `tenants/${name}/tokens/${old.id}/rotate`, {});
    expect(next.endsAtMs).toBe(old.expiresAtMs);
    expect(next.expiresAtMs - next.createdAtMs).toBe(old.expiresAtMs - old.createdAtMs);
  });

  it('is refused for a token that ended or was replaced, until what replaced it is revoked', async () => {
    const { name, tokenId } = await createTenant();
    const rotate = (id: string) => admin('POST', `tenants/${name}/tokens/${id}/rotate`, {});
    const { json: next } = await rotate(tokenId);
    expect(await rotate(tokenId)).toMatchObject({
      status: 409,
      json: { error: 'token_replaced', message: expect.stringContaining(next.id) },
    });
    await admin('DELETE', `tenants/${name}/tokens/${next.id}`);
    const again = await rotate(tokenId);
    expect(again).toMatchObject({ status: 201, json: { expiresAtMs: null } });
    expect(await rotate(next.id)).toMatchObject({ status: 409, json: { error: 'token_ended' } });
    expect(await rotate('0000000000000000')).toMatchObject({ status: 404, json: { error: 'token_unknown' } });
    expect(await admin('POST', `tenants/${name}/tokens/${again.json.id}/rotate`, { graceMs: -1 })).toMatchObject({
      status: 400,
    });
  });

  it("is not for another tenant's token", async () => {
    const mine = await createTenant();
    const theirs = await createTenant();
    for (const [method, path] of [
      ['POST', '/rotate'],
      ['PUT', ''],
      ['DELETE', ''],
    ] as const) {
      const answer = await admin(
        method,
        `tenants/${mine.name}/tokens/${theirs.tokenId}${path}`,
        method === 'DELETE' ? undefined : {},
      );
      expect(answer).toMatchObject({ status: 404, json: { error: 'token_unknown' } });
    }
  });
});

describe("a tenant's own administrator with a token that expires", () => {
  const dayMs = 86_400_000;

  async function expiring() {
    const { name, token: push } = await createTenant();
    const endMs = Date.now() + dayMs;
    const tokens = `tenants/${name}/tokens`;
    const { json: own } = await admin('POST', tokens, { name: 'a', scopes: ['admin'], expiresAtMs: endMs });
    const as = (method: string, path: string, body: object) => admin(method, `${tokens}${path}`, body, own.token);
    return { name, push, endMs, own, as, tokens };
  }

  it('makes none with the scope admin or read that ends later, and hears when it has to end and who may', async () => {
    const { endMs, as } = await expiring();
    for (const scopes of [['admin'], ['read'], ['agent', 'admin']]) {
      const create = (more: object) => as('POST', '', { name: 'b', scopes, ...more });
      for (const more of [{}, { expiresAtMs: null }, { expiresAtMs: endMs + 1 }]) {
        const { status: refused, json } = await create(more);
        expect([refused, json.error]).toEqual([403, 'forbidden']);
        expect(json.message).toContain(new Date(endMs).toISOString());
        expect(json.message).toContain('an operator of the gateway may');
      }
      expect((await create({ expiresAtMs: endMs })).status).toBe(201);
    }
    expect(await as('POST', '', { name: 'pushes', scopes: ['agent'] })).toMatchObject({ json: { expiresAtMs: null } });
  });

  it('lengthens neither its own life nor that of another such token; shorter is fine, and so is a token that pushes', async () => {
    const { own, endMs, as, tokens } = await expiring();
    const { json: reader } = await admin('POST', tokens, { name: 'r', scopes: ['read'], expiresAtMs: endMs - 1 });
    const { json: pusher } = await admin('POST', tokens, { name: 'p', scopes: ['agent'], expiresAtMs: endMs });
    for (const { id } of [own, reader]) {
      for (const expiresAtMs of [null, endMs + 1]) {
        expect((await as('PUT', `/${id}`, { expiresAtMs })).status).toBe(403);
      }
    }
    expect(await admin('GET', tokens)).toMatchObject({
      json: { tokens: expect.arrayContaining([expect.objectContaining({ id: own.id, expiresAtMs: endMs })]) },
    });
    expect((await as('PUT', `/${reader.id}`, { expiresAtMs: endMs })).status).toBe(200);
    expect((await as('PUT', `/${pusher.id}`, { expiresAtMs: null })).status).toBe(200);
    expect(await as('PUT', `/${own.id}`, { name: 'renamed' })).toMatchObject({ json: { expiresAtMs: endMs } });
  });

  it('rotates to tokens that end when it does, however long the old one was made to live', async () => {
    const { own, endMs, as, tokens } = await expiring();
    laterMs += dayMs / 2;
    expect(await as('POST', `/${own.id}/rotate`, {})).toMatchObject({ status: 201, json: { expiresAtMs: endMs } });
    const { json: forever } = await admin('POST', tokens, { name: 'r', scopes: ['read'] });
    expect(await as('POST', `/${forever.id}/rotate`, {})).toMatchObject({ json: { expiresAtMs: endMs } });
    const { json: pusher } = await admin('POST', tokens, { name: 'p', scopes: ['agent'] });
    expect(await as('POST', `/${pusher.id}/rotate`, {})).toMatchObject({ json: { expiresAtMs: null } });
  });

  it('is held by nothing where its token never ends, and operators are held by nothing', async () => {
    const { name, own, endMs } = await expiring();
    const { json: forever } = await admin('POST', `tenants/${name}/tokens`, { name: 'f', scopes: ['admin'] });
    const make = (token?: string) => admin('POST', `tenants/${name}/tokens`, { name: 'x', scopes: ['admin'] }, token);
    expect((await make(forever.token)).status).toBe(201);
    const operator = { name: `o-${name}`, role: 'admin', expiresAtMs: endMs };
    expect((await make((await admin('POST', 'operators', operator)).json.token)).status).toBe(201);
    const rotated = await admin('POST', `tenants/${name}/tokens/${own.id}/rotate`, {});
    expect(rotated.json.expiresAtMs).toBeGreaterThanOrEqual(endMs);
  });
});

describe('changing a token', () => {
  it('changes what is given and nothing else', async () => {
    const { name, tokenId, token } = await createTenant();
    const change = (body: object) => admin('PUT', `tenants/${name}/tokens/${tokenId}`, body);
    const expiresAtMs = Date.now() + 60_000;
    expect(await change({ name: 'renamed' })).toMatchObject({
      status: 200,
      json: { name: 'renamed', expiresAtMs: null },
    });
    expect(await change({ expiresAtMs })).toMatchObject({ json: { name: 'renamed', expiresAtMs } });
    expect(await change({ limits: { logs: { ingestion_rate_mb: 1 } } })).toMatchObject({
      json: { name: 'renamed', expiresAtMs, limits: { logs: { ingestion_rate_mb: 1 } } },
    });
    expect(await change({ expiresAtMs: null, limits: {} })).toMatchObject({ json: { expiresAtMs: null, limits: {} } });
    expect(await status(token)).toBe(204);
    await change({ expiresAtMs: Date.now() - 1 });
    expect(await status(token)).toBe(401);
  });

  it('refuses limits that a token cannot have, with the names of those that it can', async () => {
    const { name, tokenId } = await createTenant();
    const limits = { metrics: { max_global_series_per_user: 5 } };
    for (const [method, path, body] of [
      ['PUT', `tokens/${tokenId}`, { limits }],
      ['POST', 'tokens', { name: 'x', scopes: ['agent'], limits }],
    ] as const) {
      const { status, json } = await admin(method, `tenants/${name}/${path}`, body);
      expect(status).toBe(400);
      expect(json.message).toContain('metrics.max_global_series_per_user: is a limit of the tenant only');
      expect(json.message).toContain('metrics.ingestion_rate');
    }
  });
});

describe("a token's own rates", () => {
  it('refuse it with its name and limit, and leave the other tokens of the tenant alone', async () => {
    const { name, token: other } = await createTenant();
    const limits = { metrics: { ingestion_rate: 1, ingestion_burst_size: 10 } };
    const body = { name: 'team-a', scopes: ['agent'], limits };
    const { json: limited } = await admin('POST', `tenants/${name}/tokens`, body);
    expect((await pushMetrics(limited.token, samples(10))).status).toBe(204);
    const refused = await pushMetrics(limited.token, samples(10));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.text()).toContain(
      'the token "team-a" exceeded a limit of its own (metrics.ingestion_rate: 1 samples/s',
    );
    for (let i = 0; i < 5; i++) expect((await pushMetrics(other, samples(100))).status).toBe(204);
    expect(destinations.received).toHaveLength(6);
    await admin('PUT', `tenants/${name}/tokens/${limited.id}`, { limits: {} });
    expect((await pushMetrics(limited.token, samples(10))).status).toBe(204);
  });
});

describe('usage', () => {
  it('is told by tenant and for all tenants of a day, with the bytes as they came', async () => {
    const { name, tokenId, token } = await createTenant();
    expect(await listed(name, tokenId)).toMatchObject({ lastUsedAtMs: null, state: 'valid', replacedBy: null });
    const body = samples(5);
    const beforeMs = Date.now();
    for (let i = 0; i < 3; i++) await pushMetrics(token, body);
    await expect
      .poll(async () => (await admin('GET', `tenants/${name}/usage`)).json.days)
      .toEqual([
        {
          day: new Date().toISOString().slice(0, 10),
          signals: {
            metrics: {
              accepted: 15,
              rejected: 0,
              dropped: 0,
              delivered: 15,
              pushes: 3,
              receivedBytes: 3 * body.length,
            },
          },
        },
      ]);
    const { lastUsedAtMs } = await listed(name, tokenId);
    expect(lastUsedAtMs).toBeGreaterThanOrEqual(beforeMs);
    expect(lastUsedAtMs).toBeLessThanOrEqual(Date.now());
    const { json } = await admin('GET', `usage?after=${name.slice(0, -1)}`);
    expect(json.tenants.find(({ tenant }: { tenant: string }) => tenant === name).signals.metrics.accepted).toBe(15);
    expect(json.next).toBeNull();
    expect((await admin('GET', 'usage?day=2020-02-30')).status).toBe(400);
    expect((await admin('GET', `tenants/${name}/usage?days=401`)).status).toBe(400);
  });

  it('of a token with the scope read shows that it was used', async () => {
    const { name } = await createTenant();
    const { json } = await admin('POST', `tenants/${name}/tokens`, { name: 'viewer', scopes: ['read'] });
    expect((await admin('GET', `tenants/${name}/usage`, undefined, json.token)).status).toBe(200);
    await expect.poll(async () => (await listed(name, json.id)).lastUsedAtMs).toBeGreaterThan(0);
    expect((await admin('GET', 'usage', undefined, json.token)).status).toBe(403);
  });
});

describe('the number of tokens', () => {
  const LIVE = `INSERT INTO tokens (id, tenant, name, secret_sha256, scopes, created_at_ms, revoked_at_ms)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
    SELECT printf('%016x', abs(random())), ?1, 'many', '', 'agent', i, ?3 FROM n`;

  it('is bounded, because the database is everybody’s; one that is revoked makes room', async () => {
    const { name, tokenId } = await createTenant();
    await env.DB.prepare(LIVE).bind(name, 999, null).run();
    const create = () => admin('POST', `tenants/${name}/tokens`, { name: 'one more', scopes: ['agent'] });
    expect(await create()).toMatchObject({ status: 409, json: { error: 'too_many_tokens' } });
    const rotated = await admin('POST', `tenants/${name}/tokens/${tokenId}/rotate`, {});
    expect(rotated).toMatchObject({ status: 409, json: { error: 'too_many_tokens' } });
    await admin('DELETE', `tenants/${name}/tokens/${tokenId}`);
    expect((await create()).status).toBe(201);
  });

  it('keeps the newest of those that ended, and all that work', async () => {
    const { name, tokenId, token } = await createTenant();
    await env.DB.prepare(LIVE).bind(name, 1_100, 5).run();
    expect((await admin('POST', `tenants/${name}/tokens`, { name: 'n', scopes: ['agent'] })).status).toBe(201);
    const { json } = await admin('GET', `tenants/${name}/tokens`);
    const ended = json.tokens.filter(({ state }: { state: string }) => state === 'revoked');
    expect(ended.length).toBe(1_000);
    expect(Math.min(...ended.map(({ createdAtMs }: { createdAtMs: number }) => createdAtMs))).toBe(101);
    expect(await listed(name, tokenId)).toMatchObject({ state: 'valid' });
    expect(await status(token)).toBe(204);
  });
});
