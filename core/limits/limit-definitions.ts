/**
 * Every limit of a tenant, once: its name as in Mimir, Loki, Tempo and Pyroscope, its default, and what happens beyond it.
 * Validation, the compiled type, `spillway limits get` and the table in docs/limits.md come from here. 0 switches a number
 * off, for each of them.
 */
import type { Reason } from '../outcome.ts';

/** How a value is written: `4`, `"256KB"`, `"10m"`, `true`, `"__replica__"`. Sizes compile to bytes, durations to ms. */
export type LimitKind = 'number' | 'integer' | 'bytes' | 'duration' | 'boolean' | 'label';

export interface LimitDefinition<K extends LimitKind = LimitKind> {
  readonly kind: K;
  /** In the form that a user writes. */
  readonly default: number | string | boolean;
  /** What happens beyond it. */
  readonly effect: string;
  readonly status?: number;
  readonly reason?: Reason;
  /** The id in the message: Mimir's, whose runbooks are looked up by it. */
  readonly errorId?: string;
  /** What the platform can carry at most, in compiled form; 0 stands for this. */
  readonly ceiling?: number;
}

type Told = Omit<LimitDefinition, 'kind' | 'default' | 'effect'>;

const make =
  <K extends LimitKind>(kind: K) =>
  (standard: number | string | boolean, effect: string, told: Told = {}): LimitDefinition<K> => ({
    kind,
    default: standard,
    effect,
    ...told,
  });

const number = make('number');
const integer = make('integer');
const bytes = make('bytes');
const duration = make('duration');
const boolean = make('boolean');
const label = make('label');

/** A Worker has 128 MB in all, so bodies are smaller here than Mimir's and Loki's 100 MB. */
export const MAX_RECEIVED_BYTES = 16 * 1024 * 1024;
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

const rate = (errorId?: string): Told => ({
  status: 429,
  reason: 'rate_limited',
  ...(errorId === undefined ? {} : { errorId }),
});
const invalid = (reason: Reason, errorId?: string): Told => ({
  status: 400,
  reason,
  ...(errorId === undefined ? {} : { errorId }),
});
const sizes = (errorId?: string) => {
  const told: Told = { status: 413, reason: 'body_too_large', ...(errorId === undefined ? {} : { errorId }) };
  return {
    max_recv_msg_size: bytes('16MB', 'the push is refused before it is read', { ...told, ceiling: MAX_RECEIVED_BYTES }),
    max_decompressed_size: bytes('64MB', 'the push is refused while it is unpacked', {
      ...told,
      ceiling: MAX_UNPACKED_BYTES,
    }),
  };
};

