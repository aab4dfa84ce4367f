/**
 * What one pipeline makes of one piece of a push, in texts that can be compared. Nothing is sent or counted anywhere, so limits
 * that count over pushes (rates, active series and streams) are left out; all others hold as they do for a push.
 */
import { limitLogs } from '../../core/limits/log-limits.ts';
import { limitProfiles } from '../../core/limits/profile-limits.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import { OutcomeError } from '../../core/outcome.ts';
import { runLogsPlan } from '../../core/pipeline/logs-plan.ts';
import type { MetricsPlanResult } from '../../core/pipeline/metrics-plan.ts';
import { runOtlpLogsPlan } from '../../core/pipeline/otlp-logs-plan.ts';
import { runOtlpMetricsPlan } from '../../core/pipeline/otlp-metrics-plan.ts';
import { runProfilesPlan } from '../../core/pipeline/profiles-plan.ts';
import { countOtlp, type LogsBatch, type OtlpBatch } from '../../core/pipeline/signals.ts';
import { runTracesPlan } from '../../core/pipeline/traces-plan.ts';
import { sampleBounds } from '../ingest/limit-batch.ts';
import { takesSignal } from '../ingest/plan.ts';
import { boundedText } from '../ingest/plan-logs.ts';
import type { DecodedBatch } from '../ingest/protocol.ts';
import { forceAttributes } from '../tenants/forced-attributes.ts';
import { type ForcedLabels, forceLogLabels, forceProfileLabels } from '../tenants/forced-labels.ts';
import type { TenantPipeline } from '../tenants/tenant-pipeline.ts';
import { asItCame, countItems, type Form, lineForms, profileForms, seriesForms } from './forms.ts';

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

function run(pipeline: TenantPipeline, batch: DecodedBatch, context: PieceContext): PieceResult {
  const { forced, limits, nowNs } = context;
  if (batch.signal === 'traces' || 'encoding' in batch)
    return runOtlp(pipeline, forceAttributes(batch, forced), context);
  switch (batch.signal) {
    case 'metrics': {
      const plan = pipeline.metricsPlan(forced, limits, LIMITS_VERSION);
      return seriesResult([plan.run(batch, { sampleBounds: sampleBounds(limits, toMs(nowNs)) })]);
    }
    case 'logs': {
      const { limited, rejected } = limitedLines(batch, context);
      const { outputs, drops } = runLogsPlan(pipeline.entries.logs, limited, nowNs);
      const forms = outputs.map(({ destination, batch: out }) => [destination.id, lineForms(out.streams)] as const);
      return {
        outputs: merged(forms),
        dropped: drops.map(({ lines, ...rest }) => ({ ...rest, items: lines })),
        rejected,
      };
    }
    case 'profiles': {
      const { series, rejections } = limitProfiles(forceProfileLabels(batch, forced).series, limits.profiles);
      const { outputs, drops } = runProfilesPlan(pipeline.entries.profiles, { signal: 'profiles', series });
      const forms = outputs.map(({ destination, batch: out }) => [destination.id, profileForms(out.series)] as const);
      const dropped = drops.map(({ profiles, ...rest }) => ({ ...rest, items: profiles }));
      return { outputs: merged(forms), dropped, rejected: rejections.map(lost) };
    }
  }
}

function limitedLines(batch: LogsBatch, { forced, limits, nowNs }: PieceContext) {
  const own = forceLogLabels(batch, forced);
  const { streams, rejections } = limitLogs(own.streams, limits.logs, toMs(nowNs));
  return { limited: { ...own, streams }, rejected: rejections.map(lost) };
}

function runOtlp(pipeline: TenantPipeline, batch: OtlpBatch, context: PieceContext): PieceResult {
  const { forced, limits, nowNs } = context;
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
      const options = { sampleBounds: sampleBounds(limits, toMs(nowNs)) };
      const result = runOtlpMetricsPlan(pipeline.entries.otlpMetrics, batch, nowNs, (conversion) => {
        const plan = pipeline.metricsPlan(forced, limits, LIMITS_VERSION, conversion);
        return { run: (converted) => plan.run(converted, options) };
      });
      const series = seriesResult(result.converted.map((one) => one.result));
      const passed = result.outputs.map(
        ({ destination, batch: out }) => [destination.id, asItCame(countOtlp(out))] as const,
      );
      return { ...series, outputs: merged([...series.outputs, ...passed]), rejected: result.rejected.map(lost) };
    }
    case 'logs': {
      const leftOut: Lost[] = [];
      const result = runOtlpLogsPlan(pipeline.entries.otlpLogs, batch, nowNs, (lines) => {
        const { limited, rejected } = limitedLines(lines, context);
        leftOut.push(...rejected);
        return limited;
      });
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
        rejected: [...result.rejected.map(lost), ...leftOut],
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

function merged(parts: Iterable<readonly [string, readonly Form[]]>): ReadonlyMap<string, readonly Form[]> {
  const all = new Map<string, readonly Form[]>();
  for (const [id, forms] of parts) if (forms.length > 0) all.set(id, [...(all.get(id) ?? []), ...forms]);
  return all;
}

function toMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}

function lost({ reason, items }: { readonly reason: string; readonly items: number }): Lost {
  return { componentId: '', reason, items };
}

function refusedWhole(reason: string, items: number): PieceResult {
  return { outputs: new Map(), dropped: [], rejected: [{ componentId: '', reason, items }] };
}
