/** One module as a picture, with the rates of what flows at this moment. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { GraphView } from '../graph/graph-view.tsx';
import { type EdgeRate, edgeKey, type GraphEdge, type GraphNode, signalOf } from '../graph/model.ts';
import { Freshness, NoAnswer } from '../parts/header.tsx';
import { useNow, usePoll } from '../parts/poll.ts';
import { componentHref, go, graphHref } from './address.ts';
import type { ComponentView, FlowView } from './api.ts';
import { Bar } from './bar.tsx';
import { FlowRates } from './flow-rates.ts';
import { fullIdOf, levelOf } from './health.ts';
import { Link } from './link.tsx';
import { graphStreamPath, loadModule } from './load.ts';
import { readStream } from './stream.ts';

const POLL_MS = 5_000;
const WINDOW_SECONDS = 2;
const RETRY_MS = 3_000;

export function GraphPage({ moduleId }: { moduleId: string }) {
  const nowMs = useNow();
  const polled = usePoll(`graph ${moduleId}`, POLL_MS, false, (signal) => loadModule(moduleId, signal));
  const components = polled.data;
  const { nodes, edges } = useMemo(() => graphOf(components ?? []), [components]);
  const rates = useRates(moduleId, edges);
  return (
    <>
      <Bar page="graph">
        <Freshness polled={polled} nowMs={nowMs} />
      </Bar>
      <NoAnswer who="The agent" polled={polled} advice="This page keeps asking." />
      <main class={`graph-page ${polled.failingSinceMs === undefined ? '' : 'page-old'}`}>
        {moduleId !== '' && <ModulePath moduleId={moduleId} />}
        {components && components.length > 0 && (
          <GraphView
            nodes={nodes}
            edges={edges}
            rates={rates}
            label={`${nodes.length} components and the flow of data between them`}
            onOpen={(node) => node.href !== undefined && go(node.href)}
          />
        )}
        {components?.length === 0 && <p class="empty">There is no component here.</p>}
      </main>
    </>
  );
}

function ModulePath({ moduleId }: { moduleId: string }) {
  return (
    <p class="module-bar">
      <Link href={graphHref('')}>Whole configuration</Link> <span class="muted">/</span>{' '}
      <Link href={componentHref(moduleId)}>
        <bdi>{moduleId}</bdi>
      </Link>
    </p>
  );
}

function graphOf(components: readonly ComponentView[]): { nodes: readonly GraphNode[]; edges: readonly GraphEdge[] } {
  const names = new Map(components.map(({ localID, name }) => [localID, name]));
  const nodes = components.map((component) => ({
    id: component.localID,
    name: component.name,
    label: component.label ?? '',
    level: levelOf(component.health),
    state: component.health.state,
    href: hrefOf(component),
    ...(component.health.state === 'healthy' ? {} : { detail: component.health.state }),
  }));
  const edges = components.flatMap(({ localID, name, dataFlowEdgesTo }) =>
    dataFlowEdgesTo.map((to) => ({ from: localID, to, signal: signalOf(name, names.get(to) ?? '') })),
  );
  return { nodes, edges };
}

/** A component that is made of others leads to their picture. */
function hrefOf(component: ComponentView): string {
  const [created, ...more] = component.createdModuleIDs ?? [];
  return created !== undefined && more.length === 0 ? graphHref(created) : componentHref(fullIdOf(component));
}

function useRates(moduleId: string, edges: readonly GraphEdge[]): ReadonlyMap<string, readonly EdgeRate[]> {
  const flows = useRef(new FlowRates());
  const [generation, setGeneration] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const onMessages = (messages: readonly string[]) => {
      for (const message of messages) flows.current.add(JSON.parse(message) as FlowView[], WINDOW_SECONDS);
      setGeneration((before) => before + 1);
    };
    void keepReading(() => readStream(graphStreamPath(moduleId, WINDOW_SECONDS), signal, onMessages), signal);
    return () => ended.abort();
  }, [moduleId]);
  return useMemo(() => {
    const local = (id: string) => (moduleId === '' ? id : id.slice(moduleId.length + 1));
    const measured = flows.current.rates(edges, local);
    // Before the first message there is nothing to say; after it, an edge of data without flow shows zero.
    if (generation === 0) return measured;
    const carrying = edges.filter(({ signal }) => signal !== 'targets');
    return new Map([...carrying.map(zero), ...measured]);
  }, [moduleId, edges, generation]);
}

function zero(edge: GraphEdge): [string, readonly EdgeRate[]] {
  return [edgeKey(edge), [{ signal: edge.signal, perSecond: 0 }]];
}

/** Again after a while when it breaks, so that a restarted agent shows its rates. */
async function keepReading(read: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await read().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
