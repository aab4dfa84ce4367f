import { env } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AUDIT_KEPT_MS, AUDIT_MAX_DONE, AUDIT_MAX_REFUSED, insertAct, listActs, pruneAudit } from '../tenants/audit.ts';
import { admin, createTenant, createToken, FakeDestinations, METRICS_DESTINATION } from '../testing/gateway.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

interface Entry {
  readonly id: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly status: number;
  readonly tenant: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

const entries = async (tenant: string): Promise<Entry[]> =>
  (await admin('GET', `tenants/${tenant}/audit`)).json.entries;
const newest = async (tenant: string) => (await entries(tenant))[0] as Entry;

describe('audit log', () => {
  it('has who did what to what, and how it ended', async () => {
    new FakeDestinations().install();
    const { name, tokenId } = await createTenant();
    expect(await newest(name)).toMatchObject({ actor: 'root', action: 'token.create', target: tokenId, status: 201 });
    const { token, tokenId: ownId } = await createToken(name, ['admin']);
    const path = `tenants/${name}`;
    await admin('DELETE', `${path}/tokens/${tokenId}`, undefined, token);
    expect(await newest(name)).toMatchObject({
      actor: `token:${ownId}`,
      action: 'token.revoke',
      target: tokenId,
      status: 204,
    });
    await admin('POST', `${path}/outbox/pause?destination=${METRICS_DESTINATION}`, undefined, token);
    expect(await newest(name)).toMatchObject({ action: 'outbox.pause', target: METRICS_DESTINATION, status: 200 });
    await admin('PUT', `${path}/limits`, { metrics: { ingestion_rate: 7 } });
    expect(await newest(name)).toMatchObject({
      action: 'limits.set',
      status: 200,
      detail: { limits: expect.stringContaining('7') },
    });
  });

  it('has what was refused: for want of rights, for what there is not, and for mistakes', async () => {
    const { name } = await createTenant();
    const { token, tokenId } = await createToken(name, ['read']);
    await admin('DELETE', `tenants/${name}/tokens/${tokenId}`, undefined, token);
    expect(await newest(name)).toMatchObject({
      actor: `token:${tokenId}`,
      action: 'token.revoke',
      target: tokenId,
      status: 403,
    });
    await admin('DELETE', `tenants/${name}/tokens/none`);
    expect(await newest(name)).toMatchObject({ actor: 'root', target: 'none', status: 404 });
    await admin('PUT', `tenants/${name}/pipeline`, 'nothing.like_it "b" { }');
    expect(await newest(name)).toMatchObject({ action: 'pipeline.set', status: 422 });
    await admin('POST', `tenants/${name}/tokens`, { name: '' });
    expect(await newest(name)).toMatchObject({ action: 'token.create', status: 400 });
  });

  it('keeps what a tenant tries on others in its own log and out of theirs', async () => {
    const mine = await createTenant();
    const theirs = await createTenant();
    const before = await entries(theirs.name);
    const { token } = await createToken(mine.name, ['admin']);
    expect((await admin('PUT', `tenants/${theirs.name}/pipeline`, '', token)).status).toBe(404);
    expect((await admin('POST', 'tenants', { name: 'x' }, token)).status).toBe(403);
    const [second, first] = await entries(mine.name);
    expect(second).toMatchObject({ action: 'tenant.create', tenant: mine.name, status: 403 });
    expect(first).toMatchObject({ action: 'pipeline.set', status: 404, detail: { tenant: theirs.name } });
    expect(await entries(theirs.name)).toEqual(before);
  });

  it('has no row for what is only read, and none of strangers, who could fill it', async () => {
    const { name, token } = await createTenant();
    const before = await entries(name);
    await admin('GET', `tenants/${name}/tokens`);
    await admin('POST', `tenants/${name}/explain`, { series: 'up' });
    await admin('DELETE', `tenants/${name}/tokens/x`, undefined, 'nonsense');
    await admin('DELETE', `tenants/${name}/tokens/x`, undefined, token);
    expect(await entries(name)).toEqual(before);
  });

  it('never has a secret', async () => {
    const { name, token } = await createTenant();
    const operator = await admin('POST', 'operators', { name: 'ada', role: 'admin' });
    await admin('GET', `tenants/${name}/tokens`, undefined, operator.json.token);
    const text = JSON.stringify((await env.DB.prepare('SELECT * FROM audit').all()).results);
    for (const secret of [token, operator.json.token]) expect(text).not.toContain(secret.split('_')[2]);
  });

  it('does nothing that it cannot record', async () => {
    const { name, tokenId } = await createTenant();
    await env.DB.prepare('ALTER TABLE audit RENAME TO audit_away').run();
    const refused = await admin('DELETE', `tenants/${name}/tokens/${tokenId}`);
    await env.DB.prepare('ALTER TABLE audit_away RENAME TO audit').run();
    expect(refused.status).toBe(503);
    expect((await admin('GET', `tenants/${name}/tokens`)).json.tokens[0].revokedAtMs).toBeNull();
  });

  it('says that an act began where its outcome could not be recorded', async () => {
    const { name, tokenId } = await createTenant();
    const prepare = env.DB.prepare.bind(env.DB);
    vi.spyOn(env.DB, 'prepare').mockImplementation((sql) => {
      if (sql.startsWith('UPDATE audit')) throw new Error('D1 is down');
      return prepare(sql);
    });
    expect((await admin('DELETE', `tenants/${name}/tokens/${tokenId}`)).status).toBe(204);
    vi.restoreAllMocks();
    expect(await newest(name)).toMatchObject({ action: 'token.revoke', target: tokenId, status: 0 });
  });

  it('is read page by page, newest first', async () => {
    const { name } = await createTenant();
    for (let i = 0; i < 4; i++) await createToken(name, ['agent']);
    const all = await entries(name);
    const paged: Entry[] = [];
    for (let before: number | null = null; ; ) {
      const path: string = `tenants/${name}/audit?limit=2${before === null ? '' : `&before=${before}`}`;
      const { json } = await admin('GET', path);
      expect(json.entries.length).toBeLessThanOrEqual(2);
      paged.push(...json.entries);
      before = json.next;
      if (before === null) break;
    }
    expect(paged).toEqual(all);
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((a, b) => b - a));
    expect((await admin('GET', `audit?tenant=${name}`)).json.entries).toEqual(all);
  });

  it('is bounded: the old go, and the oldest of a tenant that has too many, but none of other tenants', async () => {
    const nowMs = Date.now();
    const act = { actor: 'root', action: 'x', target: '', status: 200, detail: '{}' };
    const old = await insertAct(env.DB, { ...act, tenant: 'quiet', atMs: nowMs - AUDIT_KEPT_MS - 1 });
    const kept = await insertAct(env.DB, { ...act, tenant: 'quiet', atMs: nowMs });
    await insertMany('loud', 403, AUDIT_MAX_REFUSED + 5, nowMs);
    await pruneAudit(env.DB, 100, 'loud', nowMs);
    expect((await listActs(env.DB, { tenant: 'quiet', limit: 10 })).map(({ id }) => id)).toEqual([kept]);
    expect(kept).toBeGreaterThan(old);
    expect(await rowsOf('loud')).toBe(AUDIT_MAX_REFUSED);
    await insertMany('loud', 200, AUDIT_MAX_DONE + 5, nowMs);
    await pruneAudit(env.DB, 100, 'loud', nowMs);
    expect(await rowsOf('loud')).toBe(AUDIT_MAX_REFUSED + AUDIT_MAX_DONE);
  });

  it('keeps what was done while somebody who may not do anything is refused again and again', async () => {
    const nowMs = Date.now();
    const act = { actor: 'root', action: 'token.revoke', target: '', detail: '{}', tenant: 'robbed', atMs: nowMs };
    const done = await insertAct(env.DB, { ...act, status: 200 });
    const unknown = await insertAct(env.DB, { ...act, status: 0 });
    await insertMany('robbed', 403, AUDIT_MAX_REFUSED + AUDIT_MAX_DONE + 5, nowMs);
    await pruneAudit(env.DB, 100, 'robbed', nowMs);
    const kept = await listActs(env.DB, { tenant: 'robbed', before: unknown + 1, limit: 10 });
    expect(kept.map(({ id }) => id)).toEqual([unknown, done]);
  });
});

async function insertMany(tenant: string, status: number, rows: number, atMs: number): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO audit (at_ms, actor, action, tenant, target, status, detail)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     SELECT ?, 'token:x', 'y', ?, i, ?, '{}' FROM n`,
  )
    .bind(rows, atMs, tenant, status)
    .run();
}

async function rowsOf(tenant: string): Promise<number | undefined> {
  const row = await env.DB.prepare('SELECT count(*) AS rows FROM audit WHERE tenant = ?')
    .bind(tenant)
    .first<{ rows: number }>();
  return row?.rows;
}
