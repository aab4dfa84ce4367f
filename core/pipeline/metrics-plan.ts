/**
 * The metrics part of a pipeline as a function from a body to a body for each destination. It walks bytes: the verdict
 * for a series is looked up by its label block, sample bytes are copied untouched (a NaN keeps its bits), and a body that
 * needs no change is handed on as it is.
 */
import type { Destination } from '../delivery/destination.ts';
import type { Labels } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';
import { withWorkBudget } from '../regex/work.ts';
import type { SampleBounds } from '../wire/remote-write/sample-bounds.ts';
import { walkWriteRequest } from '../wire/remote-write/walk.ts';
import { CompressedOutput } from './compressed-output.ts';
import type { MemoBudget } from './memo-budget.ts';
import { PlainOutput } from './metrics-output.ts';
import { MetricsRun } from './metrics-run.ts';
import type { MetricsReceiver } from './nodes.ts';
import { graphGeneration } from './nodes.ts';
import type { MetricsObserver } from './observer.ts';
import { SeriesMemo } from './series-memo.ts';
import type { DropCause, SeriesLimits, SeriesVerdict } from './series-verdict.ts';
import { decideSeries, PlanIndex } from './series-verdict.ts';
import type { MetricsBatch } from './signals.ts';

/** What a sender is told about the first series of a reason; undefined: its labels. */
export type DescribeRejection = (reason: Reason, labels: Labels) => string | undefined;

export interface MetricsPlanOptions {
  /** Of two generations of series: a sender whose series fit into one half is never forgotten. */
  readonly maxMemoBytes: number;
  /** What this plan's memo and others may take together. */
  readonly memoBudget?: MemoBudget;
  /** Refuse series that no receiver would take. Off where the labels are our own. */
  readonly validate: boolean;
  readonly limits?: SeriesLimits;
  readonly describe?: DescribeRejection;
  /** Native histograms with more are rejected. */
  readonly maxHistogramBuckets?: number | undefined;
  /** What the expressions may cost for the series of one batch that were not seen before (regex/work.ts). */
  readonly maxWorkPerBatch?: number;
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
  /** How many of the samples are native histograms. */
  readonly histograms: number;
  /** The snappy form of `body`, where the run was asked to compress: then `body` is unpacked only for who asks for it. */
  readonly compressed?: Uint8Array | undefined;
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
  readonly hasLongMetadata?: boolean;
}

export interface RejectedSeries {
  readonly reason: Reason;
  readonly samples: number;
  /** How many of the samples are native histograms. */
  readonly histograms: number;
  /** Exemplars that went with them. */
  readonly exemplars: number;
  readonly series: number;
  /** The labels of the first one, shortened, for the error message. */
  readonly example: string;
}

/** Who is active: limits/series-activity.ts. Each series is shown to it once in an epoch. */
export interface ActiveSeries {
  readonly epoch: number;
  /** Of the label block in this range. False: one too many, it is rejected. */
  admit(bytes: Uint8Array, labelsStart: number, labelsEnd: number): boolean;
}

export interface MetricsRunOptions {
  readonly observer?: MetricsObserver | undefined;
  /** Samples outside are left out and counted as rejected. */
  readonly sampleBounds?: SampleBounds | undefined;
  readonly active?: ActiveSeries | undefined;
  /** The result tells whether there is metadata with more. */
  readonly maxMetadataBytes?: number | undefined;
  /** Make changed outputs in snappy form, as destinations of remote write 1.0 take them. */
  readonly compress?: boolean;
}

export class MetricsPlan {
  readonly #entry: () => readonly MetricsReceiver[];
  readonly #options: MetricsPlanOptions;
  readonly #memo: SeriesMemo<SeriesVerdict>;
  #index = new PlanIndex();
  /** Groups whose last output differed from what came in. */
  readonly #changes = new Set<number>();
  #generation = -1;

  constructor(entry: () => readonly MetricsReceiver[], options: MetricsPlanOptions) {
    this.#entry = entry;
    this.#options = options;
    this.#memo = new SeriesMemo(options.maxMemoBytes, options.hashSeed);
  }

  /** Throws OutcomeError for a body that is not a WriteRequest; then nothing of it may be used. */
  run(batch: Pick<MetricsBatch, 'body' | 'extended'>, options: MetricsRunOptions = {}): MetricsPlanResult {
    this.#forgetIfGraphChanged();
    this.#options.memoBudget?.touch(this.#memo);
    const { body, extended } = batch;
    const { observer, active, sampleBounds, compress, maxMetadataBytes } = options;
    const entry = this.#entry();
    const run = new MetricsRun(body, {
      memo: this.#memo,
      index: this.#index,
      validate: this.#options.validate,
      decide: (block) => this.#index.shared(decideSeries(block, entry, this.#index, this.#options)),
      createOutput: (group, view) =>
        compress === true && extended !== true && this.#takesVersion1(group)
          ? new CompressedOutput(body, view, group, this.#memo, this.#changes.has(group))
          : new PlainOutput(body),
      observer,
      active,
      describe: this.#options.describe,
      maxHistogramBuckets: this.#options.maxHistogramBuckets,
      maxMetadataBytes,
    });
    try {
      withWorkBudget(this.#options.maxWorkPerBatch ?? Number.POSITIVE_INFINITY, () =>
        walkWriteRequest(body, run, sampleBounds),
      );
    } finally {
      run.end();
    }
    run.tellFlows(this.#index);
    const result = run.onlyMetadata ? metadataResult(body, entry) : run.result(this.#index, this.#changes);
    return run.hasLongMetadata ? { ...result, hasLongMetadata: true } : result;
  }

  #takesVersion1(group: number): boolean {
    for (const { remoteWriteVersion } of this.#index.groups[group]) if (remoteWriteVersion === 2) return false;
    return true;
  }

  #forgetIfGraphChanged(): void {
    const generation = this.#options.frozen === true ? 0 : graphGeneration();
    if (this.#generation === generation) return;
    this.#generation = generation;
    this.#memo.clear();
    this.#index = new PlanIndex(this.#entry());
    this.#changes.clear();
  }
}

/** Prometheus sends metadata in requests of its own. Rules speak of series, so every destination gets it as it came. */
function metadataResult(body: Uint8Array, entry: readonly MetricsReceiver[]): MetricsPlanResult {
  const outputs = [...reachableDestinations(entry)].map((destination) => ({
    destination,
    body,
    series: 0,
    samples: 0,
    histograms: 0,
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
