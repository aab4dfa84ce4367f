/** What one pipeline makes of one piece of a push, in texts that can be compared. Nothing is sent or counted anywhere. */
import { formatLabels } from '../../core/labels/labels.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import { OutcomeError } from '../../core/outcome.ts';
import { runLogsPlan } from '../../core/pipeline/logs-plan.ts';
import type { MetricsPlanResult } from '../../core/pipeline/metrics-plan.ts';
import { runOtlpLogsPlan } from '../../core/pipeline/otlp-logs-plan.ts';
import { runOtlpMetricsPlan } from '../../core/pipeline/otlp-metrics-plan.ts';
import { runProfilesPlan } from '../../core/pipeline/profiles-plan.ts';
import { countOtlp, type LogStream, type OtlpBatch, type ProfileSeries } from '../../core/pipeline/signals.ts';
import { runTracesPlan } from '../../core/pipeline/traces-plan.ts';
import { formatSeries } from '../../core/simulate/report.ts';
import { profilesIn } from '../../core/wire/pyroscope/profile-series.ts';
import { countWriteRequest, decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { takesSignal } from '../ingest/plan.ts';
import { boundedText } from '../ingest/plan-logs.ts';
import type { DecodedBatch } from '../ingest/protocol.ts';
import { forceAttributes } from '../tenants/forced-attributes.ts';
import { type ForcedLabels, forceLogLabels, forceProfileLabels } from '../tenants/forced-labels.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';

/** A series, a line, the profiles of one label set; '' for what is passed on as it came. */
export interface Form {
  readonly text: string;
  readonly items: number;
}

export interface Lost {
  /** Of the component that dropped it, or '' where it was never taken. */
  readonly componentId: string;
  readonly reason: string;
  readonly items: number;
}

export interface PieceResult {
  /** By id of the destination. */
  readonly outputs: ReadonlyMap<string, readonly Form[]>;
  readonly dropped: readonly Lost[];
  readonly rejected: readonly Lost[];
}

export interface PieceContext {
  readonly forced: ForcedLabels;
  readonly limits: TenantLimits;
  readonly nowNs: bigint;
}

/** Of an unknown version: plans are made for these limits alone. */
const LIMITS_VERSION = 0;

export function runPiece(pipeline: TenantPipeline, batch: DecodedBatch, context: PieceContext): PieceResult {
  if (!takesSignal(pipeline, { batch })) return refusedWhole('no_receiver', countItems(batch));
  try {
    return boundedText(() => run(pipeline, batch, context));
  } catch (error) {
    if (error instanceof OutcomeError) return refusedWhole(error.failure.reason, countItems(batch));
    throw error;
  }
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

function run(pipeline: TenantPipeline, batch: DecodedBatch, context: PieceContext): PieceResult {
  const { forced, limits, nowNs } = context;
  if (batch.signal === 'traces' || 'encoding' in batch)
    return runOtlp(pipeline, forceAttributes(batch, forced), context);
  switch (batch.signal) {
    case 'metrics':
      return seriesResult([pipeline.metricsPlan(forced, limits, LIMITS_VERSION).run(batch)]);
    case 'logs': {
      const { outputs, drops } = runLogsPlan(pipeline.entries.logs, forceLogLabels(batch, forced), nowNs);
      const forms = outputs.map(({ destination, batch: out }) => [destination.id, lineForms(out.streams)] as const);
      return {
        outputs: merged(forms),
        dropped: drops.map(({ lines, ...rest }) => ({ ...rest, items: lines })),
        rejected: [],
      };
    }
    case 'profiles': {
      const { outputs, drops } = runProfilesPlan(pipeline.entries.profiles, forceProfileLabels(batch, forced));
      const forms = outputs.map(({ destination, batch: out }) => [destination.id, profileForms(out.series)] as const);
      const dropped = drops.map(({ profiles, ...rest }) => ({ ...rest, items: profiles }));
      return { outputs: merged(forms), dropped, rejected: [] };
    }
  }
}

function runOtlp(pipeline: TenantPipeline, batch: OtlpBatch, { forced, limits, nowNs }: PieceContext): PieceResult {
  switch (batch.signal) {
    case 'traces': {
      const { outputs, drops } = runTracesPlan(pipeline.entries.traces, batch, nowNs);
      const forms = outputs.map(({ destination, spans }) => [destination.id, asItCame(spans)] as const);
      return {
        outputs: merged(forms),
        dropped: drops.map(({ spans, ...rest }) => ({ ...rest, items: spans })),
        rejected: [],
      };
    }
    case 'metrics': {
      const result = runOtlpMetricsPlan(pipeline.entries.otlpMetrics, batch, nowNs, (conversion) =>
        pipeline.metricsPlan(forced, limits, LIMITS_VERSION, conversion),
      );
      const series = seriesResult(result.converted.map((one) => one.result));
      const passed = result.outputs.map(
        ({ destination, batch: out }) => [destination.id, asItCame(countOtlp(out))] as const,
      );
      return { ...series, outputs: merged([...series.outputs, ...passed]), rejected: result.rejected.map(lost) };
    }
    case 'logs': {
      const result = runOtlpLogsPlan(pipeline.entries.otlpLogs, batch, nowNs, (lines) => forceLogLabels(lines, forced));
      const converted = result.converted.flatMap(({ result: { outputs } }) =>
        outputs.map(({ destination, batch: out }) => [destination.id, lineForms(out.streams)] as const),
      );
      const passed = result.outputs.map(
        ({ destination, batch: out }) => [destination.id, asItCame(countOtlp(out))] as const,
      );
      const drops = result.converted.flatMap(({ result: { drops } }) => drops);
      return {
        outputs: merged([...converted, ...passed]),
        dropped: drops.map(({ lines, ...rest }) => ({ ...rest, items: lines })),
        rejected: result.rejected.map(lost),
      };
    }
  }
}

function seriesResult(results: readonly MetricsPlanResult[]): PieceResult {
  const forms = results.flatMap(({ outputs }) =>
    outputs.map(({ destination, body }) => [destination.id, seriesForms(body)] as const),
  );
  return {
    outputs: merged(forms),
    dropped: results.flatMap(({ drops }) =>
      drops.map(({ componentId, reason, samples }) => ({ componentId, reason, items: samples })),
    ),
    rejected: results.flatMap(({ rejected }) =>
      rejected.map(({ reason, samples }) => ({ componentId: '', reason, items: samples })),
    ),
  };
}

function seriesForms(body: Uint8Array): Form[] {
  return decodeWriteRequest(body).series.map(({ labels, samples, histograms }) => ({
    text: formatSeries(labels),
    items: samples.length + histograms.length,
  }));
}

function lineForms(streams: readonly LogStream[]): Form[] {
  return streams.flatMap(({ labels, entries }) =>
    entries.map(({ line, metadata }) => ({
      text: `${formatLabels(labels)}${metadata.length === 0 ? '' : ` ${formatLabels(metadata)}`} ${line}`,
      items: 1,
    })),
  );
}

function profileForms(series: readonly ProfileSeries[]): Form[] {
  return series.map((one) => ({ text: formatLabels(one.labels), items: profilesIn(one) }));
}

function asItCame(items: number): Form[] {
  return items === 0 ? [] : [{ text: '', items }];
}

function merged(parts: Iterable<readonly [string, readonly Form[]]>): ReadonlyMap<string, readonly Form[]> {
  const all = new Map<string, readonly Form[]>();
  for (const [id, forms] of parts) if (forms.length > 0) all.set(id, [...(all.get(id) ?? []), ...forms]);
  return all;
}

function lost({ reason, items }: { readonly reason: string; readonly items: number }): Lost {
  return { componentId: '', reason, items };
}

function refusedWhole(reason: string, items: number): PieceResult {
  return { outputs: new Map(), dropped: [], rejected: [{ componentId: '', reason, items }] };
}
