/**
 * What the tenant's limits leave out of a decoded push: of logs and profiles before the pipeline sees them, of metrics in
 * the one walk over their bytes.
 */
import { hashBytes } from '../../core/bytes/hash.ts';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import { type LogRejection, limitLogs } from '../../core/limits/log-limits.ts';
import { metadataMessage } from '../../core/limits/messages.ts';
import { limitMetadata } from '../../core/limits/metadata-limits.ts';
import { limitProfiles } from '../../core/limits/profile-limits.ts';
import { SeriesActivity } from '../../core/limits/series-activity.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import { type Failure, failure } from '../../core/outcome.ts';
import type { MetricsRunOptions } from '../../core/pipeline/metrics-plan.ts';
import type { LogsBatch, ProfilesBatch } from '../../core/pipeline/signals.ts';
import type { SampleBounds } from '../../core/wire/remote-write/sample-bounds.ts';
import { activeState } from '../hub/active-state.ts';

export interface Limited<B> {
  readonly batch: B;
  /** Left out for good. */
  readonly rejections: readonly LogRejection[];
  /** Set when something was left out for now. */
  readonly refused?: Failure;
}

const RETRY_AFTER_SECONDS = 5;

/** `comesAgain`: the sender keeps what is refused for now, so that what no waiting helps must be refused for good. */
export function limitLogsBatch(
  batch: LogsBatch,
  tenant: string,
  { logs }: TenantLimits,
  comesAgain: boolean,
): Limited<LogsBatch> {
  const nowMs = Date.now();
  const { streams, rejections } = limitLogs(batch.streams, logs, nowMs);
  const state = activeState(tenant);
  const seen = state.members('streams', logs.max_global_streams_per_user, nowMs);
  const checked = state.streamLimits.check(streams, logs, seen, state.hashSeed, nowMs);
  const limited = checked.streams === batch.streams ? batch : { ...batch, streams: checked.streams };
  const passes = ({ reason }: LogRejection) => !comesAgain || reason === 'per_stream_rate_limit';
  const [first] = checked.refused.filter(passes);
  const all = [...rejections, ...checked.refused.filter((one) => !passes(one))];
  if (first === undefined) return { batch: limited, rejections: all };
  const retryAfter = first.reason === 'per_stream_rate_limit' ? RETRY_AFTER_SECONDS : undefined;
  return { batch: limited, rejections: all, refused: failure(first.reason, first.example, retryAfter) };
}

export function limitProfilesBatch(batch: ProfilesBatch, { profiles }: TenantLimits): Limited<ProfilesBatch> {
  const { series, rejections } = limitProfiles(batch.series, profiles);
  if (series === batch.series) return { batch, rejections };
  // `encoded` holds what was left out as well.
  const { encoded: _, ...rest } = batch;
  return { batch: { ...rest, series }, rejections };
}

interface MetricsContext {
  readonly tenant: string;
  readonly forced: Readonly<Record<string, string>>;
  readonly limits: TenantLimits;
}

/** Which series are active, which timestamps samples may have, how long metadata may be. */
export function metricsRunOptions({ tenant, forced, limits }: MetricsContext): MetricsRunOptions {
  const { metrics } = limits;
  const nowMs = Date.now();
  const state = activeState(tenant);
  const seen = state.members('series', metrics.max_global_series_per_user, nowMs);
  const replicaLabel = metrics.accept_ha_samples ? metrics.ha_replica_label : undefined;
  const active = new SeriesActivity(seen, seedOf(state.hashSeed, forced), replicaLabel);
  return {
    active,
    maxMetadataBytes: metrics.max_metadata_length || undefined,
    sampleBounds: sampleBounds(limits, nowMs),
  };
}

/** Which timestamps samples may have; undefined: any. */
export function sampleBounds({ metrics }: TenantLimits, nowMs: number): SampleBounds | undefined {
  const { creation_grace_period: future, past_grace_period: past } = metrics;
  if (future === 0 && past === 0) return undefined;
  const minTimestampMs = past === 0 ? Number.NEGATIVE_INFINITY : nowMs - past;
  const maxTimestampMs = future === 0 ? Number.POSITIVE_INFINITY : nowMs + future;
  return { minTimestampMs, maxTimestampMs };
}

/** Undefined where nothing was too long after all. */
export function withoutLongMetadata<B extends { readonly body: Uint8Array }>(
  batch: B,
  limits: TenantLimits,
): { readonly batch: B; readonly rejection?: LogRejection } | undefined {
  const { body, leftOut } = limitMetadata(batch.body, limits.metrics.max_metadata_length);
  if (body === batch.body) return undefined;
  if (leftOut.length === 0) return { batch: { ...batch, body } };
  // Metadata is no sample: it is told of and counted in nothing.
  const example = `${metadataMessage()}, metric name: '${leftOut[0]}'`;
  return { batch: { ...batch, body }, rejection: { reason: 'metadata_too_long', items: 0, example } };
}

/** Labels that a token forces make other series of the same labels. */
function seedOf(seed: number, forced: Readonly<Record<string, string>>): number {
  const names = Object.keys(forced);
  return names.length === 0 ? seed : seed ^ hashBytes(encodeUtf8(JSON.stringify(forced)));
}
