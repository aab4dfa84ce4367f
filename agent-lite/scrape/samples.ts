/**
 * Turns one exposition into samples of a WriteRequest. Nothing of it counts until `commit`: a line that cannot be taken
 * fails the scrape as a whole, as in Prometheus.
 */
import { ByteWriter } from '../../core/bytes/writer.ts';
import { type Labels, METRIC_NAME_LABEL } from '../../core/labels/labels.ts';
import {
  type ExpositionSink,
  type MetricType,
  parseExposition,
  seriesLabels,
} from '../../core/wire/exposition/exposition.ts';
import { type ProtobufExpositionSink, parseProtobufExposition } from '../../core/wire/exposition/protobuf.ts';
import { scanLabelSet, scanMetricName } from '../../core/wire/exposition/scan.ts';
import { normaliseNumberLabels } from '../../core/wire/number-labels.ts';
import {
  decodeLabelBlock,
  encodeLabelBlock,
  validateLabelBlock,
  type WriteRequestBuilder,
} from '../../core/wire/remote-write/v1.ts';
import { type ExposedExemplar, writeExemplar } from './exemplar.ts';
import type { Families, Family } from './families.ts';
import type { Exposition } from './fetch.ts';
import { mergeLabels } from './sample-labels.ts';
import { ScrapeError } from './scrape-error.ts';
import type { CachedSeries, SeriesCache } from './series-cache.ts';

export interface SampleSettings {
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  /** 0: no limit, for each of them. */
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  /** Of targets that expose protobuf: else a native histogram is read by its classic buckets. */
  readonly nativeHistograms: boolean;
  /** Its classic buckets as well. */
  readonly classicHistograms: boolean;
}

export interface SampleCounts {
  readonly scraped: number;
  readonly added: number;
  readonly newSeries: number;
}

/** What an exposition is read into. */
export interface ScrapeOutput {
  readonly target: Labels;
  readonly timestampMs: number;
  readonly settings: SampleSettings;
  readonly cache: SeriesCache;
  /** Given when the series of this scrape go out with their metadata. */
  readonly families: Families | undefined;
  readonly out: WriteRequestBuilder;
}

export function readSamples({ body, format }: Exposition, output: ScrapeOutput): SampleCounts {
  const reading = new SampleReading(output);
  if (format === 'protobuf') parseProtobufExposition(body, protobufSink(reading, output));
  else parseExposition(body, format, textSink(body, format, reading, output));
  return reading.finish();
}

function textSink(
  body: Uint8Array,
  format: 'text' | 'openmetrics',
  reading: SampleReading,
  { cache, families }: ScrapeOutput,
): ExpositionSink {
  const sink: ExpositionSink = {
    known: (start) => cache.expectedLength(body, start),
    sample: (start, end, value, timestampMs) => reading.sample(body, start, end, value, timestampMs),
    exemplar: (start, end, value, timestampMs) => reading.exemplar({ bytes: body, start, end, value, timestampMs }),
    type: (start, end, type) => {
      reading.type = type;
      families?.type(body, start, end, type);
    },
  };
  if (families === undefined) return sink;
  return {
    ...sink,
    help: (start, end, textStart, textEnd) => families.help(body, [start, end], textStart, textEnd, format),
    unit: (start, end, textStart, textEnd) => families.unit(body, start, end, textStart, textEnd),
  };
}

function protobufSink(reading: SampleReading, { families, settings }: ScrapeOutput): ProtobufExpositionSink {
  return {
    family: (name, type, help, unit) => families?.tell(name, type, help, unit),
    sample: (series, value, timestampMs) => reading.sample(series, 0, series.length, value, timestampMs),
    exemplar: (labels, value, timestampMs) =>
      reading.exemplar({ bytes: labels, start: 0, end: labels.length, value, timestampMs }),
    classicToo: settings.classicHistograms,
    ...(settings.nativeHistograms
      ? {
          histogram: (series: Uint8Array, histogram: Uint8Array, timestampMs: number | undefined) =>
            reading.histogram(series, histogram, timestampMs),
        }
      : {}),
  };
}

/**
 * One series at a time: a sample is held until it is known which exemplars follow it, because they leave in the same
 * TimeSeries (2.0 has no series without samples).
 */
class SampleReading {
  /** Of the last TYPE line. */
  type: MetricType | undefined;
  readonly #output: ScrapeOutput;
  readonly #exemplars = new ByteWriter(64);
  readonly #extra = new ByteWriter(64);
  #scraped = 0;
  #newSeries = 0;
  /** The sample that is held; undefined where there is none to write. */
  #held: CachedSeries | undefined;
  #value = 0;
  #histogram: Uint8Array | undefined;
  #timestampMs = 0;
  /** Of the held series: its exemplars before this scrape, and the family that was told last when it came. */
  #mark = 0;
  #family: Family | undefined;

  constructor(output: ScrapeOutput) {
    this.#output = output;
  }

  sample(bytes: Uint8Array, start: number, end: number, value: number, timestampMs: number | undefined): void {
    this.#hold(bytes, start, end, timestampMs);
    this.#value = value;
    this.#histogram = undefined;
  }

  histogram(series: Uint8Array, histogram: Uint8Array, timestampMs: number | undefined): void {
    this.#hold(series, 0, series.length, timestampMs);
    this.#histogram = histogram;
  }

