/** A tenant's pipeline as a picture, with what waits at each destination. */
import { useMemo } from 'preact/hooks';
import { GraphView } from '../graph/graph-view.tsx';
import { type GraphEdge, type GraphNode, signalOf } from '../graph/model.ts';
import { HttpError } from '../parts/http.ts';
import type { Level } from '../parts/level.ts';
import { usePoll } from '../parts/poll.ts';
import { useAccess } from './access.ts';
import type { OutboxView, PipelineGraphView } from './api.ts';
import { loadPipelineGraph } from './load.ts';
import { placeHref } from './place.ts';
import { countItems, outboxState } from './state.ts';

/** The pipeline changes seldom; what waits is in the overview, which is asked for more often. */
const POLL_MS = 10_000;

interface PipelineGraphProps {
  readonly tenant: string;
  /** The newest state of the tenant's outboxes. */
  readonly outboxes: readonly OutboxView[];
}

export function PipelineGraph({ tenant, outboxes }: PipelineGraphProps) {
  const { api } = useAccess();
  const polled = usePoll(`graph ${tenant}`, POLL_MS, false, (signal) => loadPipelineGraph(api, tenant, signal));
  const graph = polled.data;
  const shown = useMemo(() => graph && pictureOf(graph, outboxes, tenant), [graph, outboxes, tenant]);
  const none = polled.error instanceof HttpError && polled.error.status === 404;
  return (
    <section class="card pipeline" aria-label="Pipeline">
      <h2>
        Pipeline · <a href={placeHref({ tenant, section: 'pipeline' })}>text and versions</a>
      </h2>
      {none && (
        <p class="empty">
          This tenant has no pipeline yet, so what it pushes is refused.{' '}
          <a href={placeHref({ tenant, section: 'pipeline' })}>Write one</a>, or{' '}
          <code>npx spillway pipeline set --tenant {tenant} pipeline.alloy</code>.
        </p>
      )}
      {!none && polled.error && !graph && <p class="empty">It cannot be shown: {polled.error.message}.</p>}
      {shown && (
        <GraphView
          nodes={shown.nodes}
          edges={shown.edges}
          label={`The ${shown.nodes.length} components of the pipeline of ${tenant}`}
          embedded
        />
      )}
    </section>
  );
}

export function pictureOf(
  { nodes, edges }: PipelineGraphView,
  current: readonly OutboxView[],
  tenant: string,
): { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] } {
  const newest = new Map(current.map((outbox) => [outbox.destination, outbox]));
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  return {
    nodes: nodes.map(({ id, name, label, health, outboxes }) => {
      const level: Level = health.state === 'healthy' ? 'ok' : health.state === 'unknown' ? 'idle' : 'trouble';
      const node = { id, name, label, level, state: health.state };
      return outboxes.length === 0
        ? node
        : {
            ...node,
            ...backlogOf(
              outboxes.map((outbox) => newest.get(outbox.destination) ?? outbox),
              tenant,
            ),
          };
    }),
    edges: edges.map(({ from, to }) => ({
      from,
      to,
      signal: signalOf(names.get(from) ?? '', names.get(to) ?? ''),
    })),
  };
}

const RANK: readonly Level[] = ['trouble', 'attention', 'idle', 'ok'];

/** The worst outbox decides, and is the one to look at; what waits is added up. */
function backlogOf(outboxes: readonly OutboxView[], tenant: string) {
  const [worst] = outboxes
    .map((outbox) => ({ outbox, ...outboxState(outbox) }))
    .sort((a, b) => RANK.indexOf(a.level) - RANK.indexOf(b.level));
  const items = outboxes.reduce((sum, outbox) => sum + outbox.items, 0);
  const { level, text, outbox } = worst!;
  const waiting = items === 0 ? '' : `${countItems(outboxes[0]?.signal ?? '', items)} waiting`;
  const detail =
    waiting === '' ? (level === 'ok' ? 'no backlog' : text) : level === 'trouble' ? `${waiting}, ${text}` : waiting;
  return { level, state: text, detail, href: placeHref({ tenant, outbox: outbox.destination }) };
}
