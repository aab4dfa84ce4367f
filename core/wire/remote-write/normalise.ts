/**
 * Rewrites a TimeSeries whose labels are scattered among its other fields, which protobuf allows and no known sender
 * does, so that the labels lead in one run. The order within labels and within the rest is kept.
 */
import { ByteReader } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { varintLength } from '../label-block.ts';

const TAG = 0x0a;

export interface NormalisedSeries {
  /** A whole `timeseries` field of a WriteRequest: tag, length, labels, rest. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly labelsStart: number;
  readonly labelsEnd: number;
}

/** [start, end) is the content of the TimeSeries, already checked by the walk. */
export function normaliseSeries(body: Uint8Array, start: number, end: number): NormalisedSeries {
  const labels = new ByteWriter(end - start);
  const rest = new ByteWriter(end - start);
  const reader = new ByteReader(body, start, end);
  while (!reader.done) {
    const fieldStart = reader.pos;
    const tag = reader.tag();
    reader.skip(tag & 7);
    (tag === TAG ? labels : rest).bytes(body, fieldStart, reader.pos);
  }
  const size = labels.length + rest.length;
  const labelsStart = 1 + varintLength(size);
  const field = new ByteWriter(labelsStart + size).byte(TAG).varint(size).bytes(labels.view()).bytes(rest.view());
  return { bytes: field.take(), labelsStart, labelsEnd: labelsStart + labels.length };
}
