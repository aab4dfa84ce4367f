/** Exemplars as fields of a remote-write TimeSeries: `Exemplar { labels=1, value=2, timestamp=3 }` in field 3. */
import { hashBytes } from '../../core/bytes/hash.ts';
import { ByteWriter } from '../../core/bytes/writer.ts';
import { exemplarLabels } from '../../core/wire/exposition/exposition.ts';
import { encodeLabelBlock } from '../../core/wire/remote-write/v1.ts';

const EXEMPLAR_TAG = 0x1a;
const VALUE_TAG = 0x11;
const TIMESTAMP_TAG = 0x18;

const message = new ByteWriter(256);

/** As it stands in the exposition. */
export interface ExposedExemplar {
  readonly bytes: Uint8Array;
  /** The labels, braces included. */
  readonly start: number;
  readonly end: number;
  readonly value: number;
  readonly timestampMs: number | undefined;
}

/**
 * Appends the field and returns the hash of the exemplar, unless it is the one that `knownHash` is of: a target shows an
 * exemplar until it has another one, and a receiver refuses one it has.
 */
export function writeExemplar(
  exemplar: ExposedExemplar,
  scrapedAtMs: number,
  knownHash: number,
  out: ByteWriter,
): number {
  const { timestampMs } = exemplar;
  message.reset().bytes(encodeLabelBlock(exemplarLabels(exemplar.bytes, exemplar.start, exemplar.end)));
  message.byte(VALUE_TAG).double(exemplar.value);
  const identity = message.length;
  message.byte(TIMESTAMP_TAG).int64(timestampMs ?? scrapedAtMs);
  const bytes = message.view();
  // One without a time of its own is known by labels and value: its time is that of the scrape and always new.
  const hash = hashBytes(bytes, 0, timestampMs === undefined ? identity : bytes.length);
  if (hash !== knownHash) out.byte(EXEMPLAR_TAG).varint(bytes.length).bytes(bytes);
  return hash;
}
