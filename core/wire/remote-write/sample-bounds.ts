/**
 * Which timestamps a tenant's samples may have, and a series without those that are beyond. In a scrape all samples are
 * of one time, so the walk asks about few of them; taking a series apart is for the rare sender whose clock is wrong.
 */
import { ByteReader } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import type { Reason } from '../../outcome.ts';
import { varintLength } from '../label-block.ts';

/** Both may still pass. Mimir's names: past_grace_period, creation_grace_period. */
export interface SampleBounds {
  readonly minTimestampMs: number;
  readonly maxTimestampMs: number;
}

type BoundsProblem = Extract<Reason, 'too_far_in_past' | 'too_far_in_future'>;

/** What was taken out of one series. Exemplars go with it only when nothing else is left. */
export type Strays = readonly {
  readonly reason: BoundsProblem;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}[];

const SERIES_TAG = 0x0a;
const SAMPLE_TAG = 0x12;
const EXEMPLAR_TAG = 0x1a;
const HISTOGRAM_TAG = 0x22;
const SAMPLE_TIMESTAMP_FIELD = 2;
const HISTOGRAM_TIMESTAMP_FIELD = 15;

/** [start, end) is the content of a Sample that was checked. */
export function sampleProblem(
  bytes: Uint8Array,
  start: number,
  end: number,
  bounds: SampleBounds,
): BoundsProblem | undefined {
  return problem(timestampOf(bytes, start, end, SAMPLE_TIMESTAMP_FIELD), bounds);
}

export function histogramBoundsProblem(
  bytes: Uint8Array,
  start: number,
  end: number,
  bounds: SampleBounds,
): BoundsProblem | undefined {
  return problem(timestampOf(bytes, start, end, HISTOGRAM_TIMESTAMP_FIELD), bounds);
}

export interface SeriesRemainder {
  /** A whole `timeseries` field: tag, length, labels, rest. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly labelsStart: number;
  readonly labelsEnd: number;
  /** Float samples and native histograms that are left. */
  readonly samples: number;
  readonly strays: Strays;
}

/** `field` is a whole `timeseries` field that was checked, its labels leading. */
export function withoutStrays(
  field: Uint8Array,
  labelsStart: number,
  labelsEnd: number,
  bounds: SampleBounds,
): SeriesRemainder {
  const rest = new ByteWriter(field.length);
  const strays = new Map<BoundsProblem, { samples: number; histograms: number; exemplars: number }>();
  const reader = new ByteReader(field, labelsEnd, field.length);
  let samples = 0;
  let exemplars = 0;
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === SAMPLE_TAG || tag === HISTOGRAM_TAG) {
      const { source, pos, end } = reader.message();
      const found = (tag === SAMPLE_TAG ? sampleProblem : histogramBoundsProblem)(source, pos, end, bounds);
      if (found !== undefined) {
        const tally = strays.get(found) ?? { samples: 0, histograms: 0, exemplars: 0 };
        if (tag === SAMPLE_TAG) tally.samples++;
        else tally.histograms++;
        strays.set(found, tally);
        continue;
      }
      samples++;
    } else {
      if (tag === EXEMPLAR_TAG) exemplars++;
      reader.skip(tag & 7);
    }
    rest.bytes(field, start, reader.pos);
  }
  const [first] = strays.values();
  if (samples === 0 && first !== undefined) first.exemplars = exemplars;
  const size = labelsEnd - labelsStart + rest.length;
  const newStart = 1 + varintLength(size);
  const whole = new ByteWriter(newStart + size)
    .byte(SERIES_TAG)
    .varint(size)
    .bytes(field, labelsStart, labelsEnd)
    .bytes(rest.view());
  return {
    bytes: whole.take(),
    labelsStart: newStart,
    labelsEnd: newStart + labelsEnd - labelsStart,
    samples,
    strays: [...strays].map(([reason, counts]) => ({ reason, ...counts })),
  };
}

/** Milliseconds; 0 where the field is missing, as in proto3. */
function timestampOf(bytes: Uint8Array, start: number, end: number, field: number): number {
  const reader = new ByteReader(bytes, start, end);
  let timestampMs = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === field * 8) timestampMs = Number(reader.int64());
    else reader.skip(tag & 7);
  }
  return timestampMs;
}

function problem(timestampMs: number, { minTimestampMs, maxTimestampMs }: SampleBounds): BoundsProblem | undefined {
  if (timestampMs < minTimestampMs) return 'too_far_in_past';
  return timestampMs > maxTimestampMs ? 'too_far_in_future' : undefined;
}
