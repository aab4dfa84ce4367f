/** Exemplars of OpenMetrics as fields of a remote-write TimeSeries: `Exemplar { labels=1, value=2, timestamp=3 }` in field 3. */
import { hashBytes } from '../../core/bytes/hash.ts';
import { ByteWriter } from '../../core/bytes/writer.ts';
import { exemplarLabels } from '../../core/wire/exposition.ts';
import { encodeLabelBlock, type WriteRequestBuilder } from '../../core/wire/remote-write-v1.ts';
import type { CachedSeries } from './series-cache.ts';

const EXEMPLAR_TAG = 0x1a;
const VALUE_TAG = 0x11;
const TIMESTAMP_TAG = 0x18;

const message = new ByteWriter(256);
const field = new ByteWriter(256);

/**
 * A target shows an exemplar until it has another one, and a receiver refuses one it has. So it is sent once, as a series
 * of its own without samples, which is how Prometheus sends it.
 */
export function addExemplar(
  body: Uint8Array,
  start: number,
  end: number,
  value: number,
  timestampMs: number | undefined,
  scrapedAtMs: number,
  series: CachedSeries,
  out: WriteRequestBuilder,
): void {
  message.reset().bytes(encodeLabelBlock(exemplarLabels(body, start, end)));
  message.byte(VALUE_TAG).double(value);
  const identity = message.length;
  message.byte(TIMESTAMP_TAG).int64(timestampMs ?? scrapedAtMs);
  const bytes = message.view();
  // One without a time of its own is known by labels and value: its time is that of the scrape and always new.
  const hash = hashBytes(bytes, 0, timestampMs === undefined ? identity : bytes.length);
  if (hash === series.exemplarHash) return;
  series.exemplarHash = hash;
  field.reset().byte(EXEMPLAR_TAG).varint(bytes.length).bytes(bytes);
  out.addSeries(series.block, field.view(), 0, field.length, 0);
}
