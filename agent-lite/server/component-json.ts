/** Components as the HTTP API writes them. */
import { argumentsJson, debugInfoJson, objectBodyJson, type StatementJson } from '../../core/alloy/alloy-json.ts';
import type { ListedNode } from '../../core/alloy/listing.ts';
import { carriesData, dataFlow, type FlowPart } from '../../core/pipeline/data-flow.ts';
import type { ComponentDetail, ComponentView } from '../../ui/agent/api.ts';
import type { HostContext } from '../context.ts';
import { localIn } from '../live/module-path.ts';
import type { AgentHost } from '../runtime/host.ts';

type Listed = ListedNode<HostContext>;

/** undefined: there is no such module. */
export function listComponents(host: AgentHost, moduleId: string): ComponentView[] | undefined {
  const listing = host.controller.listing();
  host.healthTimes.note(listing);
  const known = moduleId === '' || listing.some(({ createdModuleIds }) => createdModuleIds.includes(moduleId));
  if (!known) return undefined;
  const flow = flowIn(moduleId, host.controller.components());
  return listing.filter((node) => node.moduleId === moduleId).map((node) => viewOf(node, host, flow));
}

export function componentDetail(host: AgentHost, id: string): ComponentDetail | undefined {
  const listing = host.controller.listing();
  host.healthTimes.note(listing);
  const node = listing.find((each) => each.id === id);
  if (node === undefined) return undefined;
  const flow = flowIn(node.moduleId, host.controller.components());
  const { debugInfo } = node.builtin?.component ?? {};
  return {
    ...viewOf(node, host, flow),
    arguments: argumentsOf(node),
    exports: objectBodyJson(node.exports),
    debugInfo: debugInfoJson({ ...debugInfo?.call(node.builtin?.component), ...deliveries(host, id) }),
  };
}

function deliveries(host: AgentHost, id: string): { readonly delivery?: readonly Readonly<Record<string, unknown>>[] } {
  const delivery = host.deliveries(id);
  return delivery.length === 0 ? {} : { delivery };
}

/** Something to watch: it passes data on, takes it in, or finds targets. */
export function canBeWatched(host: AgentHost, id: string): boolean {
  const node = host.controller.listing().find((each) => each.id === id);
  return node !== undefined && watchable(node);
}

function viewOf(node: Listed, host: AgentHost, flow: ReadonlyMap<string, ReadonlySet<string>>): ComponentView {
  const { name, localId, moduleId, label, references, referencedBy, health, text, createdModuleIds } = node;
  return {
    name,
    type: 'block',
    localID: localId,
    moduleID: moduleId,
    ...(label === '' ? {} : { label }),
    referencesTo: references,
    referencedBy,
    dataFlowEdgesTo: [...(flow.get(localId) ?? [])],
    health: { ...health, updatedTime: new Date(host.healthTimes.since(node.id)).toISOString() },
    original: text,
    ...(createdModuleIds.length === 0 ? {} : { createdModuleIDs: createdModuleIds }),
    liveDebuggingEnabled: watchable(node),
  };
}

function argumentsOf({ builtin, customArguments }: Listed): StatementJson[] {
  if (builtin === undefined) return objectBodyJson(customArguments);
  const { definition, args } = builtin;
  return args === undefined ? [] : argumentsJson(definition.schema, args as Readonly<Record<string, unknown>>);
}

function watchable({ builtin, exports }: Listed): boolean {
  if (builtin?.component === undefined) return false;
  return exports?.has('targets') === true || carriesData({ args: builtin.args, exports });
}

/** Edges between what one module lists: an edge into a module ends at the component that holds the module. */
function flowIn(moduleId: string, parts: readonly FlowPart[]): ReadonlyMap<string, ReadonlySet<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [from, targets] of dataFlow(parts)) {
    const local = localIn(moduleId, from);
    if (local === undefined) continue;
    for (const target of targets) {
      const to = localIn(moduleId, target);
      if (to === undefined || to === local) continue;
      edges.set(local, (edges.get(local) ?? new Set()).add(to));
    }
  }
  return edges;
}
