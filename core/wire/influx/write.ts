/**
 * A body of Influx line protocol as a remote-write body, by the rules of Mimir's Influx endpoint: `cpu usage=1` becomes
 * `cpu_usage`, a field named "value" leaves the measurement's name alone, tags become labels, every character that a name
 * cannot have becomes "_", booleans are 1 and 0. A line that is not right is left out and told by its number.
 */
import { LabelsBuilder, METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { encodeLabelBlock } from '../label-block.ts';
import { WriteRequestBuilder } from '../remote-write/builder.ts';
import { type InfluxPoint, InfluxScanner, LineProblem } from './line.ts';

export interface InfluxWrite {
  /** A WriteRequest, samples in the order of the lines. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly samples: number;
  /** Lines that were left out, and what was wrong with the first of them. */
  readonly badLines: { readonly count: number; readonly problems: readonly string[] };
  /** Fields that hold text, which a metric cannot. */
  readonly textFields: { readonly count: number; readonly example: string };
}

export interface InfluxOptions {
  readonly precision: string;
  readonly nowMs: number;
  /** Of what is written: short lines become much longer series. */
  readonly maxBytes: number;
}

const MAX_PROBLEMS = 20;
/** Names of InfluxDB 1 and 2: a unit in nanoseconds. */
const PRECISIONS: Readonly<Record<string, bigint>> = {
  '': 1n,
  n: 1n,
  ns: 1n,
  u: 1_000n,
  us: 1_000n,
  µ: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const NANOS_PER_MILLI = 1_000_000n;

export function influxToWriteRequest(text: string, { precision, nowMs, maxBytes }: InfluxOptions): InfluxWrite {
  if (!Object.hasOwn(PRECISIONS, precision)) {
    const shown = JSON.stringify(precision.slice(0, 20));
    throw new OutcomeError('malformed_timestamp', `precision=${shown} is not one of ns, us, ms, s, m and h`);
  }
  const unitNs = PRECISIONS[precision];
  const scanner = new InfluxScanner(text);
  const lines = new LineCounter(text);
  const builder = new WriteRequestBuilder();
  const problems: string[] = [];
  let badLines = 0;
  const textFields = { count: 0, example: '' };
  while (scanner.nextPoint()) {
    const start = scanner.pos;
    try {
      const point = scanner.readPoint();
      const skipped = addPoint(builder, point, timestampMs(point.timestamp, unitNs, nowMs), maxBytes);
      if (skipped !== undefined) {
        if (textFields.count === 0) textFields.example = `line ${lines.at(start)}: field ${skipped.first} is a text`;
        textFields.count += skipped.count;
      }
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      badLines++;
      if (problems.length < MAX_PROBLEMS) problems.push(`line ${lines.at(start)}: ${error.message}`);
    }
    scanner.skipLine();
  }
  const { samples } = builder;
  return { body: builder.take(), samples, badLines: { count: badLines, problems }, textFields };
}

function addPoint(
  builder: WriteRequestBuilder,
  point: InfluxPoint,
  atMs: number,
  maxBytes: number,
): { count: number; first: string } | undefined {
  const labels = tagLabels(point);
  let count = 0;
  let first = '';
  for (const [field, value] of point.fields) {
    if (typeof value === 'string') {
      if (count === 0) first = JSON.stringify(field.slice(0, 60));
      count++;
      continue;
    }
    const name = field === 'value' ? point.measurement : `${point.measurement}_${field}`;
    labels.set(METRIC_NAME_LABEL, sanitise(name));
    builder.addSample(encodeLabelBlock(labels.labels()), Number(value), atMs);
    // Every field repeats all tags of its line: what is written can be the square of what came.
    if (builder.length > maxBytes) {
      throw new OutcomeError('body_too_large', `the series of the body take more than ${maxBytes} bytes`);
    }
  }
  return count === 0 ? undefined : { count, first };
}

function tagLabels({ tags }: InfluxPoint): LabelsBuilder {
  const labels = new LabelsBuilder();
  for (const [key, value] of tags) {
    if (key === METRIC_NAME_LABEL) continue;
    const name = sanitise(key);
    if (labels.has(name)) throw new LineProblem(`two tags become the label ${JSON.stringify(name.slice(0, 60))}`);
    labels.set(name, value);
  }
  return labels;
}

function sanitise(name: string): string {
  const clean = name.replace(/[^a-zA-Z0-9_]/gu, '_');
  return /^[0-9]/.test(clean) ? `_${clean}` : clean;
}

function timestampMs(text: string, unitNs: bigint, nowMs: number): number {
  if (text === '') return nowMs;
  const ms = Number((BigInt(text) * unitNs) / NANOS_PER_MILLI);
  if (!Number.isSafeInteger(ms)) throw new LineProblem(`the timestamp ${text} is out of range`);
  return ms;
}

/** Line numbers from 1, asked for in rising order only: newlines are counted once. */
class LineCounter {
  readonly #text: string;
  #line = 1;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  at(position: number): number {
    for (;;) {
      const next = this.#text.indexOf('\n', this.#at);
      if (next < 0 || next >= position) return this.#line;
      this.#line++;
      this.#at = next + 1;
    }
  }
}
