/** Answers are true where something fails on the way: what was saved is answered as saved, and what was not is not there. */
import { env } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { admin, createTenant, PIPELINE } from '../testing/gateway.ts';

afterEach(() => vi.restoreAllMocks());

describe('what is saved while the hub of the tenant does not answer', () => {
  it('is answered as saved: the hub reads it within a minute by itself', async () => {
    const { name } = await createTenant();
    vi.spyOn(env.TENANT_HUB, 'get').mockImplementation(() => {
      throw new Error('the object is being moved');
    });
    const limits = await admin('PUT', `tenants/${name}/limits`, { metrics: { ingestion_rate: 5 } });
    expect([limits.status, limits.json.version]).toEqual([200, 2]);
    const pipeline = await admin('PUT', `tenants/${name}/pipeline`, PIPELINE);
    expect([pipeline.status, pipeline.json.version]).toEqual([200, 2]);
    const secret = await admin('PUT', `tenants/${name}/secrets/password`, { value: 'hunter2hunter2' });
    expect(secret.status).toBe(200);
  });
});

describe('a tenant whose limits cannot be written', () => {
  it('is not created, so that it can be created with them later', async () => {
    await env.DB.prepare(
      `CREATE TRIGGER no_limits BEFORE INSERT ON tenant_limits BEGIN SELECT RAISE(ABORT, 'no room'); END`,
    ).run();
    const tenant = { name: `half-${crypto.randomUUID().slice(0, 8)}`, limits: { metrics: { ingestion_rate: 5 } } };
    const failed = await admin('POST', 'tenants', tenant);
    await env.DB.prepare('DROP TRIGGER no_limits').run();
    expect(failed.status).toBe(503);
    expect((await admin('POST', 'tenants', tenant)).status).toBe(201);
    expect((await admin('POST', 'tenants', tenant)).status).toBe(409);
    const { json } = await admin('GET', `tenants/${tenant.name}/limits`);
    expect([json.version, json.limits]).toEqual([1, tenant.limits]);
  });
});