export const LIMITS = {
  metrics: {
    request_rate: number(0, 'pushes per second; the push is refused', rate('tenant-max-request-rate')),
    request_burst_size: integer(0, 'pushes at once on top of `request_rate`', rate('tenant-max-request-rate')),
    ingestion_rate: number(10_000, 'samples per second; the push is refused', rate('tenant-max-ingestion-rate')),
    ingestion_burst_size: integer(
      200_000,
      'samples at once on top of `ingestion_rate`',
      rate('tenant-max-ingestion-rate'),
    ),
    max_label_name_length: integer(
      1024,
      'bytes; the series is left out',
      invalid('label_name_too_long', 'label-name-too-long'),
    ),
    max_label_value_length: integer(
      2048,
      'bytes; the series is left out',
      invalid('label_value_too_long', 'label-value-too-long'),
    ),
    max_label_names_per_series: integer(
      30,
      'the series is left out',
      invalid('max_label_names_per_series', 'max-label-names-per-series'),
    ),
    max_label_names_per_info_series: integer(
      80,
      'the same for series whose name ends in `_info`',
      invalid('max_label_names_per_info_series', 'max-label-names-per-info-series'),
    ),
    max_metadata_length: integer(
      1024,
      'bytes; a longer help text is cut, metadata of remote write 1.0 with a longer name or unit is left out',
      invalid('metadata_too_long', 'metric-name-too-long'),
    ),
    max_native_histogram_buckets: integer(
      0,
      'buckets of one native histogram; its series is left out',
      invalid('max_native_histogram_buckets', 'max-native-histogram-buckets'),
    ),
    creation_grace_period: duration(
      '10m',
      'a sample this far in the future is left out',
      invalid('too_far_in_future', 'too-far-in-future'),
    ),
    past_grace_period: duration('0s', 'an older sample is left out', invalid('too_far_in_past', 'too-far-in-past')),
    max_global_series_per_user: integer(
      150_000,
      'active series; new ones are left out, known ones pass',
      invalid('max_series_per_user', 'max-series-per-user'),
    ),
    accept_ha_samples: boolean(false, 'pairs of replicas are de-duplicated; pushes of the other replica are dropped', {
      status: 202,
    }),
    ha_cluster_label: label('cluster', 'names the pair of replicas'),
    ha_replica_label: label('__replica__', 'names the replica; taken off before the pipeline'),
    ha_max_clusters: integer(
      100,
      'clusters with an elected replica; a push of one more is refused',
      invalid('too_many_ha_clusters', 'tenant-too-many-ha-clusters'),
    ),
    ha_tracker_update_timeout: duration('15s', 'how often the time of the elected replica is stored'),
    ha_tracker_failover_timeout: duration('30s', 'silence of the elected replica after which another takes over'),
    ...sizes('distributor-max-write-message-size'),
  },
  logs: {
    ingestion_rate_mb: number(4, 'MB (2^20 bytes) per second, unpacked; the push is refused', rate()),
    ingestion_burst_size_mb: number(6, 'MB at once on top of `ingestion_rate_mb`', rate()),
    max_line_size: bytes(
      '256KB',
      'the line is left out, or cut with `max_line_size_truncate`',
      invalid('line_too_long'),
    ),
    max_line_size_truncate: boolean(false, 'longer lines are cut instead'),
    max_label_name_length: integer(1024, 'bytes; the stream is left out', invalid('label_name_too_long')),
    max_label_value_length: integer(2048, 'bytes; the stream is left out', invalid('label_value_too_long')),
    max_label_names_per_series: integer(
      15,
      'labels of a stream, `service_name` not counted; the stream is left out',
      invalid('max_label_names_per_series'),
    ),
    reject_old_samples: boolean(true, 'switches `reject_old_samples_max_age`'),
    reject_old_samples_max_age: duration('1w', 'an older line is left out', invalid('greater_than_max_sample_age')),
    creation_grace_period: duration('10m', 'a line this far in the future is left out', invalid('too_far_in_future')),
    max_structured_metadata_size: bytes(
      '64KB',
      'names and values of one line; the line is left out',
      invalid('structured_metadata_too_large'),
    ),
    max_structured_metadata_entries_count: integer(
      128,
      'of one line; the line is left out',
      invalid('structured_metadata_too_many'),
    ),
    max_streams_per_push: integer(0, 'streams in one push; those beyond are left out', invalid('max_streams_per_push')),
    max_global_streams_per_user: integer(5000, 'active streams; new ones are refused, known ones pass', {
      status: 429,
      reason: 'stream_limit',
    }),
    per_stream_rate_limit: bytes('3MB', 'per second; the lines of the stream are refused, others are taken', {
      status: 429,
      reason: 'per_stream_rate_limit',
    }),
    per_stream_rate_limit_burst: bytes('15MB', 'at once on top of `per_stream_rate_limit`', {
      status: 429,
      reason: 'per_stream_rate_limit',
    }),
    ...sizes(),
  },
  traces: {
    rate_limit_bytes: integer(30_000_000, 'per second, unpacked; the push is refused', rate()),
    burst_size_bytes: integer(30_000_000, 'bytes at once on top of `rate_limit_bytes`', rate()),
    ...sizes(),
  },
  profiles: {
    ingestion_rate_mb: number(4, 'MB (2^20 bytes) per second, unpacked; the push is refused', rate()),
    ingestion_burst_size_mb: number(2, 'MB at once on top of `ingestion_rate_mb`', rate()),
    max_profile_size_bytes: integer(4_194_304, 'one profile, unpacked; it is left out', invalid('profile_size_limit')),
    max_label_name_length: integer(1024, 'bytes; the profile is left out', invalid('label_name_too_long')),
    max_label_value_length: integer(2048, 'bytes; the profile is left out', invalid('label_value_too_long')),
    max_label_names_per_series: integer(30, 'the profile is left out', invalid('max_label_names_per_series')),
    ...sizes(),
  },
} as const;

export type LimitGroup = keyof typeof LIMITS;

export const LIMIT_GROUPS = Object.keys(LIMITS) as LimitGroup[];
