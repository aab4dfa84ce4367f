/**
 * One walk of a metrics plan over one body: looks up each series' verdict and writes the outputs. This is the hottest
 * loop of the product; what is known already is neither hashed nor decoded nor allocated for.
 */

import { keepShape } from '../bytes/kept-shape.ts';
import { histogramBuckets } from '../limits/histogram-buckets.ts';
import type { Reason } from '../outcome.ts';
import { histogramProblem } from '../wire/remote-write/native-histogram-problem.ts';
import type { Strays } from '../wire/remote-write/sample-bounds.ts';
import { LABEL_TAG, type WriteRequestVisitor } from '../wire/remote-write/walk.ts';
import { PlainOutput, PlanOutput, type SeriesBytes, type SeriesOutput } from './metrics-output.ts';
import type { ActiveSeries, DescribeRejection, MetricsPlanResult } from './metrics-plan.ts';
import type { MetricsObserver } from './observer.ts';
import { RejectedTallies } from './rejected-tallies.ts';
import { countSeriesContent } from './series-content.ts';
import { type MemoEntry, neverActive, SeriesMemo, viewOf } from './series-memo.ts';
import { PlanIndex, type SeriesVerdict } from './series-verdict.ts';

interface Tally {
  samples: number;
  series: number;
}

/** What a run needs of its plan. */
export interface RunContext {
  readonly memo: SeriesMemo<SeriesVerdict>;
  readonly index: PlanIndex;
  readonly validate: boolean;
  readonly decide: (block: Uint8Array) => SeriesVerdict;
  readonly createOutput: (group: number, view: DataView) => SeriesOutput;
  readonly observer?: MetricsObserver | undefined;
  readonly active?: ActiveSeries | undefined;
  readonly describe?: DescribeRejection | undefined;
  readonly maxHistogramBuckets?: number | undefined;
  readonly maxMetadataBytes?: number | undefined;
}

export class MetricsRun implements WriteRequestVisitor {
  readonly #body: Uint8Array;
  readonly #view: DataView;
  readonly #context: RunContext;
  readonly #memo: SeriesMemo<SeriesVerdict>;
  readonly #active: ActiveSeries | undefined;
  /** As unseen entries have it where nobody counts: then no series is ever shown. */
  readonly #epoch: number;
  readonly #outputs: (SeriesOutput | undefined)[] = [];
  readonly #drops: (Tally | undefined)[] = [];
  readonly #rejected = new RejectedTallies();
  /** Ranges of metadata and unknown fields: every destination that gets series gets these as well. */
  readonly #others: number[] = [];
  /** Samples by the way they took; only while somebody looks. */
  readonly #flows: number[] | undefined;
  /** Where the series that the walk is at stands: one object for all. */
  readonly #at: SeriesBytes;
  /** Native histograms of the series that the walk is in. */
  #histograms = 0;
  #histogramProblem: Reason | undefined;
  /** The guess for the series that the walk is in, when it turned out right. */
  #known: MemoEntry<SeriesVerdict> | undefined;
  #last: MemoEntry<SeriesVerdict> | undefined;
  #guess: MemoEntry<SeriesVerdict> | undefined;
  #first = true;
  readonly #maxOtherBytes: number;
  #hasLongOther = false;
  #series = 0;
  #received = 0;
  #dropped = 0;

  constructor(body: Uint8Array, context: RunContext) {
    this.#body = body;
    this.#view = viewOf(body);
    this.#context = context;
    this.#memo = context.memo;
    this.#active = context.active;
    this.#epoch = context.active?.epoch ?? neverActive;
    this.#maxOtherBytes = context.maxMetadataBytes ?? Number.POSITIVE_INFINITY;
    this.#guess = context.memo.first;
    this.#flows = context.observer === undefined ? undefined : [];
    this.#at = { bytes: body, fieldStart: 0, labelsStart: 0, labelsEnd: 0, fieldEnd: 0 };
  }

