/** What a series that the walk has checked holds, counted. For the few series that are refused: others are not looked into. */
import { ByteReader } from '../bytes/reader.ts';
import type { MetricCounts } from '../wire/remote-write/v2.ts';

/** [restStart, end) is what follows the labels. */
export function countSeriesContent(bytes: Uint8Array, restStart: number, end: number): MetricCounts {
  const counts = { samples: 0, histograms: 0, exemplars: 0 };
  const reader = new ByteReader(bytes, restStart, end);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x12) counts.samples++;
    else if (tag === 0x22) counts.histograms++;
    else if (tag === 0x1a) counts.exemplars++;
    reader.skip(tag & 7);
  }
  return counts;
}
