/**
 * Turns one exposition into samples of a WriteRequest. Nothing of it counts until `commit`: a line that cannot be taken
 * fails the scrape as a whole, as in Prometheus.
 */
import type { Labels } from '../../core/labels/labels.ts';
import {
  type ExpositionFormat,
  type ExpositionSink,
  parseExposition,
  seriesLabels,
} from '../../core/wire/exposition.ts';
import { scanLabelSet, scanMetricName } from '../../core/wire/exposition-scan.ts';
import { encodeLabelBlock, validateLabelBlock, type WriteRequestBuilder } from '../../core/wire/remote-write-v1.ts';
import { addExemplar } from './exemplar.ts';
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
}

export interface SampleCounts {
  readonly scraped: number;
  readonly added: number;
  readonly newSeries: number;
}

export function readSamples(
  body: Uint8Array,
  format: ExpositionFormat,
  target: Labels,
  timestampMs: number,
  settings: SampleSettings,
  cache: SeriesCache,
  out: WriteRequestBuilder,
): SampleCounts {
  let scraped = 0;
  let newSeries = 0;
  let latest: CachedSeries | undefined;
  const sink: ExpositionSink = {
    known: (start) => cache.expectedLength(body, start),
    sample(start, end, value, ownTimestampMs) {
      scraped++;
      latest = undefined;
      if (settings.sampleLimit > 0 && scraped > settings.sampleLimit) return;
      const own = settings.honorTimestamps ? ownTimestampMs : undefined;
      let series = cache.find(body, start, end);
      if (series === undefined) {
        series = addSeries(body, start, end, target, settings, cache);
        newSeries++;
      }
      const first = cache.see(series, own === undefined || settings.trackTimestampsStaleness);
      // A second sample of a series for the same time would make a receiver refuse the request.
      if (first || own !== undefined) out.addSample(series.block, value, own ?? timestampMs);
      latest = series;
    },
    exemplar(start, end, value, ownTimestampMs) {
      if (latest !== undefined) addExemplar(body, start, end, value, ownTimestampMs, timestampMs, latest, out);
    },
  };
  parseExposition(body, format, sink);
  if (settings.sampleLimit > 0 && scraped > settings.sampleLimit) {
    throw new ScrapeError(
      `sample limit exceeded: the target exposes ${scraped} samples, sample_limit is ${settings.sampleLimit}`,
    );
  }
  return { scraped, added: scraped, newSeries };
}

function addSeries(
  body: Uint8Array,
  start: number,
  end: number,
  target: Labels,
  settings: SampleSettings,
  cache: SeriesCache,
): CachedSeries {
  const emptied = settings.honorLabels ? emptyLabels(body, start, end) : NOTHING;
  const labels = mergeLabels(seriesLabels(body, start, end), target, settings.honorLabels, emptied);
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