  knownLabels(start: number, end: number): number {
    const guess = this.#guess;
    if (guess === undefined || !this.#memo.confirms(guess, this.#view, start, end)) return -1;
    const labelsEnd = start + guess.length;
    // More labels: the guess is only the beginning of the block.
    if (labelsEnd < end && this.#body[labelsEnd] === LABEL_TAG) return -1;
    this.#known = guess;
    return labelsEnd;
  }

  series(
    bytes: Uint8Array,
    fieldStart: number,
    labelsStart: number,
    labelsEnd: number,
    fieldEnd: number,
    samples: number,
  ): void {
    this.#series++;
    this.#received += samples;
    let entry = this.#known;
    let verdict: SeriesVerdict;
    if (entry !== undefined && bytes === this.#body) {
      verdict = entry.value;
      this.#last = entry;
      this.#guess = entry.successor;
      this.#first = false;
    } else {
      entry = this.#memo.find(bytes, labelsStart, labelsEnd);
      verdict = entry?.value ?? this.#context.decide(bytes.subarray(labelsStart, labelsEnd));
      if (entry === undefined && verdict.undecided !== true) {
        entry = this.#memo.remember(bytes, labelsStart, labelsEnd, verdict, verdictBytes(verdict));
      }
      this.#follow(entry);
    }
    this.#known = undefined;
    if (this.#flows !== undefined) {
      this.#flows[verdict.path] = (this.#flows[verdict.path] ?? 0) + samples;
      this.#context.observer?.series?.(bytes, labelsStart, labelsEnd, fieldEnd);
    }
    const histograms = this.#histograms;
    if (histograms > 0) this.#histograms = 0;
    let rejected = verdict.rejected ?? this.#histogramProblem;
    if (rejected === undefined && entry?.activeEpoch !== this.#epoch && this.#active !== undefined) {
      if (!admit(this.#active, entry, bytes, labelsStart, labelsEnd)) rejected = 'max_series_per_user';
    }
    if (rejected !== undefined) {
      this.#histogramProblem = undefined;
      this.#reject(rejected, bytes, labelsStart, labelsEnd, fieldEnd);
      return;
    }
    const { routes, drops } = verdict;
    if (routes.length === 0) this.#dropped += samples;
    else if (histograms > 0) this.#routeHistograms(routes, histograms);
    for (let i = 0; i < drops.length; i++) this.#drop(drops[i], samples);
    if (routes.length === 0) return;
    const at = this.#at;
    at.bytes = bytes;
    at.fieldStart = fieldStart;
    at.labelsStart = labelsStart;
    at.labelsEnd = labelsEnd;
    at.fieldEnd = fieldEnd;
    for (let i = 0; i < routes.length; i++) {
      const { group, block } = routes[i];
      const output = this.#outputs[group] ?? this.#open(group);
      output.series++;
      output.samples += samples;
      if (block === undefined) output.keep(entry, at);
      else output.rewrite(entry, block, at);
    }
  }

  outOfBounds(strays: Strays, bytes: Uint8Array, labelsStart: number, labelsEnd: number): void {
    this.#known = undefined;
    for (const { reason, samples, histograms, exemplars } of strays) {
      this.#received += samples + histograms;
      this.#rejected.add(reason, bytes.subarray(labelsStart, labelsEnd), { samples, histograms, exemplars });
    }
  }

  histogram(bytes: Uint8Array, start: number, end: number): void {
    this.#histograms++;
    const { validate, maxHistogramBuckets } = this.#context;
    if (validate) this.#histogramProblem ??= histogramProblem(bytes, start, end);
    if (maxHistogramBuckets !== undefined && histogramBuckets(bytes, start, end) > maxHistogramBuckets) {
      this.#histogramProblem ??= 'max_native_histogram_buckets';
    }
  }

  other(_bytes: Uint8Array, start: number, end: number): void {
    if (end - start > this.#maxOtherBytes) this.#hasLongOther = true;
    this.#others.push(start, end);
    for (const output of this.#outputs) output?.raw(start, end);
  }

  /** Must follow the walk, also one that threw: the next body has no part in what came after this one's last series. */
  end(): void {
    if (this.#last !== undefined) this.#last.successor = undefined;
  }

  /** Follows a walk that reached the end: nothing of a malformed body has flowed. */
  tellFlows({ paths }: PlanIndex): void {
    this.#flows?.forEach((samples, path) => {
      for (const { from, to } of paths.edgesOf(path)) this.#context.observer?.flowed(from, to, samples);
    });
  }

  /** Some metadata may be too long: whoever set the limit looks into it. */
  get hasLongMetadata(): boolean {
    return this.#hasLongOther;
  }

  get onlyMetadata(): boolean {
    return this.#series === 0 && this.#others.length > 0;
  }

  /** `changes` learns which groups came out changed. */
  result(index: PlanIndex, changes: Set<number>): MetricsPlanResult {
    return {
      outputs: this.#outputs.flatMap((output, number) => {
        if (output === undefined) return [];
        const content = output.finish();
        if (content.unchanged) changes.delete(number);
        else changes.add(number);
        return [...index.groups[number]].map((destination) => new PlanOutput(destination, output, content));
      }),
      series: this.#series,
      received: this.#received,
      dropped: this.#dropped,
      drops: this.#drops.flatMap((tally, cause) => (tally === undefined ? [] : [{ ...index.causes[cause], ...tally }])),
      rejected: this.#rejected.described(this.#context.describe),
    };
  }

  #follow(entry: MemoEntry<SeriesVerdict> | undefined): void {
    if (this.#first) this.#memo.first = entry;
    this.#first = false;
    if (this.#last !== undefined) this.#last.successor = entry;
    this.#last = entry;
    this.#guess = entry?.successor;
  }

  #open(group: number): SeriesOutput {
    const output = this.#context.createOutput(group, this.#view);
    for (let i = 0; i < this.#others.length; i += 2) output.raw(this.#others[i], this.#others[i + 1]);
    this.#outputs[group] = output;
    return output;
  }

  /** An endpoint may leave native histograms out (delivery/encode.ts does it); what no endpoint takes was dropped. */
  #routeHistograms(routes: SeriesVerdict['routes'], histograms: number): void {
    let taken = false;
    for (const { group } of routes) {
      (this.#outputs[group] ?? this.#open(group)).histograms += histograms;
      for (const { without, componentId } of this.#context.index.groups[group]) {
        if (without?.nativeHistograms !== true) taken = true;
        else this.#drop(this.#context.index.cause(componentId, 'send_native_histograms'), histograms);
      }
    }
    if (!taken) this.#dropped += histograms;
  }

  #drop(cause: number, samples: number): void {
    const tally = (this.#drops[cause] ??= { samples: 0, series: 0 });
    tally.samples += samples;
    tally.series++;
  }

  #reject(reason: Reason, bytes: Uint8Array, labelsStart: number, labelsEnd: number, end: number): void {
    this.#rejected.add(reason, bytes.subarray(labelsStart, labelsEnd), countSeriesContent(bytes, labelsEnd, end));
  }
}

/** Sketches of isolates are merged, so this hash is the same everywhere, unlike that of the memo. */
function admit(
  active: ActiveSeries,
  entry: MemoEntry<SeriesVerdict> | undefined,
  bytes: Uint8Array,
  labelsStart: number,
  labelsEnd: number,
): boolean {
  if (!active.admit(bytes, labelsStart, labelsEnd)) return false;
  if (entry !== undefined) entry.activeEpoch = active.epoch;
  return true;
}

/** Measured as entries are: verdicts of series that keep their labels are shared and weigh nothing. */
function verdictBytes({ routes }: SeriesVerdict): number {
  let bytes = 0;
  for (const { block } of routes) if (block !== undefined) bytes += 420 + block.length;
  return bytes;
}

const noBody = new Uint8Array(0);
const exampleContext: RunContext = {
  memo: new SeriesMemo<SeriesVerdict>(0),
  index: new PlanIndex(),
  validate: false,
  decide: () => ({ rejected: undefined, routes: [], drops: [], path: 0 }),
  createOutput: () => new PlainOutput(noBody),
};
keepShape(new MetricsRun(noBody, exampleContext));
