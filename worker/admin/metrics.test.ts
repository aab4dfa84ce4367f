import { env } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { snappyEncode } from '../../core/codec/snappy.ts';
import {
  admin,
  createTenant,
  FakeDestinations,
  METRICS_DESTINATION,
  pushMetrics,
  upSample,
  writeRequest,
} from '../testing/gateway.ts';

let destinations: FakeDestinations;

beforeEach(() => {
  destinations = new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** `{sorted labels}` of one tenant and family to value. */
async function scrape(tenant: string, name: string): Promise<Record<string, number>> {
  const { status, json } = await admin('GET', `metrics?tenant=${tenant}`);
  expect(status).toBe(200);
  const lines = (json as string).split('\n').filter((line) => line.startsWith(`${name}{`));
  return Object.fromEntries(
    lines.map((line) => {
      const [, labels = '', value] = /^[^{]+\{(.*)\} (\S+)$/.exec(line) ?? [];
      return [labels.replaceAll(`tenant="${tenant}",`, '').replaceAll(`tenant="${tenant}"`, ''), Number(value)];
    }),
  );
}

const down = () => new Response('down for now', { status: 503 });
const pushTwo = (token: string) => pushMetrics(token, snappyEncode(writeRequest([upSample(2), upSample(3)])));

describe('GET /admin/v1/metrics', () => {
  it('needs the admin token, is never cached, and is of the text format', async () => {
    expect((await admin('GET', 'metrics', undefined, 'nonsense')).status).toBe(401);
    const { status, headers } = await admin('GET', 'metrics');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('tells of each outbox what waits, and of each tenant what became of its items', async () => {
    const { name, token } = await createTenant();
    await pushMetrics(token);
    destinations.answer = down;
    await pushTwo(token);
    const outbox = `destination="${METRICS_DESTINATION}",signal="metrics"`;
    await vi.waitFor(
      async () => {
        expect(await scrape(name, 'spillway_outbox_items')).toEqual({ [outbox]: 2 });
        expect(await scrape(name, 'spillway_tenant_accepted_items_total')).toMatchObject({ 'signal="metrics"': 3 });
      },
      { timeout: 30_000, interval: 100 },
    );
    expect(await scrape(name, 'spillway_outbox_payloads')).toEqual({ [outbox]: 1 });
    expect(await scrape(name, 'spillway_outbox_max_bytes')).toEqual({ [outbox]: 6_000_000 });
    expect(await scrape(name, 'spillway_outbox_held')).toEqual({ [outbox]: 0 });
    expect(await scrape(name, 'spillway_outbox_failing')).toEqual({ [`${outbox},reason="service_unavailable"`]: 1 });
    expect(await scrape(name, 'spillway_outbox_accepted_items_total')).toEqual({ [outbox]: 2 });
    expect(await scrape(name, 'spillway_tenant_delivered_items_total')).toEqual({
      'signal="metrics"': 1,
      'signal="logs"': 0,
      'signal="traces"': 0,
      'signal="profiles"': 0,
    });
    await admin('POST', `tenants/${name}/outbox/pause?destination=${METRICS_DESTINATION}`);
    expect(await scrape(name, 'spillway_outbox_held')).toEqual({ [outbox]: 1 });
    await admin('POST', `tenants/${name}/outbox/purge?destination=${METRICS_DESTINATION}`, {
      enqueuedBeforeMs: Date.now() + 1000,
    });
    expect(await scrape(name, 'spillway_outbox_dropped_items_total')).toEqual({ [outbox]: 2 });
    expect(await scrape(name, 'spillway_tenant_dropped_items_total')).toMatchObject({ 'signal="metrics"': 2 });
  });

  it('counts dead letters, and tells which are still kept', async () => {
    const { name, token } = await createTenant();
    destinations.answer = () => new Response('duplicate sample', { status: 400 });
    await pushTwo(token);
    const outbox = `destination="${METRICS_DESTINATION}",signal="metrics"`;
    await vi.waitFor(
      async () => expect(await scrape(name, 'spillway_outbox_dead_letters_total')).toEqual({ [outbox]: 1 }),
      { timeout: 30_000, interval: 100 },
    );
    await admin('DELETE', `tenants/${name}/outbox/dead-letters?destination=${METRICS_DESTINATION}`);
    expect(await scrape(name, 'spillway_outbox_dead_letters_kept')).toEqual({ [outbox]: 0 });
    expect(await scrape(name, 'spillway_outbox_dead_letters_total')).toEqual({ [outbox]: 1 });
  });

  it('says nothing of a tenant that has nothing, and does not know one that is not there', async () => {
    const { name } = await createTenant();
    const { json } = await admin('GET', `metrics?tenant=${name}`);
    expect(json).not.toContain(name);
    expect((await admin('GET', 'metrics?tenant=nobody')).status).toBe(404);
  });

  it('tells of all tenants but one where the hub of that one does not answer', async () => {
    const { name, token } = await createTenant();
    const other = await createTenant();
    await pushMetrics(token);
    await pushMetrics(other.token);
    const names = env.TENANT_HUB.idFromName(other.name).toString();
    await vi.waitFor(async () => expect(await scrape(name, 'spillway_tenant_active_series')).toEqual({ '': 1 }), {
      timeout: 30_000,
      interval: 100,
    });
    const get = env.TENANT_HUB.get.bind(env.TENANT_HUB);
    vi.spyOn(env.TENANT_HUB, 'get').mockImplementation((id, options) => {
      if (id.toString() === names) throw new Error('the object is overloaded');
      return get(id, options);
    });
    const { status, json } = await admin('GET', `metrics?tenant=${name}&tenant=${other.name}`);
    expect(status).toBe(200);
    expect(json).toContain(`spillway_tenant_active_series{tenant="${name}"} 1`);
    expect(json).not.toContain(other.name);
    expect(json).toContain('spillway_metrics_unanswered{kind="tenants"} 1');
  });
});
