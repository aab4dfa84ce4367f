/** A tenant's pipeline for the console's picture: its components, and at those that write, what waits. */
import type { Env } from '../env.ts';
import type { OutboxStatus } from '../outbox/messages.ts';
import type { PipelineNode } from '../tenants/graph.ts';
import { currentPipeline } from '../tenants/pipeline-cache.ts';
import { outboxList } from './outboxes.ts';
import { type AdminContext, refuse } from './read-json.ts';

interface NodeJson extends Omit<PipelineNode, 'destinations'> {
  /** Of a component that writes: the state of the outbox of each of its destinations. */
  readonly outboxes: readonly OutboxStatus[];
}

export async function getPipelineGraph(c: AdminContext, tenant: string): Promise<Response> {
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
