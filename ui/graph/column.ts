/**
 * A pipeline for a narrow frame: one node below the other, each behind those that send to it, so that texts keep their size
 * on a phone. An edge to the next node goes straight down; all others leave and arrive at the left, in lanes. Pure.
 */
import type { PlacedEdge, PlacedGraph, PlacedNode } from './layout.ts';
import type { GraphEdge, GraphNode } from './model.ts';

const MARGIN = 12;
const LANE_WIDTH = 13;
const BEND = 7;
/** Between two nodes; more where rates stand. */
const GAP = 26;
const RATE = { width: 112, height: 24 };
const RATES_IN_A_ROW = 2;
/** Of what goes straight down, from the left side of the nodes. */
const STEM = 40;

interface Size {
  readonly width: number;
  readonly height: number;
}

export function layoutColumn(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  sizeOf: (node: GraphNode) => Size,
): PlacedGraph {
  const order = alongTheFlow(nodes, edges);
  const row = new Map(order.map(({ id }, i) => [id, i]));
  const rowOf = (id: string) => row.get(id) as number;
  const isStraight = ({ from, to }: GraphEdge) => rowOf(to) === rowOf(from) + 1;
  const lanes = lanesOf(
    edges.filter((edge) => !isStraight(edge)),
    rowOf,
  );
  const left = MARGIN + (lanes.count === 0 ? 0 : lanes.count * LANE_WIDTH + BEND);
  const placed: PlacedNode[] = [];
  let y = MARGIN;
  for (const node of order) {
    const rates = edges.filter(({ to, signal }) => to === node.id && signal !== 'targets').length;
    if (placed.length > 0) y += GAP + Math.ceil(rates / RATES_IN_A_ROW) * RATE.height;
    const { width, height } = sizeOf(node);
    placed.push({ node, x: left, y, width, height });
    y += height;
  }
  const arrived = new Map<string, number>();
  const drawn = edges.map((edge): PlacedEdge => {
    const from = placed[rowOf(edge.from)] as PlacedNode;
    const to = placed[rowOf(edge.to)] as PlacedNode;
    const lane = isStraight(edge) ? undefined : lanes.of.get(laneKey(edge));
    const before = arrived.get(edge.to) ?? 0;
    if (edge.signal !== 'targets') arrived.set(edge.to, before + 1);
    return {
      edge,
      path: lane === undefined ? straight(from, to) : around(from, to, left - BEND - (lane + 0.5) * LANE_WIDTH),
      offsetY: 0,
      labelX: left + STEM + 20 + (before % RATES_IN_A_ROW) * RATE.width,
      labelY: to.y - GAP / 2 - RATE.height / 2 - Math.floor(before / RATES_IN_A_ROW) * RATE.height,
    };
  });
  const right = Math.max(
    ...placed.map(({ x, width }) => x + width),
    ...drawn.filter(({ edge }) => edge.signal !== 'targets').map(({ labelX }) => labelX + RATE.width / 2),
  );
  // In the order they were given, which is that of the keyboard too.
  return { width: right + MARGIN, height: y + MARGIN, nodes: nodes.map(({ id }) => placed[rowOf(id)]!), edges: drawn };
}

/** Nodes behind all that send to them, chains in one piece. Where the flow runs in a circle, it is cut somewhere. */
function alongTheFlow(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): GraphNode[] {
  const order: GraphNode[] = [];
  const done = new Set<string>();
  while (order.length < nodes.length) {
    const rest = nodes.filter(({ id }) => !done.has(id));
    const ready = rest.filter(({ id }) => edges.every(({ from, to }) => to !== id || done.has(from)));
    const latest = order.map(({ id }) => id).reverse();
    const follower = latest
      .map((id) => ready.find((node) => edges.some(({ from, to }) => from === id && to === node.id)))
      .find((node) => node !== undefined);
    const next = follower ?? ready[0] ?? (rest[0] as GraphNode);
    order.push(next);
    done.add(next.id);
  }
  return order;
}

/** What one node sends of one signal shares a lane. */
function laneKey({ from, signal }: GraphEdge): string {
  return `${signal} ${from}`;
}

interface Lanes {
  readonly count: number;
  /** 0 is next to the nodes. */
  readonly of: ReadonlyMap<string, number>;
}

/** Short ways lie inside; two lanes at one height are never the same. */
function lanesOf(edges: readonly GraphEdge[], rowOf: (id: string) => number): Lanes {
  const spans = new Map<string, { first: number; last: number }>();
  for (const edge of edges) {
    const rows = [rowOf(edge.from), rowOf(edge.to)];
    const { first, last } = spans.get(laneKey(edge)) ?? { first: rows[0]!, last: rows[0]! };
    spans.set(laneKey(edge), { first: Math.min(first, ...rows), last: Math.max(last, ...rows) });
  }
  const taken: { first: number; last: number }[][] = [];
  const of = new Map<string, number>();
  for (const [key, span] of [...spans].sort(([, a], [, b]) => a.last - a.first - (b.last - b.first))) {
    const isFree = (lane: number) =>
      (taken[lane] ?? []).every(({ first, last }) => last < span.first || span.last < first);
    let lane = 0;
    while (!isFree(lane)) lane++;
    (taken[lane] ??= []).push(span);
    of.set(key, lane);
  }
  return { count: taken.length, of };
}

function straight(from: PlacedNode, to: PlacedNode): string {
  const x = from.x + STEM;
  return `M${x} ${from.y + from.height}L${x} ${to.y}`;
}

function around(from: PlacedNode, to: PlacedNode, laneX: number): string {
  const start = from.y + from.height - 14;
  const end = to.y + 16;
  const turn = start < end ? BEND : -BEND;
  return (
    `M${from.x} ${start}L${laneX + BEND} ${start}Q${laneX} ${start} ${laneX} ${start + turn}` +
    `L${laneX} ${end - turn}Q${laneX} ${end} ${laneX + BEND} ${end}L${to.x} ${end}`
  );
}
