/**
 * What a sender is told when it meets a limit: the words of Mimir and Loki, so that their runbooks and people's searches
 * find them, with the name of the limit to change in place of Mimir's flag.
 */
import { formatLabels, type Labels } from '../labels/labels.ts';
import type { LimitGroup } from './limit-definitions.ts';
import type { TenantLimits } from './tenant-limits.ts';

const MAX_SHOWN = 200;

/** `… (err-mimir-<id>). To adjust the related per-tenant limit, configure metrics.<name>, or contact …` */
export function mimirMessage(text: string, id: string, ...names: readonly string[]): string {
  const plural = names.length > 1 ? 's' : '';
  const limits = names.map((name) => `metrics.${name}`).join(' and ');
  return `${text} (err-mimir-${id}). To adjust the related per-tenant limit${plural}, configure ${limits}, or contact your service administrator.`;
}

export function ingestionRateMessage(group: LimitGroup, limits: TenantLimits): string {
  const { ratePerSecond, burst } = ingestionRate(group, limits);
  switch (group) {
    case 'metrics':
      return mimirMessage(
        `the request has been rejected because the tenant exceeded the ingestion rate limit, set to ${ratePerSecond} items/s with a maximum allowed burst of ${burst}`,
        'tenant-max-ingestion-rate',
        'ingestion_rate',
        'ingestion_burst_size',
      );
    case 'logs':
      return `ingestion rate limit exceeded (limit: ${ratePerSecond} bytes/sec, logs.ingestion_rate_mb) with a burst of ${burst} bytes, reduce log volume or contact your administrator to see if the limit can be increased`;
    case 'traces':
      return `RATE_LIMITED: ingestion rate limit (traces.rate_limit_bytes: ${ratePerSecond} bytes, traces.burst_size_bytes: ${burst} bytes) exceeded`;
    case 'profiles':
      return `the ingestion rate limit (profiles.ingestion_rate_mb: ${ratePerSecond} bytes/s, profiles.ingestion_burst_size_mb: ${burst} bytes) is exceeded`;
  }
}

export function requestRateMessage({ metrics }: TenantLimits): string {
  return mimirMessage(
    `the request has been rejected because the tenant exceeded the request rate limit, set to ${metrics.request_rate} requests/s with a maximum allowed burst of ${metrics.request_burst_size}`,
    'tenant-max-request-rate',
    'request_rate',
    'request_burst_size',
  );
}

/** Samples per second for metrics, bytes per second of unpacked bodies for the others; 0: no limit. */
export function ingestionRate(group: LimitGroup, limits: TenantLimits): { ratePerSecond: number; burst: number } {
  switch (group) {
    case 'metrics':
      return { ratePerSecond: limits.metrics.ingestion_rate, burst: limits.metrics.ingestion_burst_size };
    case 'traces':
      return { ratePerSecond: limits.traces.rate_limit_bytes, burst: limits.traces.burst_size_bytes };
    case 'logs':
    case 'profiles': {
      const { ingestion_rate_mb, ingestion_burst_size_mb } = limits[group];
      return { ratePerSecond: ingestion_rate_mb * 2 ** 20, burst: ingestion_burst_size_mb * 2 ** 20 };
    }
  }
}

export function tooManyClustersMessage(limit: number): string {
  return mimirMessage(
    `the write request has been rejected because the maximum number of high-availability (HA) clusters has been reached for this tenant (limit: ${limit})`,
    'tenant-too-many-ha-clusters',
    'ha_max_clusters',
  );
}

/** Of a series that was left out; undefined for reasons that are no matter of limits or that say it all. */
export function seriesMessage(reason: string, labels: Labels, { metrics }: TenantLimits): string | undefined {
  const series = shown(formatLabels(labels));
  switch (reason) {
    case 'max_label_names_per_series':
      return mimirMessage(
        `received a series whose number of labels exceeds the limit (actual: ${labels.length}, limit: ${metrics.max_label_names_per_series}) series: '${series}'`,
        'max-label-names-per-series',
        'max_label_names_per_series',
      );
    case 'max_label_names_per_info_series':
      return mimirMessage(
        `received an info series whose number of labels exceeds the limit (actual: ${labels.length}, limit: ${metrics.max_label_names_per_info_series}) series: '${series}'`,
        'max-label-names-per-info-series',
        'max_label_names_per_info_series',
      );
    case 'label_name_too_long': {
      const name = longest(labels.map((label) => label.name));
      return mimirMessage(
        `received a series whose label name length exceeds the limit, label: '${shown(name)}' series: '${series}'`,
        'label-name-too-long',
        'max_label_name_length',
      );
    }
    case 'label_value_too_long': {
      const value = longest(labels.map((label) => label.value));
      const name = labels.find((label) => label.value === value)?.name ?? '';
      return mimirMessage(
        `received a series whose label value length exceeds the limit, label: '${shown(name)}', value: '${shown(value)}' (truncated) series: '${series}'`,
        'label-value-too-long',
        'max_label_value_length',
      );
    }
    case 'too_far_in_future':
      return mimirMessage(
        `received a sample whose timestamp is too far in the future, series: '${series}'`,
        'too-far-in-future',
        'creation_grace_period',
      );
    case 'too_far_in_past':
      return mimirMessage(
        `received a sample whose timestamp is too far in the past, series: '${series}'`,
        'too-far-in-past',
        'past_grace_period',
      );
    case 'max_series_per_user':
      return mimirMessage(
        `per-user series limit of ${metrics.max_global_series_per_user} exceeded, series: '${series}'`,
        'max-series-per-user',
        'max_global_series_per_user',
      );
    case 'max_native_histogram_buckets':
      return mimirMessage(
        `received a native histogram sample with too many buckets, series: '${series}', limit: ${metrics.max_native_histogram_buckets}`,
        'max-native-histogram-buckets',
        'max_native_histogram_buckets',
      );
    default:
      return mimirValidation(reason, labels);
  }
}

export function metadataMessage(): string {
  return mimirMessage(
    'received a metric metadata whose metric name or unit length exceeds the limit',
    'metric-name-too-long',
    'max_metadata_length',
  );
}

function mimirValidation(reason: string, labels: Labels): string | undefined {
  const series = shown(formatLabels(labels));
  switch (reason) {
    case 'missing_metric_name':
      return `received series has no metric name, series: '${series}' (err-mimir-missing-metric-name)`;
    case 'metric_name_invalid': {
      const name = labels.find((label) => label.name === '__name__')?.value ?? '';
      return `received a series with invalid metric name: '${shown(name)}' (err-mimir-metric-name-invalid)`;
    }
    case 'label_name_invalid':
      return `received a series with an invalid label, series: '${series}' (err-mimir-label-invalid)`;
    case 'duplicate_label_names':
      return `received a series with duplicate label name, series: '${series}' (err-mimir-duplicate-label-names)`;
    default:
      return undefined;
  }
}

function longest(texts: readonly string[]): string {
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

export function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
