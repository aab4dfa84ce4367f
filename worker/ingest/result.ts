/** What became of one push of one signal, before it is put into the words of its protocol. */
import type { Failure } from '../../core/outcome.ts';
import type { MetricCounts } from '../../core/wire/remote-write/v2.ts';

/** Items that were invalid and were left out. */
export interface Rejection {
  readonly reason: string;
  readonly items: number;
  /** Of samples: how many of them are native histograms. */
  readonly histograms?: number;
  /** Exemplars that went with them. */
  readonly exemplars?: number;
  /** The first of them, shown to the sender. */
  readonly example: string;
}

export interface PushResult {
  /** Items that were decoded. */
  readonly received: number;
  readonly rejections: readonly Rejection[];
  /** Of metrics, where the decoder counted them: what was accepted. */
  readonly written?: MetricCounts | undefined;
  /** Nothing was delivered because this replica's samples are taken, and not those of the sender. */
  readonly deduplicatedFor?: string;
  /**
   * Set when the push as a whole was not taken, or a part of it not now; the sender decides by its reason whether to come
   * back with all of it.
   */
  readonly failure?: Failure;
}

const MAX_SHOWN = 5;

export function rejectedItems({ rejections }: PushResult): number {
  return rejections.reduce((sum, rejection) => sum + rejection.items, 0);
}

/** `12 of 2028 samples were rejected, the others were taken: 10 missing_metric_name ({job="a"}), 2 …` */
export function describeRejections(result: PushResult, unit: string): string {
  const parts = result.rejections
    .slice(0, MAX_SHOWN)
    .map(({ reason, items, example }) => `${items} ${reason} (${example})`);
  const more = result.rejections.length > MAX_SHOWN ? ', and others' : '';
  const rejected = rejectedItems(result);
  const rest = rejected < result.received ? ', the others were taken' : '';
  return `${rejected} of ${result.received} ${unit} were rejected${rest}: ${parts.join(', ')}${more}`;
}
