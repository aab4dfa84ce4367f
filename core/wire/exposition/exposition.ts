/**
 * Reads Prometheus text format 0.0.4 and OpenMetrics 1.0 from bytes, as strictly as Prometheus does. The sink is told
 * byte ranges, never strings: a scrape loop keys its cache by the bytes of the series text, so a steady scrape allocates
 * nothing here. After an ExpositionError everything the sink was told of that body must be thrown away, as Prometheus
 * rolls a failed scrape back.
 */
import { parseOpenMetrics } from './openmetrics.ts';
import { parsePrometheusText } from './text.ts';

export { ExpositionError } from './error.ts';
export { exemplarLabels, helpText, metadataName, seriesLabels } from './series.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

export interface ExpositionSink {
  /**
   * A shortcut. Asked where a sample starts: returns the length of the series text that the sink recognises there
   * (bytes equal to a range an earlier `sample` of the same format reported), or 0. The parser then skips it unread.
   * The following `sample` may still report another end (`up` recognised, but `up {a="b"}` found): compare.
   */
  known?(start: number): number;
  /** One sample; `start..end` is the series text, name and labels as written. No timestamp: the scrape's own. */
  sample(start: number, end: number, value: number, timestampMs: number | undefined): void;
  /** The exemplar of the sample just told; the range is its labels, braces included. OpenMetrics only. */
  exemplar?(start: number, end: number, value: number, timestampMs: number | undefined): void;
  /** The text range is still escaped: `helpText` reads it. */
  help?(nameStart: number, nameEnd: number, textStart: number, textEnd: number): void;
  type?(nameStart: number, nameEnd: number, type: MetricType): void;
  unit?(nameStart: number, nameEnd: number, textStart: number, textEnd: number): void;
}

/** The format a response's Content-Type names; undefined where it names none that is text (then use a fallback). */
export function expositionFormat(contentType: string | null | undefined): ExpositionFormat | undefined {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/openmetrics-text') return 'openmetrics';
  if (mediaType === 'text/plain') return 'text';
  return undefined;
}

/** Throws ExpositionError at the first line Prometheus would refuse. */
export function parseExposition(bytes: Uint8Array, format: ExpositionFormat, sink: ExpositionSink): void {
  if (format === 'openmetrics') parseOpenMetrics(bytes, sink);
  else parsePrometheusText(bytes, sink);
}
