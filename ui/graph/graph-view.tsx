/** A pipeline as a picture: nodes with their state, edges with what flows on them. Nodes are links, so keys reach them. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatShort } from '../format/numbers.ts';
import { visibleText } from '../format/visible.ts';
import { LevelShape } from '../parts/state-mark.tsx';
import { type Direction, layoutGraph, MAX_TEXT, type PlacedEdge, type PlacedGraph, type PlacedNode } from './layout.ts';
import { type EdgeRate, type EdgeSignal, edgeKey, type GraphEdge, type GraphNode, unitOf } from './model.ts';
import { fitWhole, fitWidth, usePanZoom } from './pan-zoom.ts';

export interface GraphViewProps {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** By `edgeKey`; an edge that is not there shows no rate. */
  readonly rates?: ReadonlyMap<string, readonly EdgeRate[]>;
  readonly label: string;
  /** In the midst of a page the wheel scrolls the page. */
  readonly embedded?: boolean;
  onOpen?(node: GraphNode): void;
}

/** Below this the flow runs downwards. */
const NARROW_PIXELS = 640;
/** The buttons at the top must not lie on the picture. */
const TOOLS_PIXELS = 56;
const MIN_HEIGHT = 120;
const MAX_HEIGHT = 480;

export function GraphView({ nodes, edges, rates, label, embedded = false, onOpen }: GraphViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const shape = useMemo(() => JSON.stringify([nodes, edges]), [nodes, edges]);
  const direction = size.width > 0 && size.width < NARROW_PIXELS ? 'down' : 'right';
  // Laid out again for another picture only, not for the same one in a new answer.
  const placed = useMemo(() => layoutGraph(nodes, edges, direction), [shape, direction]);
  const panZoom = usePanZoom(frame, embedded);
  const { view, untouched, show } = panZoom;

  useEffect(() => {
    if (untouched && size.width > 0)
      show(direction === 'down' ? fitWidth(placed, size, embedded ? 0 : TOOLS_PIXELS) : fitWhole(placed, size));
  }, [placed, size, untouched]);

  const height = embedded ? Math.max(MIN_HEIGHT, heightIn(placed, size.width, direction)) : '100%';
  return (
    <div class={embedded ? 'graph graph-embedded' : 'graph'}>
      <div ref={frame} class="graph-frame">
        <svg width="100%" height={height} aria-label={label}>
          <defs>
            <marker id="graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0 .8 7.2 4 0 7.2z" class="graph-arrow" />
            </marker>
          </defs>
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
            {placed.edges.map((edge) => (
              <Edge key={edgeKey(edge.edge)} placed={edge} rates={rates?.get(edgeKey(edge.edge))} />
            ))}
            {placed.nodes.map((node) => (
              <Node
                key={node.node.id}
                placed={node}
                direction={direction}
                onOpen={(event) => {
                  if (panZoom.dragged()) return event.preventDefault();
                  if (!onOpen || event.ctrlKey || event.metaKey || event.shiftKey) return;
                  event.preventDefault();
                  onOpen(node.node);
                }}
              />
            ))}
          </g>
        </svg>
      </div>
      <div class="graph-tools">
        <button type="button" class="quiet" aria-label="Zoom in" onClick={() => panZoom.zoom(1.3)}>
          +
        </button>
        <button type="button" class="quiet" aria-label="Zoom out" onClick={() => panZoom.zoom(1 / 1.3)}>
          −
        </button>
        <button type="button" class="quiet" onClick={panZoom.reset}>
          Fit
        </button>
      </div>
      <Legend signals={[...new Set(placed.edges.map(({ edge }) => edge.signal))]} />
    </div>
  );
}

/** In the midst of a page a picture is as high as it needs to be, within reason. */
function heightIn(placed: PlacedGraph, width: number, direction: Direction): number {
  const frame = { width, height: MAX_HEIGHT };
  const { scale } = direction === 'down' ? fitWidth(placed, frame, 0) : fitWhole(placed, frame);
  return Math.ceil(scale * placed.height);
}

function Edge({ placed, rates }: { placed: PlacedEdge; rates: readonly EdgeRate[] | undefined }) {
  const { edge, path, offsetY, labelX, labelY } = placed;
  const shift = `translate(0 ${offsetY})`;
  const texts = (rates ?? []).map(({ signal, perSecond }) => `${formatShort(perSecond)} ${unitOf(signal)}`);
  const flowing = rates?.some(({ perSecond }) => perSecond > 0) ?? false;
  return (
    <g
      class={`graph-edge graph-edge-${edge.signal} ${flowing ? 'graph-edge-flowing' : ''}`}
      data-edge={`${edge.from} > ${edge.to}`}
    >
      <title>{`${edge.from} → ${edge.to}, ${edge.signal}${texts.map((text) => `, ${text}`).join('')}`}</title>
      <path d={path} transform={shift} class="graph-line" marker-end="url(#graph-arrow)" />
      {flowing && <path d={path} transform={shift} class="graph-flow" />}
      {texts.map((text, i) => (
        <g key={text} transform={`translate(${labelX} ${labelY + i * 20})`} class="graph-rate">
          <rect x={-textWidth(text) / 2} y="-10" width={textWidth(text)} height="20" rx="10" />
          <text text-anchor="middle" y="4" data-rate>
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}

function textWidth(text: string): number {
  return text.length * 6.6 + 20;
}

interface NodeProps {
  readonly placed: PlacedNode;
  readonly direction: Direction;
  onOpen(event: MouseEvent): void;
}

function Node({ placed, direction, onOpen }: NodeProps) {
  const { node, x, y, width, height } = placed;
  const title = `${node.id}: ${node.state}${node.detail ? `, ${node.detail}` : ''}`;
  const body = (
    <>
      <title>{title}</title>
      <rect width={width} height={height} rx="9" class="graph-box" />
      <rect x="0" y="10" width="4" height={height - 20} rx="2" class="graph-side" />
      <svg x="14" y="13" width="16" height="16" viewBox="0 0 16 16" class="level-icon" aria-hidden="true">
        <LevelShape level={node.level} />
      </svg>
      <text x="38" y="25" class="graph-label">
        {shorten(node.label || node.name, direction)}
      </text>
      <text x="38" y="43" class="graph-name">
        {shorten(node.label ? node.name : node.state, direction)}
      </text>
      {node.detail !== undefined && (
        <text x="38" y="61" class="graph-detail">
          {visibleText(node.detail)}
        </text>
      )}
    </>
  );
  return (
    <g transform={`translate(${x} ${y})`} class={`graph-node level-${node.level}`} data-node={node.id}>
      {node.href === undefined ? (
        body
      ) : (
        <a href={node.href} aria-label={title} draggable={false} onClick={onOpen}>
          {body}
        </a>
      )}
    </g>
  );
}

function shorten(text: string, direction: Direction): string {
  const most = MAX_TEXT[direction];
  return visibleText(text.length > most ? `${text.slice(0, most - 1)}…` : text);
}

function Legend({ signals }: { signals: readonly EdgeSignal[] }) {
  if (signals.length === 0) return null;
  return (
    <ul class="graph-legend" aria-label="Kinds of edges">
      {[...signals].sort().map((signal) => (
        <li key={signal} class={`graph-edge-${signal}`}>
          <svg width="26" height="8" aria-hidden="true">
            <path d="M0 4h26" class="graph-line" />
          </svg>
          {signal}
        </li>
      ))}
    </ul>
  );
}

function useSize(element: { readonly current: Element | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observed = element.current;
    if (!observed) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = observed;
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(observed);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
