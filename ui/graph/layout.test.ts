import { describe, expect, it } from 'vitest';
import { layoutGraph, nodeSize } from './layout.ts';
import { type GraphEdge, type GraphNode, signalOf } from './model.ts';

const node = (id: string): GraphNode => ({ id, name: 'prometheus.relabel', label: id, level: 'ok', state: 'healthy' });
const edge = (from: string, to: string): GraphEdge => ({ from, to, signal: 'metrics' });
const NODES = ['a', 'b', 'c', 'd'].map(node);
const EDGES = [edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd')];

describe('a layout', () => {
  it('puts every node behind those that send to it', () => {
    const { nodes } = layoutGraph(NODES, EDGES, 'right');
    const x = new Map(nodes.map((placed) => [placed.node.id, placed]));
    for (const { from, to } of EDGES) {
      const [source, target] = [x.get(from)!, x.get(to)!];
      expect(source.x + source.width).toBeLessThan(target.x);
    }
  });

  it('runs downwards where there is no width', () => {
    const { nodes } = layoutGraph(NODES, EDGES, 'down');
    const y = new Map(nodes.map((placed) => [placed.node.id, placed.y]));
    for (const { from, to } of EDGES) expect(y.get(from)).toBeLessThan(y.get(to)!);
  });

  it.each(['right', 'down'] as const)('lets no two nodes overlap, and none leave the picture: %s', (direction) => {
    const { nodes, width, height } = layoutGraph(NODES, EDGES, direction);
    for (const [i, a] of nodes.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true);
      for (const b of nodes.slice(i + 1)) {
        expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(
          true,
        );
      }
    }
  });

  it('draws an edge once, and leaves out what has an end elsewhere or leads to itself', () => {
    const { edges } = layoutGraph(NODES, [...EDGES, edge('a', 'b'), edge('a', 'gone'), edge('a', 'a')], 'right');
    expect(edges.map(({ edge: drawn }) => `${drawn.from}${drawn.to}`)).toEqual(['ab', 'ac', 'bd', 'cd']);
    for (const { path } of edges) expect(path).toMatch(/^M[-\d. ]+(C[-\d. ]+)+$/);
  });

  it('puts parts that nothing connects below one another, wherever the flow runs', () => {
    for (const direction of ['right', 'down'] as const) {
      const { nodes } = layoutGraph(NODES, [edge('a', 'b'), edge('c', 'd')], direction);
      const [a, b, c, d] = nodes.map(({ y, height }) => ({ top: y, bottom: y + height }));
      expect(Math.max(a!.bottom, b!.bottom)).toBeLessThanOrEqual(Math.min(c!.top, d!.top));
    }
  });

  it('takes no nodes, and names that no component should have', () => {
    expect(layoutGraph([], [], 'right')).toEqual({ width: 0, height: 0, nodes: [], edges: [] });
    const odd = ['constructor', '__proto__', 'toString'].map(node);
    const { nodes, edges } = layoutGraph(odd, [edge('constructor', '__proto__')], 'right');
    expect([nodes.length, edges.length]).toEqual([3, 1]);
  });

  it('gives a node room for its longest line, and a third line where there is one', () => {
    const sizeOf = (one: GraphNode) => nodeSize(one, 'right');
    const short = sizeOf(node('a'));
    expect(sizeOf({ ...node('a'), detail: '1,234 samples waiting' }).height).toBeGreaterThan(short.height);
    expect(sizeOf(node('a-label-that-is-longer-than-its-name')).width).toBeGreaterThan(short.width);
    expect(sizeOf(node('x'.repeat(500))).width).toBeLessThan(320);
    expect(nodeSize(node('x'.repeat(500)), 'down').width).toBeLessThan(260);
  });
});

describe('the signal of an edge', () => {
  it.each([
    ['prometheus.exporter.unix', 'prometheus.scrape', 'targets'],
    ['discovery.relabel', 'prometheus.scrape', 'targets'],
    ['local.file_match', 'loki.source.file', 'targets'],
    ['prometheus.scrape', 'prometheus.relabel', 'metrics'],
    ['prometheus.scrape', 'spillway.write', 'metrics'],
    ['spillway.receive', 'loki.process', 'logs'],
    ['otelcol.receiver.otlp', 'otelcol.exporter.otlphttp', 'traces'],
    ['my_module', 'another', 'other'],
  ])('from %s to %s is %s', (from, to, signal) => expect(signalOf(from, to)).toBe(signal));
});
