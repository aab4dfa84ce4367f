/** Rates of the edges from the messages of the graph stream. Scrapes come in bursts: the mean of a minute is the flow. */
import { type EdgeRate, type EdgeSignal, edgeKey } from '../graph/model.ts';
import type { FlowView } from './api.ts';

const MEAN_SECONDS = 60;
const SIGNALS: Readonly<Record<string, EdgeSignal>> = {
  prometheus_metric: 'metrics',
  otel_metric: 'metrics',
  loki_log: 'logs',
  otel_log: 'logs',
  otel_trace: 'traces',
  pyroscope_profile: 'profiles',
  target: 'targets',
};

interface Window {
  readonly seconds: number;
  readonly flows: readonly FlowView[];
}

export class FlowRates {
  #windows: Window[] = [];

  add(flows: readonly FlowView[], seconds: number): void {
    this.#windows.push({ flows, seconds });
    let covered = 0;
    let keep = this.#windows.length;
    while (keep > 0 && covered < MEAN_SECONDS) covered += this.#windows[--keep]!.seconds;
    this.#windows = this.#windows.slice(keep);
  }

  /** `edges`: where flow without named targets may go. Ids are local to the module that is shown. */
  rates(
    edges: readonly { readonly from: string; readonly to: string; readonly signal: EdgeSignal }[],
    localId: (id: string) => string,
  ): ReadonlyMap<string, readonly EdgeRate[]> {
    const seconds = this.#windows.reduce((sum, window) => sum + window.seconds, 0);
    const totals = new Map<string, Map<EdgeSignal, number>>();
    for (const { flows, seconds: length } of this.#windows) {
      for (const flow of flows) {
        const from = localId(flow.componentID);
        const signal = SIGNALS[flow.type] ?? 'other';
        const named = flow.targetComponentIDs.map(localId);
        const targets =
          named.length > 0
            ? named
            : edges.filter((edge) => edge.from === from && edge.signal === signal).map(({ to }) => to);
        for (const to of targets) {
          const key = edgeKey({ from, to });
          const bySignal = totals.get(key) ?? new Map<EdgeSignal, number>();
          bySignal.set(signal, (bySignal.get(signal) ?? 0) + flow.rate * length);
          totals.set(key, bySignal);
        }
      }
    }
    const rates = (bySignal: ReadonlyMap<EdgeSignal, number>) =>
      [...bySignal].map(([signal, items]) => ({ signal, perSecond: items / seconds }));
    return new Map([...totals].map(([key, bySignal]) => [key, rates(bySignal)]));
  }
}
