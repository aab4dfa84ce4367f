/**
 * The metrics part of a pipeline as a function from a body to a body for each destination. It walks bytes: the verdict
 * for a series is looked up by its label block, sample bytes are copied untouched (a NaN keeps its bits), and a body that
 * needs no change is handed on as it is.
 */
import type { Destination } from '../delivery/destination.ts';
import type { Reason } from '../outcome.ts';
import { walkWriteRequest } from '../wire/remote-write-walk.ts';
import { MetricsRun } from './metrics-run.ts';
import type { MetricsReceiver } from './nodes.ts';
import { graphGeneration } from './nodes.ts';
import type { MetricsObserver } from './observer.ts';
import { SeriesMemo } from './series-memo.ts';
import type { DropCause, SeriesLimits, SeriesVerdict } from './series-verdict.ts';
import { decideSeries, PlanIndex } from './series-verdict.ts';
import type { MetricsBatch } from './signals.ts';

export interface MetricsPlanOptions {
  readonly maxMemoBytes: number;
  /** Refuse series that no receiver would take. Off where the labels are our own. */
  readonly validate: boolean;
  readonly limits?: SeriesLimits;
  /** Unknown to senders, so that they cannot craft labels that collide in the memo. */
  readonly hashSeed?: number;
  /** For a graph that never changes once it is built: others that change must not make it forget. */
  readonly frozen?: boolean;
}

export interface MetricsPlanOutput {
  readonly destination: Destination;
  /** The same object for destinations that get the same, so that it is compressed once (delivery/encode.ts). */
  readonly body: Uint8Array;
  readonly series: number;
  readonly samples: number;
  /** The body is the incoming one, so its compressed form can be forwarded too. */
  readonly unchanged: boolean;
}

/** In samples. received = rejected + dropped + what reached at least one destination. */
export interface MetricsPlanResult {
  readonly outputs: readonly MetricsPlanOutput[];
  readonly series: number;
  readonly received: number;
  /** Reached no destination, because rules dropped it or nothing was connected. */
  readonly dropped: number;
  /** Where series ended, also of those that reached another destination; so these may add up to more than `dropped`. */
  readonly drops: readonly (DropCause & { readonly samples: number; readonly series: number })[];
  readonly rejected: readonly RejectedSeries[];
}

export interface RejectedSeries {
  readonly reason: Reason;
  readonly samples: number;
  readonly series: number;
  /** The labels of the first one, shortened, for the error message. */
  readonly example: string;
}

export class MetricsPlan {
  readonly #entry: () => readonly MetricsReceiver[];
  readonly #options: MetricsPlanOptions;
  readonly #memo: SeriesMemo<SeriesVerdict>;
  #index = new PlanIndex();
  #generation = -1;

  constructor(entry: () => readonly MetricsReceiver[], options: MetricsPlanOptions) {
    this.#entry = entry;
    this.#options = options;
    this.#memo = new SeriesMemo(options.maxMemoBytes, options.hashSeed);
  }

  /** Throws OutcomeError for a body that is not a WriteRequest; then nothing of it may be used. */
  run(batch: Pick<MetricsBatch, 'body'>, observer?: MetricsObserver): MetricsPlanResult {
    this.#forgetIfGraphChanged();
    const entry = this.#entry();
    const decide = (block: Uint8Array) => decideSeries(block, entry, this.#index, this.#options);
    const run = new MetricsRun(batch.body, this.#memo, decide, observer);
    try {
      walkWriteRequest(batch.body, run);
    } finally {
      run.end();
    }
    run.tellFlows(this.#index);
    return run.onlyMetadata ? metadataResult(batch.body, entry) : run.result(this.#index);
  }

  #forgetIfGraphChanged(): void {
    const generation = this.#options.frozen === true ? 0 : graphGeneration();
    if (this.#generation === generation) return;
    this.#generation = generation;
    this.#memo.clear();
    this.#index = new PlanIndex();
  }
}

/** Prometheus sends metadata in requests of its own. Rules speak of series, so every destination gets it as it came. */
function metadataResult(body: Uint8Array, entry: readonly MetricsReceiver[]): MetricsPlanResult {
  const outputs = [...reachableDestinations(entry)].map((destination) => ({
    destination,
    body,
    series: 0,
    samples: 0,
    unchanged: true,
  }));
  return { outputs, series: 0, received: 0, dropped: 0, drops: [], rejected: [] };
}

export function reachableDestinations(receivers: readonly MetricsReceiver[]): Set<Destination> {
  const found = new Set<Destination>();
  for (const node of receivers.flatMap((receiver) => receiver.nodes())) {
    if (node.kind === 'destination') found.add(node.destination);
    else for (const destination of reachableDestinations(node.next())) found.add(destination);
  }
  return found;
}
