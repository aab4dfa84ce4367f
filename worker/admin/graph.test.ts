import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { admin, createTenant, FakeDestinations, METRICS_DESTINATION, PIPELINE } from '../testing/gateway.ts';

beforeEach(() => {
  new FakeDestinations().install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the graph of a pipeline', () => {
  it('has every component, the edges between them, and the outboxes where it ends', async () => {
    const { name } = await createTenant({ pipeline: PIPELINE });
    const { status, json } = await admin('GET', `tenants/${name}/pipeline/graph`);
    expect(status).toBe(200);
    const nodes = json.nodes as { id: string; outboxes: { destination: string; state: string }[] }[];
    const edges = json.edges as { from: string; to: string }[];
    const ids = nodes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { from, to } of edges) expect([ids.includes(from), ids.includes(to)]).toEqual([true, true]);
    const entry = ids.find((id) => id.startsWith('spillway.receive'));
    expect(edges.some(({ from }) => from === entry)).toBe(true);
    const outboxes = nodes.flatMap((node) => node.outboxes);
    expect(outboxes).toContainEqual(
      expect.objectContaining({ destination: METRICS_DESTINATION, state: 'idle', items: 0 }),
    );
    expect(nodes.find(({ id }) => id === entry)?.outboxes).toEqual([]);
  });

  it('is 404 for a tenant without a pipeline, and for no tenant', async () => {
    const { name } = await createTenant({ pipeline: '' });
    expect((await admin('GET', `tenants/${name}/pipeline/graph`)).json.error).toBe('pipeline_unknown');
    expect((await admin('GET', 'tenants/nobody/pipeline/graph')).json.error).toBe('tenant_unknown');
  });
});
