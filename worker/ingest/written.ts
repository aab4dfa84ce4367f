/** How much of a push was written, for protocols whose answer says so: accepted, that is delivered, queued or dropped by rules. */
import type { MetricCounts } from '../../core/wire/remote-write/v2.ts';
import type { DeliveryResult } from '../destinations/deliver.ts';
import type { Decoded } from './protocol.ts';
import type { Rejection } from './result.ts';

/** Undefined where the decoder did not count. Of a push that fails as a whole nothing counts, since it may come again. */
export function writtenCountsOf(
  { contents }: Decoded,
  rejections: readonly Rejection[],
  { failure, written }: DeliveryResult,
): MetricCounts | undefined {
  if (contents === undefined) return undefined;
  if (failure !== undefined) return written;
  const counts = { ...contents };
  for (const { items, histograms = 0, exemplars = 0 } of rejections) {
    counts.samples -= items - histograms;
    counts.histograms -= histograms;
    counts.exemplars -= exemplars;
  }
  return counts;
}
