/** What a walk over a body left out, by reason, with the labels of the first series of each: told to the sender. */
import { formatLabels } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';
import { decodeLabelBlock } from '../wire/remote-write/v1.ts';
import type { MetricCounts } from '../wire/remote-write/v2.ts';
import type { DescribeRejection, RejectedSeries } from './metrics-plan.ts';

interface Tally {
  samples: number;
  series: number;
  histograms: number;
  exemplars: number;
  /** A label block. */
  readonly example: Uint8Array;
}

const MAX_EXAMPLE_LENGTH = 300;

export class RejectedTallies {
  readonly #tallies = new Map<Reason, Tally>();

  add(reason: Reason, labels: Uint8Array, { samples, histograms, exemplars }: MetricCounts): void {
    let tally = this.#tallies.get(reason);
    if (tally === undefined) {
      tally = { samples: 0, histograms: 0, exemplars: 0, series: 0, example: labels };
      this.#tallies.set(reason, tally);
    }
    tally.samples += samples + histograms;
    tally.histograms += histograms;
    tally.exemplars += exemplars;
    tally.series++;
  }

  described(describe: DescribeRejection | undefined): RejectedSeries[] {
    return [...this.#tallies].map(([reason, tally]) => described(reason, tally, describe));
  }
}

function described(
  reason: Reason,
  { example, ...counts }: Tally,
  describe: DescribeRejection | undefined,
): RejectedSeries {
  if (reason === 'invalid_utf8') return { reason, ...counts, example: '(labels that are not UTF-8)' };
  const labels = decodeLabelBlock(example);
  const told = describe?.(reason, labels);
  if (told !== undefined) return { reason, ...counts, example: told };
  const text = formatLabels(labels);
  const shortened = text.length > MAX_EXAMPLE_LENGTH ? `${text.slice(0, MAX_EXAMPLE_LENGTH)}…` : text;
  return { reason, ...counts, example: shortened };
}
