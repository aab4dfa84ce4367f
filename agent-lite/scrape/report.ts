/** The series a scrape adds about itself. Their label blocks are made once per target. */
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import { type Labels, LabelsBuilder, METRIC_NAME_LABEL } from '../../core/labels/labels.ts';
import { encodeLabelBlock, type WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import { encodeField } from './families.ts';

export interface ScrapeReport {
  readonly up: boolean;
  readonly durationSeconds: number;
  readonly scraped: number;
  readonly added: number;
  readonly newSeries: number;
  readonly timeoutSeconds: number;
  readonly sampleLimit: number;
  /** -1 where the body was larger than the limit. */
  readonly bodyBytes: number;
}

interface Reported {
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly read: (report: ScrapeReport) => number;
}

/** All are gauges; units are those of Prometheus 3. */
const ALWAYS: readonly Reported[] = [
  {
    name: 'up',
    help: '1 where the target answered the scrape, 0 where the scrape failed.',
    unit: 'targets',
    read: ({ up }) => (up ? 1 : 0),
  },
  {
    name: 'scrape_duration_seconds',
    help: 'How long the scrape took.',
    unit: 'seconds',
    read: ({ durationSeconds }) => durationSeconds,
  },
  {
    name: 'scrape_samples_scraped',
    help: 'Samples that the target exposed.',
    unit: 'samples',
    read: ({ scraped }) => scraped,
  },
  {
    name: 'scrape_samples_post_metric_relabeling',
    help: 'Samples that were left after metric relabeling.',
    unit: 'samples',
    read: ({ added }) => added,
  },
  {
    name: 'scrape_series_added',
    help: 'About how many series were new in the scrape.',
    unit: 'series',
    read: ({ newSeries }) => newSeries,
  },
];

const EXTRA: readonly Reported[] = [
  {
    name: 'scrape_timeout_seconds',
    help: 'How long a scrape of the target may take.',
    unit: 'seconds',
    read: ({ timeoutSeconds }) => timeoutSeconds,
  },
  {
    name: 'scrape_sample_limit',
    help: 'How many samples a scrape of the target may have, 0 without a limit.',
    unit: 'samples',
    read: ({ sampleLimit }) => sampleLimit,
  },
  {
    name: 'scrape_body_size_bytes',
    help: 'Size of the exposition before compression; -1 where it was beyond the limit.',
    unit: 'bytes',
    read: ({ bodyBytes }) => bodyBytes,
  },
];

const METADATA: ReadonlyMap<string, Uint8Array> = new Map(
  [...ALWAYS, ...EXTRA].map(({ name, help, unit }) => [
    name,
    encodeField({ type: 'gauge', help: encodeUtf8(help), unit: encodeUtf8(unit), format: 'protobuf' }),
  ]),
);
const NO_METADATA = new Uint8Array(0);

export interface ReportForm {
  readonly extraMetrics: boolean;
  readonly withMetadata: boolean;
}

interface ReportSeries {
  readonly block: Uint8Array;
  readonly metadata: Uint8Array;
  readonly read: (report: ScrapeReport) => number;
  readonly extra: boolean;
  live: boolean;
}

export class Reporter {
  readonly #series: readonly ReportSeries[];

  constructor(target: Labels) {
    const series =
      (extra: boolean) =>
      ({ name, read }: Reported): ReportSeries => {
        const labels = new LabelsBuilder(target).set(METRIC_NAME_LABEL, name).labels();
        const metadata = METADATA.get(name) ?? NO_METADATA;
        return { block: encodeLabelBlock(labels), metadata, read, extra, live: false };
      };
    this.#series = [...ALWAYS.map(series(false)), ...EXTRA.map(series(true))];
  }

  write(
    report: ScrapeReport,
    { extraMetrics, withMetadata }: ReportForm,
    timestampMs: number,
    out: WriteRequestBuilder,
  ): void {
    for (const series of this.#series) {
      if (series.extra && !extraMetrics) continue;
      series.live = true;
      const metadata = withMetadata ? series.metadata : NO_METADATA;
      out.addSample(series.block, series.read(report), timestampMs, metadata);
    }
  }

  writeStale(timestampMs: number, out: WriteRequestBuilder): void {
    for (const series of this.#series) {
      if (series.live) out.addStaleSample(series.block, timestampMs);
      series.live = false;
    }
  }
}
