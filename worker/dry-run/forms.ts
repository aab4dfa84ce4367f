/** What a push holds as texts that can be compared: of series, lines and label sets of profiles; of OTLP only how much. */
import { formatLabels } from '../../core/labels/labels.ts';
import { countOtlp, type LogStream, type ProfileSeries } from '../../core/pipeline/signals.ts';
import { formatSeries } from '../../core/simulate/report.ts';
import { profilesIn } from '../../core/wire/pyroscope/profile-series.ts';
import { countWriteRequest, decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import type { DecodedBatch } from '../ingest/protocol.ts';

/** A series, a line, the profiles of one label set; '' for what is passed on as it came. */
export interface Form {
  readonly text: string;
  readonly items: number;
}

/** What entered, as the other texts are. */
export function inputText(batch: DecodedBatch): string {
  if (batch.signal === 'traces' || 'encoding' in batch) return '';
  switch (batch.signal) {
    case 'metrics':
      return seriesForms(batch.body)[0]?.text ?? '';
    case 'logs':
      return lineForms(batch.streams)[0]?.text ?? '';
    case 'profiles':
      return profileForms(batch.series)[0]?.text ?? '';
  }
}

export function countItems(batch: DecodedBatch): number {
  if (batch.signal === 'traces' || 'encoding' in batch) return countOtlp(batch);
  switch (batch.signal) {
    case 'metrics':
      return countWriteRequest(batch.body).samples;
    case 'logs':
      return batch.streams.reduce((lines, { entries }) => lines + entries.length, 0);
    case 'profiles':
      return batch.series.reduce((profiles, series) => profiles + profilesIn(series), 0);
  }
}

export function seriesForms(body: Uint8Array): Form[] {
  return decodeWriteRequest(body).series.map(({ labels, samples, histograms }) => ({
    text: formatSeries(labels),
    items: samples.length + histograms.length,
  }));
}

export function lineForms(streams: readonly LogStream[]): Form[] {
  return streams.flatMap(({ labels, entries }) =>
    entries.map(({ line, metadata }) => ({
      text: `${formatLabels(labels)}${metadata.length === 0 ? '' : ` ${formatLabels(metadata)}`} ${line}`,
      items: 1,
    })),
  );
}

export function profileForms(series: readonly ProfileSeries[]): Form[] {
  return series.map((one) => ({ text: formatLabels(one.labels), items: profilesIn(one) }));
}

export function asItCame(items: number): Form[] {
  return items === 0 ? [] : [{ text: '', items }];
}
