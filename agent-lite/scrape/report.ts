/** The series a scrape adds about itself. Their label blocks are made once per target. */
import { type Labels, LabelsBuilder, METRIC_NAME_LABEL } from '../../core/labels/labels.ts';
import { encodeLabelBlock, type WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';

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

const ALWAYS = [
  ['up', (report: ScrapeReport) => (report.up ? 1 : 0)],
  ['scrape_duration_seconds', (report: ScrapeReport) => report.durationSeconds],
  ['scrape_samples_scraped', (report: ScrapeReport) => report.scraped],
  ['scrape_samples_post_metric_relabeling', (report: ScrapeReport) => report.added],
  ['scrape_series_added', (report: ScrapeReport) => report.newSeries],
] as const;

const EXTRA = [
  ['scrape_timeout_seconds', (report: ScrapeReport) => report.timeoutSeconds],
  ['scrape_sample_limit', (report: ScrapeReport) => report.sampleLimit],
  ['scrape_body_size_bytes', (report: ScrapeReport) => report.bodyBytes],
] as const;

interface ReportSeries {
  readonly block: Uint8Array;
  readonly read: (report: ScrapeReport) => number;
  readonly extra: boolean;
  live: boolean;
}

export class Reporter {
  readonly #series: readonly ReportSeries[];

  constructor(target: Labels) {
    const series =
      (extra: boolean) =>
      ([name, read]: readonly [string, (report: ScrapeReport) => number]): ReportSeries => {
        const labels = new LabelsBuilder(target).set(METRIC_NAME_LABEL, name).labels();
        return { block: encodeLabelBlock(labels), read, extra, live: false };
      };
    this.#series = [...ALWAYS.map(series(false)), ...EXTRA.map(series(true))];
  }

  write(report: ScrapeReport, extraMetrics: boolean, timestampMs: number, out: WriteRequestBuilder): void {
    for (const series of this.#series) {
      if (series.extra && !extraMetrics) continue;
      series.live = true;
      out.addSample(series.block, series.read(report), timestampMs);
    }
  }

  writeStale(timestampMs: number, out: WriteRequestBuilder): void {
    for (const series of this.#series) {
      if (series.live) out.addStaleSample(series.block, timestampMs);
      series.live = false;
    }
  }
}
