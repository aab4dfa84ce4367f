/**
 * How plans tell a live view what flows where. A plan is given an observer only while somebody looks; without one it does
 * nothing more than compare a field with undefined. Observers see what passes and can change nothing.
 */
import type { LogsBatch, ProfilesBatch, TracesBatch } from './signals.ts';

export interface FlowObserver {
  /** Samples, lines, spans or profiles handed from one component to another; `from` is '' where they enter the plan. */
  flowed(from: string, to: string, items: number): void;
}

/** Endpoints of one writer are one edge of the picture. */
export function tellFlow(
  observer: FlowObserver,
  from: string,
  nodes: readonly { readonly componentId: string }[],
  items: number,
): void {
  if (items === 0) return;
  for (const to of new Set(nodes.map(({ componentId }) => componentId))) observer.flowed(from, to, items);
}

export interface MetricsObserver extends FlowObserver {
  /** Every series as it comes in: its label block, then its samples up to `end`. Absent: nobody asks for single series. */
  readonly series?: (bytes: Uint8Array, labelsStart: number, labelsEnd: number, end: number) => void;
}

export interface LogsObserver extends FlowObserver {
  /** What one component got and made of it; a destination makes what it sends. */
  readonly logs?: (componentId: string, before: LogsBatch, after: LogsBatch) => void;
}

export interface TracesObserver extends FlowObserver {
  readonly traces?: (componentId: string, before: TracesBatch, after: TracesBatch) => void;
}

export interface ProfilesObserver extends FlowObserver {
  readonly profiles?: (componentId: string, before: ProfilesBatch, after: ProfilesBatch) => void;
}
