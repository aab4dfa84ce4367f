import { describe, expect, it } from 'vitest';
import { layoutGraph } from './layout.ts';
import type { EdgeSignal, GraphEdge, GraphNode } from './model.ts';

/** What is left of a phone of 360 pixels inside a card. */
const PHONE = 298;

const node = (id: string): GraphNode => ({
  id,
  name: 'otelcol.exporter.otlphttp',
  label: 'a-label-that-is-long',
  level: 'ok',
  state: 'healthy',
});
const edge = (from: string, to: string, signal: EdgeSignal = 'metrics'): GraphEdge => ({ from, to, signal });
const column = (ids: string, edges: readonly GraphEdge[]) => layoutGraph([...ids].map(node), edges, 'down');
const idsOf = (nodes: ReturnType<typeof column>['nodes']) =>
  [...nodes].sort((a, b) => a.y - b.y).map(({ node: { id } }) => id);

/** A receiver with four signals, two of which pass a processor. */
const FAN = [
  edge('r', 'm'),
  edge('r', 'l', 'logs'),
  edge('r', 't', 'traces'),
  edge('r', 'p', 'profiles'),
  edge('m', 'w'),
  edge('l', 'v', 'logs'),
];

describe('a column', () => {
  it('is as narrow as a phone, however many a node sends to', () => {
    const { nodes, edges, width } = column('rmltpwv', FAN);
    expect(width).toBeLessThanOrEqual(PHONE);
    expect(new Set(nodes.map(({ x }) => x)).size).toBe(1);
    for (const { labelX, edge: of } of edges) expect(labelX + 54, of.to).toBeLessThanOrEqual(width);
  });

  it('keeps chains in one piece, and has each node below those that send to it', () => {
    expect(idsOf(column('rmltpwv', FAN).nodes)).toEqual(['r', 'm', 'w', 'l', 'v', 't', 'p']);
    expect(idsOf(column('dcba', [edge('a', 'b'), edge('b', 'd'), edge('a', 'c'), edge('c', 'd')]).nodes)).toEqual([
      'a',
      'c',
      'b',
      'd',
    ]);
  });

  it('draws what goes to the next node straight, and the rest left of the nodes where no two lines share a way', () => {
    const { nodes, edges } = column('rmltpwv', FAN);
    const left = nodes[0]!.x;
    const straight = edges.filter(({ path }) => !path.includes('Q')).map(({ edge: { from, to } }) => from + to);
    expect(straight).toEqual(['rm', 'mw', 'lv']);
    const lanes = edges
      .filter(({ path }) => path.includes('Q'))
      .map(({ path }) => Number(/Q([\d.]+) /.exec(path)?.[1]));
    expect(new Set(lanes).size).toBe(3);
    for (const lane of lanes) expect(lane > 0 && lane < left).toBe(true);
  });

  it('draws a way straight also where the same data takes another one around', () => {
    const { edges } = column('abc', [edge('a', 'b'), edge('b', 'c'), edge('a', 'c')]);
    expect(edges.map(({ path }) => path.includes('Q'))).toEqual([false, false, true]);
  });

  it('leaves room above a node for the rate of each edge that arrives', () => {
    const { nodes, edges } = column('abcd', [edge('a', 'd'), edge('b', 'd'), edge('c', 'd')]);
    const places = edges.map(({ labelX, labelY }) => `${labelX} ${labelY}`);
    expect(new Set(places).size).toBe(3);
    const [c, d] = [nodes[2]!, nodes[3]!];
    for (const { labelY } of edges) expect(labelY - 10 >= c.y + c.height && labelY + 10 <= d.y).toBe(true);
  });

  it('is made of a circle too', () => {
    const { nodes, edges } = column('ab', [edge('a', 'b'), edge('b', 'a')]);
    expect(idsOf(nodes)).toEqual(['a', 'b']);
    expect(edges.map(({ path }) => path.includes('Q'))).toEqual([false, true]);
  });
});
