/** A tenant's pipeline for the console's picture: its components, and at those that write, what waits. */
import * as v from 'valibot';
import type { Env } from '../env.ts';
import type { OutboxStatus } from '../outbox/messages.ts';
import type { PipelineNode } from '../tenants/graph.ts';
import { currentPipeline } from '../tenants/pipeline-cache.ts';
import { type AdminContext, jsonResponse, type Operation, tenantOf } from './operation.ts';
import { outboxList } from './outboxes.ts';
import { refuse } from './read-json.ts';
import { errorShape, outboxShape } from './shapes.ts';
import { withVault } from './vault-errors.ts';

interface NodeJson extends Omit<PipelineNode, 'destinations'> {
  /** Of a component that writes: the state of the outbox of each of its destinations. */
  readonly outboxes: readonly OutboxStatus[];
}

const graphShape = v.object({
  nodes: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      label: v.string(),
      health: v.object({ state: v.string(), message: v.string() }),
      outboxes: v.pipe(v.array(outboxShape), v.description('of a component that writes')),
    }),
  ),
  edges: v.array(v.object({ from: v.string(), to: v.string() })),
});

export const graphOperations: readonly Operation[] = withVault([
  {
    id: 'getPipelineGraph',
    method: 'GET',
    path: '/tenants/:tenant/pipeline/graph',
    summary: 'The components of the pipeline and the flow of data between them.',
    access: 'tenant',
    responses: {
      200: jsonResponse(graphShape, "For the console's picture."),
      404: jsonResponse(errorShape, '`pipeline_unknown`: the tenant has no pipeline.'),
    },
    handle: (c) => getPipelineGraph(c, tenantOf(c)),
  },
]);

async function getPipelineGraph(c: AdminContext, tenant: string): Promise<Response> {
  const env: Env = c.env;
  const pipeline = await currentPipeline(env, tenant);
  if (pipeline === undefined) return refuse(c, 404, 'pipeline_unknown', `the tenant ${tenant} has no pipeline yet`);
  const outboxes = new Map((await outboxList(env, tenant)).map((outbox) => [outbox.destination, outbox]));
  const nodes = pipeline.graph.nodes.map(({ destinations, ...node }): NodeJson => {
    const found = destinations.map((id) => outboxes.get(id)).filter((outbox) => outbox !== undefined);
    return { ...node, outboxes: found };
  });
  return c.json({ nodes, edges: pipeline.graph.edges });
}
