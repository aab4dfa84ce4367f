/** A compiled pipeline as a picture: its components and where each sends what it has. Holds no data and no secrets. */
import type { ComponentContext } from '../../core/alloy/component.ts';
import type { ComponentInfo } from '../../core/alloy/controller.ts';
import { dataFlow } from '../../core/pipeline/data-flow.ts';
import { asWriter } from '../../core/pipeline/writer.ts';

export interface PipelineGraph {
  readonly nodes: readonly PipelineNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface PipelineNode {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly health: { readonly state: string; readonly message: string };
  /** Ids of the destinations of a component that writes. */
  readonly destinations: readonly string[];
}

export function pipelineGraph(components: readonly ComponentInfo<ComponentContext>[]): PipelineGraph {
  const nodes = components.map(({ id, definition, label, health, component }) => ({
    id,
    name: definition.name,
    label,
    health,
    destinations: ((component && asWriter(component)?.destinations()) ?? []).map((destination) => destination.id),
  }));
  const edges = [...dataFlow(components)].flatMap(([from, targets]) => [...targets].map((to) => ({ from, to })));
  return { nodes, edges };
}
