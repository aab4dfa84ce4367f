/** Where each node and edge of a pipeline goes: dagre ranks them along the flow of data, a narrow frame has one column. Pure. */
import { Graph, layout } from '@dagrejs/dagre';
import { layoutColumn } from './column.ts';
import { edgeKey, type GraphEdge, type GraphNode } from './model.ts';

export type Direction = 'right' | 'down';

export interface PlacedNode {
  readonly node: GraphNode;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  /** `d` of an SVG path, which stands `offsetY` further down. */
  readonly path: string;
  readonly offsetY: number;
  readonly labelX: number;
  readonly labelY: number;
}

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Longer texts are cut (graph-view.tsx). Where the flow runs down there is little width. */
export const MAX_TEXT: Readonly<Record<Direction, number>> = { right: 30, down: 24 };
const LABEL_CHARACTER = 8.2;
const NAME_CHARACTER = 7;
const SIDE_PADDING = 14;
const ICON_WIDTH = 24;
const MIN_WIDTH = 132;
const LINE_HEIGHT = 18;
/** Room for a rate. What carries targets shows none. */
const LABEL = { width: 108, height: 22 };
const NO_LABEL = { width: 24, height: 22 };
const MARGIN = 12;

export function nodeSize(node: GraphNode, direction: Direction): { width: number; height: number } {
  const length = (text: string) => Math.min(MAX_TEXT[direction], text.length);
  const text = Math.max(
    length(node.label) * LABEL_CHARACTER,
    length(node.name) * NAME_CHARACTER,
    // What waits at a destination is never cut.
    (node.detail ?? '').length * NAME_CHARACTER,
  );
  const width = Math.max(MIN_WIDTH, Math.ceil(text) + ICON_WIDTH + 2 * SIDE_PADDING);
  return { width, height: 22 + LINE_HEIGHT * (node.detail === undefined ? 2 : 3) };
}

/** Edges whose ends are not among the nodes are left out. Parts that no edge connects stand below one another. */
export function layoutGraph(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  direction: Direction,
): PlacedGraph {
  const ids = new Set(nodes.map(({ id }) => id));
  const drawn = unique(edges).filter(({ from, to }) => ids.has(from) && ids.has(to) && from !== to);
  // Columns of one width are easier to follow than boxes as wide as their names.
  const width = Math.max(0, ...nodes.map((node) => nodeSize(node, direction).width));
  const sizeOf = (node: GraphNode) => ({ width, height: nodeSize(node, direction).height });
  const parts = connectedParts(nodes, drawn).map((part) =>
    direction === 'down' ? layoutColumn(part.nodes, part.edges, sizeOf) : layoutRanks(part, sizeOf),
  );
  return stack(parts);
}

interface Part {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

function layoutRanks({ nodes, edges }: Part, sizeOf: (node: GraphNode) => Size): PlacedGraph {
  const graph = new Graph({ multigraph: false, compound: false });
  graph.setGraph({
    rankdir: 'LR',
    nodesep: 26,
    edgesep: 14,
    ranksep: 34,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  // dagre keeps nodes in plain objects, where an id such as `constructor` is taken: it gets numbers for names.
  const keys = new Map(nodes.map(({ id }, i) => [id, `n${i}`]));
  const keyOf = (id: string) => keys.get(id) as string;
  for (const node of nodes) graph.setNode(keyOf(node.id), { ...sizeOf(node) });
  for (const { from, to, signal } of edges) {
    graph.setEdge(keyOf(from), keyOf(to), { ...(signal === 'targets' ? NO_LABEL : LABEL), labelpos: 'c' });
  }
  layout(graph);
  const picture = graph.graph() as { width?: number; height?: number };
  return {
    width: picture.width ?? 0,
    height: picture.height ?? 0,
    nodes: nodes.map((node) => placeNode(node, graph.node(keyOf(node.id)) as Box)),
    edges: edges.map((edge) => {
      const box = (id: string) => graph.node(keyOf(id)) as Box;
      const route = graph.edge(keyOf(edge.from), keyOf(edge.to)) as Route;
      return placeEdge(edge, route, box(edge.from), box(edge.to));
    }),
  };
}

/** In the order of their first nodes. */
function connectedParts(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Part[] {
  const leader = new Map(nodes.map(({ id }) => [id, id]));
  const leaderOf = (id: string): string => {
    let at = id;
    while (leader.get(at) !== at) at = leader.get(at) as string;
    leader.set(id, at);
    return at;
  };
  for (const { from, to } of edges) leader.set(leaderOf(to), leaderOf(from));
  const leaders = [...new Set(nodes.map(({ id }) => leaderOf(id)))];
  return leaders.map((each) => ({
    nodes: nodes.filter(({ id }) => leaderOf(id) === each),
    edges: edges.filter(({ from }) => leaderOf(from) === each),
  }));
}

function stack(parts: readonly PlacedGraph[]): PlacedGraph {
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  let height = 0;
  for (const part of parts) {
    const down = height === 0 ? 0 : height - MARGIN / 2;
    nodes.push(...part.nodes.map((node) => ({ ...node, y: node.y + down })));
    edges.push(...part.edges.map((edge) => ({ ...edge, offsetY: down, labelY: edge.labelY + down })));
    height = down + part.height;
  }
  return { width: Math.max(0, ...parts.map(({ width }) => width)), height, nodes, edges };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Box extends Point, Size {}

interface Route {
  readonly points: readonly Point[];
  readonly x?: number;
  readonly y?: number;
}

function unique(edges: readonly GraphEdge[]): GraphEdge[] {
  return [...new Map(edges.map((edge) => [edgeKey(edge), edge])).values()];
}

/** dagre's points are centres. */
function placeNode(node: GraphNode, { x, y, width, height }: Box): PlacedNode {
  return { node, x: round(x - width / 2), y: round(y - height / 2), width, height };
}

/** All edges of a node leave it and reach it in the middle of its side, along the flow. */
function placeEdge(edge: GraphEdge, { points: route, x, y }: Route, from: Box, to: Box): PlacedEdge {
  const points = [
    { x: from.x + from.width / 2, y: from.y },
    ...route.slice(1, -1),
    { x: to.x - to.width / 2, y: to.y },
  ];
  const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
  return {
    edge,
    path: curve(points),
    offsetY: 0,
    labelX: round(x ?? middle.x),
    labelY: round(y ?? middle.y),
  };
}

/** Leaves and enters nodes along the flow, and bends softly in between. */
function curve(points: readonly Point[]): string {
  let path = '';
  points.forEach((point, i) => {
    const before = points[i - 1];
    if (before === undefined) path = `M${round(point.x)} ${round(point.y)}`;
    else {
      const middle = (before.x + point.x) / 2;
      path += `C${round(middle)} ${round(before.y)} ${round(middle)} ${round(point.y)} ${round(point.x)} ${round(point.y)}`;
    }
  });
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
