import { env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { admin, createTenant } from '../testing/gateway.ts';

const putIf = (name: string, ifMatch: string, limits: object) =>
  admin('PUT', `tenants/${name}/limits`, limits, env.ADMIN_TOKEN, { 'if-match': ifMatch });

describe('setting limits', () => {
  it('names each mistake by its field, so that a form can show it there', async () => {
    const { name, tokenId } = await createTenant();
    const limits = { metrics: { ingestion_rate: -1, nonsense: 1 }, logs: { ingestion_burst_size_mb: 0 } };
    const { status, json } = await admin('PUT', `tenants/${name}/limits`, limits);
    expect([status, json.error]).toEqual([400, 'invalid_request']);
    expect(json.problems).toEqual([
      { field: 'metrics.ingestion_rate', message: 'must be a number, 0 or more' },
      { field: 'metrics.nonsense', message: expect.stringContaining('is not a limit') },
      { field: 'logs.ingestion_burst_size_mb', message: 'must not be 0 while the rate is limited' },
    ]);
    expect(json.message).toContain('metrics.ingestion_rate: must be a number, 0 or more; ');
    const token = await admin('PUT', `tenants/${name}/tokens/${tokenId}`, {
      limits: { metrics: { ingestion_burst_size: 5 } },
    });
    expect(token.json.problems).toEqual([
      { field: 'limits.metrics.ingestion_burst_size', message: expect.stringContaining('metrics.ingestion_rate') },
    ]);
    const whole = await admin('PUT', `tenants/${name}/limits`, 7);
    expect(whole.json.problems).toEqual([{ field: 'body', message: expect.stringContaining('limits are an object') }]);
  });

  it('with If-Match overwrites nobody unseen, and without it replaces whatever there is', async () => {
    const { name } = await createTenant();
    const { json: before, headers } = await admin('GET', `tenants/${name}/limits`);
    expect(headers.get('etag')).toBe(`"${before.version}"`);
    const { status, json } = await putIf(name, headers.get('etag') ?? '', { metrics: { ingestion_rate: 5 } });
    expect([status, json.version]).toEqual([200, before.version + 1]);
    const late = await putIf(name, `"${before.version}"`, { metrics: { ingestion_rate: 6 } });
    expect([late.status, late.json.error]).toEqual([412, 'version_conflict']);
    expect(late.json.message).toContain(`the newest version is ${before.version + 1}`);
    expect((await admin('GET', `tenants/${name}/limits`)).json).toMatchObject({
      version: before.version + 1,
      limits: { metrics: { ingestion_rate: 5 } },
    });
    expect((await admin('PUT', `tenants/${name}/limits`, {})).json.version).toBe(before.version + 2);
    const odd = await putIf(name, '3', {});
    expect([odd.status, odd.json.error]).toEqual([400, 'invalid_request']);
  });
});