  exemplar(exemplar: ExposedExemplar): void {
    const series = this.#held;
    if (series === undefined) return;
    const { timestampMs } = this.#output;
    if (this.#histogram === undefined) {
      series.exemplarMark = writeExemplar(exemplar, timestampMs, series.exemplarMark, this.#exemplars);
      return;
    }
    // A native histogram shows many at once, each with a time: those that are newer than what was sent are new.
    const atMs = exemplar.timestampMs ?? timestampMs;
    if (atMs <= this.#mark) return;
    writeExemplar(exemplar, timestampMs, 0, this.#exemplars);
    series.exemplarMark = Math.max(series.exemplarMark, atMs);
  }

  finish(): SampleCounts {
    this.#write();
    const { sampleLimit } = this.#output.settings;
    if (sampleLimit > 0 && this.#scraped > sampleLimit) {
      throw new ScrapeError(
        `sample limit exceeded: the target exposes ${this.#scraped} samples, sample_limit is ${sampleLimit}`,
      );
    }
    return { scraped: this.#scraped, added: this.#scraped, newSeries: this.#newSeries };
  }

  #hold(bytes: Uint8Array, start: number, end: number, ownTimestampMs: number | undefined): void {
    this.#write();
    this.#scraped++;
    const { cache, settings, timestampMs } = this.#output;
    if (settings.sampleLimit > 0 && this.#scraped > settings.sampleLimit) return;
    const own = settings.honorTimestamps ? ownTimestampMs : undefined;
    let series = cache.find(bytes, start, end);
    if (series === undefined) {
      series = addSeries(bytes, start, end, this.type, this.#output);
      this.#newSeries++;
    }
    const first = cache.see(series, own === undefined || settings.trackTimestampsStaleness);
    // A second sample of a series for the same time would make a receiver refuse the request.
    if (!first && own === undefined) return;
    this.#held = series;
    this.#timestampMs = own ?? timestampMs;
    this.#mark = series.exemplarMark;
    this.#family = this.#output.families?.latest;
  }

  #write(): void {
    const series = this.#held;
    if (series === undefined) return;
    this.#held = undefined;
    const { out } = this.#output;
    const extra = this.#extraFields(series);
    if (this.#histogram === undefined) out.addSample(series.block, this.#value, this.#timestampMs, extra);
    else out.addHistogram(series.block, this.#histogram, this.#timestampMs, extra);
  }

  #extraFields(series: CachedSeries): Uint8Array {
    const metadata = this.#metadata(series);
    if (this.#exemplars.length === 0) return metadata;
    const extra = this.#extra.reset().bytes(metadata).bytes(this.#exemplars.view()).view();
    this.#exemplars.reset();
    return extra;
  }

  #metadata(series: CachedSeries): Uint8Array {
    const family = this.#family;
    if (family === undefined) return NO_BYTES;
    if (series.near !== family) {
      const name = decodeLabelBlock(series.block).find((label) => label.name === METRIC_NAME_LABEL);
      series.near = family;
      series.isMember = family.has(name?.value ?? '');
    }
    return series.isMember ? family.metadata() : NO_BYTES;
  }
}

const NO_BYTES = new Uint8Array(0);

function addSeries(
  body: Uint8Array,
  start: number,
  end: number,
  type: MetricType | undefined,
  { target, settings, cache }: ScrapeOutput,
): CachedSeries {
  const emptied = settings.honorLabels ? emptyLabels(body, start, end) : NOTHING;
  const exposed = normaliseNumberLabels(seriesLabels(body, start, end), type);
  const labels = mergeLabels(exposed, target, settings.honorLabels, emptied);
  const problem = validateLabelBlock(labels);
  const text = () => Buffer.from(body.subarray(start, Math.min(end, start + 200))).toString('utf8');
  if (problem !== undefined) throw new ScrapeError(`series ${text()}: ${problem}`);
  checkLimits(labels, settings, text);
  return cache.add(body, start, end, encodeLabelBlock(labels));
}

function checkLimits(labels: Labels, settings: SampleSettings, text: () => string): void {
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = settings;
  if (labelLimit > 0 && labels.length > labelLimit) {
    throw new ScrapeError(`label_limit exceeded: ${text()} has ${labels.length} labels, the limit is ${labelLimit}`);
  }
  if (labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return;
  for (const { name, value } of labels) {
    const nameBytes = Buffer.byteLength(name);
    if (labelNameLengthLimit > 0 && nameBytes > labelNameLengthLimit) {
      throw new ScrapeError(
        `label_name_length_limit exceeded: ${text()}, name of ${nameBytes} bytes, the limit is ${labelNameLengthLimit}`,
      );
    }
    const valueBytes = Buffer.byteLength(value);
    if (labelValueLengthLimit > 0 && valueBytes > labelValueLengthLimit) {
      throw new ScrapeError(
        `label_value_length_limit exceeded: ${text()}, value of ${valueBytes} bytes, the limit is ${labelValueLengthLimit}`,
      );
    }
  }
}

const NOTHING: ReadonlySet<string> = new Set();

function emptyLabels(body: Uint8Array, start: number, end: number): ReadonlySet<string> {
  const open = body.indexOf(0x7b, start);
  if (open < 0 || open >= end) return NOTHING;
  const names = new Set<string>();
  const rules = { lenient: true, name: scanMetricName(body, start) > start ? 'before' : 'inside' } as const;
  scanLabelSet(body, open, rules, {
    metricName() {},
    label(nameStart, nameEnd, valueStart, valueEnd) {
      if (valueStart === valueEnd) names.add(Buffer.from(body.subarray(nameStart, nameEnd)).toString('utf8'));
    },
  });
  return names;
}
