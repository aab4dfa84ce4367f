/**
 * One walk of a metrics plan over one body: looks up each series' verdict and writes the outputs. This is the hottest
 * loop of the product; what is known already is neither hashed nor decoded nor allocated for.
 */
import { formatLabels } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';
import { decodeLabelBlock } from '../wire/remote-write-v1.ts';
import type { WriteRequestVisitor } from '../wire/remote-write-walk.ts';
import { MetricsOutput } from './metrics-output.ts';
import type { MetricsPlanResult, RejectedSeries } from './metrics-plan.ts';
import type { MetricsObserver } from './observer.ts';
import type { MemoEntry, SeriesMemo } from './series-memo.ts';
import { viewOf } from './series-memo.ts';
import type { PlanIndex, SeriesVerdict } from './series-verdict.ts';

interface Tally {
  samples: number;
  series: number;
}

interface RejectionTally extends Tally {
  readonly example: Uint8Array;
}

const maxExampleLength = 300;

export class MetricsRun implements WriteRequestVisitor {
  readonly #body: Uint8Array;
  readonly #view: DataView;
  readonly #memo: SeriesMemo<SeriesVerdict>;
  readonly #decide: (block: Uint8Array) => SeriesVerdict;
  readonly #outputs: (MetricsOutput | undefined)[] = [];
  readonly #drops: (Tally | undefined)[] = [];
  readonly #rejected = new Map<Reason, RejectionTally>();
  /** Ranges of metadata and unknown fields: every destination that gets series gets these as well. */
  readonly #others: number[] = [];
  readonly #observer: MetricsObserver | undefined;
  /** Samples by the way they took; only while somebody looks. */
  readonly #flows: number[] | undefined;
  #last: MemoEntry<SeriesVerdict> | undefined;
  #guess: MemoEntry<SeriesVerdict> | undefined;
  #first = true;
  #series = 0;
  #received = 0;
  #dropped = 0;

  constructor(
    body: Uint8Array,
    memo: SeriesMemo<SeriesVerdict>,
    decide: (block: Uint8Array) => SeriesVerdict,
    observer?: MetricsObserver,
  ) {
    this.#body = body;
    this.#view = viewOf(body);
    this.#memo = memo;
    this.#decide = decide;
    this.#guess = memo.first;
    this.#observer = observer;
    this.#flows = observer === undefined ? undefined : [];
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
    const verdict = this.#verdict(bytes, labelsStart, labelsEnd);
    if (this.#flows !== undefined) {
      this.#flows[verdict.path] = (this.#flows[verdict.path] ?? 0) + samples;
      this.#observer?.series?.(bytes, labelsStart, labelsEnd, fieldEnd);
    }
    if (verdict.rejected !== undefined) {
      this.#reject(verdict.rejected, bytes.subarray(labelsStart, labelsEnd), samples);
      return;
    }
    if (verdict.routes.length === 0) this.#dropped += samples;
    for (const cause of verdict.drops) {
      const tally = (this.#drops[cause] ??= { samples: 0, series: 0 });
      tally.samples += samples;
      tally.series++;
    }
    for (const { group, block } of verdict.routes) {
      const output = this.#outputs[group] ?? this.#open(group);
      output.series++;
      output.samples += samples;
      if (block !== undefined) output.write(block, 0, block.length, bytes, labelsEnd, fieldEnd);
      else if (bytes === this.#body) output.copy(fieldStart, fieldEnd);
      else output.write(bytes, labelsStart, labelsEnd, bytes, labelsEnd, fieldEnd);
    }
  }

  other(_bytes: Uint8Array, start: number, end: number): void {
    this.#others.push(start, end);
    for (const output of this.#outputs) output?.copy(start, end);
  }

  /** Must follow the walk, also one that threw: the next body has no part in what came after this one's last series. */
  end(): void {
    if (this.#last !== undefined) this.#last.successor = undefined;
  }

  /** Follows a walk that reached the end: nothing of a malformed body has flowed. */
  tellFlows({ paths }: PlanIndex): void {
    this.#flows?.forEach((samples, path) => {
      for (const { from, to } of paths.edgesOf(path)) this.#observer?.flowed(from, to, samples);
    });
  }

  get onlyMetadata(): boolean {
    return this.#series === 0 && this.#others.length > 0;
  }

  result(index: PlanIndex): MetricsPlanResult {
    return {
      outputs: this.#outputs.flatMap((output, number) => {
        if (output === undefined) return [];
        const { series, samples } = output;
        const finished = { series, samples, ...output.finish() };
        return [...index.groups[number]].map((destination) => ({ destination, ...finished }));
      }),
      series: this.#series,
      received: this.#received,
      dropped: this.#dropped,
      drops: this.#drops.flatMap((tally, cause) => (tally === undefined ? [] : [{ ...index.causes[cause], ...tally }])),
      rejected: [...this.#rejected].map(([reason, tally]) => describeRejection(reason, tally)),
    };
  }

  #verdict(bytes: Uint8Array, start: number, end: number): SeriesVerdict {
    const memo = this.#memo;
    let entry = this.#guess;
    // A series that the walk had to rewrite stands in bytes of its own: rare, so no guess is made for it.
    const guessed = entry !== undefined && bytes === this.#body && memo.confirms(entry, this.#view, start, end);
    if (!guessed) entry = memo.find(bytes, start, end);
    if (entry !== undefined) {
      this.#follow(entry);
      return entry.value;
    }
    const verdict = this.#decide(bytes.subarray(start, end));
    this.#follow(memo.remember(bytes, start, end, verdict, verdictBytes(verdict)));
    return verdict;
  }

  #follow(entry: MemoEntry<SeriesVerdict> | undefined): void {
    if (this.#first) this.#memo.first = entry;
    this.#first = false;
    if (this.#last !== undefined) this.#last.successor = entry;
    this.#last = entry;
    this.#guess = entry?.successor;
  }

  #open(group: number): MetricsOutput {
    const output = new MetricsOutput(this.#body);
    for (let i = 0; i < this.#others.length; i += 2) output.copy(this.#others[i], this.#others[i + 1]);
    this.#outputs[group] = output;
    return output;
  }

  #reject(reason: Reason, example: Uint8Array, samples: number): void {
    const tally = this.#rejected.get(reason) ?? { samples: 0, series: 0, example };
    tally.samples += samples;
    tally.series++;
    this.#rejected.set(reason, tally);
  }
}

function verdictBytes(verdict: SeriesVerdict): number {
  let bytes = verdict.drops.length * 8;
  for (const { block } of verdict.routes) bytes += 48 + (block === undefined ? 0 : block.length + 96);
  return bytes;
}

function describeRejection(reason: Reason, { samples, series, example }: RejectionTally): RejectedSeries {
  const text = reason === 'invalid_utf8' ? '(labels that are not UTF-8)' : formatLabels(decodeLabelBlock(example));
  const shortened = text.length > maxExampleLength ? `${text.slice(0, maxExampleLength)}…` : text;
  return { reason, samples, series, example: shortened };
}
