/**
 * Why something was not taken, as one tagged union. A reason is snake_case and the same text in code, metric labels,
 * logs and docs. `outcomeStatus` is the one exhaustive switch from reason to HTTP status.
 */
export type Reason =
  // authentication and admission
  | 'unauthenticated'
  | 'forbidden_scope'
  | 'unsupported_media_type'
  | 'missing_content_type'
  | 'body_too_large'
  | 'rate_limited'
  | 'too_many_requests'
  | 'auth_unavailable'
  | 'batch_undecided'
  // decoding
  | 'incomplete_body'
  | 'malformed_compression'
  | 'malformed_protobuf'
  | 'malformed_json'
  | 'malformed_thrift'
  | 'malformed_exposition'
  | 'malformed_line'
  | 'malformed_timestamp'
  | 'invalid_utf8'
  // validation
  | 'missing_metric_name'
  | 'metric_name_invalid'
  | 'label_name_invalid'
  | 'duplicate_label_names'
  | 'max_label_names_per_series'
  | 'label_name_too_long'
  | 'label_value_too_long'
  | 'invalid_labels'
  | 'no_valid_streams'
  | 'invalid_symbol_refs'
  | 'mixed_samples_and_histograms'
  | 'series_without_samples'
  | 'unsupported_temporality'
  | 'unsupported_format'
  | 'invalid_native_histogram_schema'
  | 'native_histogram_count_mismatch'
  | 'native_histogram_count_not_big_enough'
  | 'native_histogram_negative_count'
  | 'native_histogram_negative_bucket_count'
  | 'native_histogram_span_negative_offset'
  | 'native_histogram_spans_buckets_mismatch'
  | 'native_histogram_custom_buckets_mismatch'
  | 'native_histogram_custom_buckets_invalid'
  | 'native_histogram_custom_buckets_infinite'
  | 'invalid_grouping_key'
  | 'inconsistent_push'
  | 'invalid_span'
  | 'string_field'
  | 'relabel_budget_exceeded'
  | 'pipeline_output_too_large'
  | 'max_tenants_per_push'
  // limits of the tenant, named as Mimir, Loki and Pyroscope name why they discard
  | 'max_label_names_per_info_series'
  | 'max_native_histogram_buckets'
  | 'metadata_too_long'
  | 'too_far_in_future'
  | 'too_far_in_past'
  | 'max_series_per_user'
  | 'too_many_ha_clusters'
  | 'line_too_long'
  | 'greater_than_max_sample_age'
  | 'structured_metadata_too_large'
  | 'structured_metadata_too_many'
  | 'max_streams_per_push'
  | 'stream_limit'
  | 'per_stream_rate_limit'
  | 'profile_size_limit'
  // pipeline and delivery
  | 'no_pipeline'
  | 'pipeline_invalid'
  | 'no_receiver'
  | 'destination_rejected'
  | 'destination_unavailable'
  | 'outbox_full'
  | 'outbox_unavailable'
  | 'internal';

export interface Failure {
  readonly ok: false;
  readonly reason: Reason;
  /** For the sender: what is wrong and what to do. Never holds a secret, never a stack. */
  readonly message: string;
  /** When to come back, for 429 and 503. */
  readonly retryAfterSeconds?: number;
}

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

export type Outcome<T> = Success<T> | Failure;

export function success<T>(value: T): Success<T> {
  return { ok: true, value };
}

export function failure(reason: Reason, message: string, retryAfterSeconds?: number): Failure {
  return retryAfterSeconds === undefined
    ? { ok: false, reason, message }
    : { ok: false, reason, message, retryAfterSeconds };
}

/** Thrown by decoders deep in a walk and turned into a Failure at their boundary. */
export class OutcomeError extends Error {
  readonly failure: Failure;
  constructor(reason: Reason, message: string) {
    super(message);
    this.failure = failure(reason, message);
  }
}

export function outcomeStatus(reason: Reason): number {
  switch (reason) {
    case 'unauthenticated':
      return 401;
    case 'forbidden_scope':
      return 403;
    case 'body_too_large':
    case 'pipeline_output_too_large':
      return 413;
    case 'unsupported_media_type':
      return 415;
    case 'no_valid_streams':
      return 422;
    case 'rate_limited':
    case 'too_many_requests':
    case 'stream_limit':
    case 'per_stream_rate_limit':
    case 'outbox_full':
      return 429;
    case 'missing_content_type':
    case 'incomplete_body':
    case 'malformed_compression':
    case 'malformed_protobuf':
    case 'malformed_json':
    case 'malformed_thrift':
    case 'malformed_exposition':
    case 'malformed_line':
    case 'malformed_timestamp':
    case 'invalid_utf8':
    case 'missing_metric_name':
    case 'metric_name_invalid':
    case 'label_name_invalid':
    case 'duplicate_label_names':
    case 'max_label_names_per_series':
    case 'label_name_too_long':
    case 'label_value_too_long':
    case 'invalid_labels':
    case 'invalid_symbol_refs':
    case 'mixed_samples_and_histograms':
    case 'series_without_samples':
    case 'unsupported_temporality':
    case 'unsupported_format':
    case 'invalid_native_histogram_schema':
    case 'native_histogram_count_mismatch':
    case 'native_histogram_count_not_big_enough':
    case 'native_histogram_negative_count':
    case 'native_histogram_negative_bucket_count':
    case 'native_histogram_span_negative_offset':
    case 'native_histogram_spans_buckets_mismatch':
    case 'native_histogram_custom_buckets_mismatch':
    case 'native_histogram_custom_buckets_invalid':
    case 'native_histogram_custom_buckets_infinite':
    case 'invalid_grouping_key':
    case 'inconsistent_push':
    case 'invalid_span':
    case 'string_field':
    case 'relabel_budget_exceeded':
    case 'max_tenants_per_push':
    case 'max_label_names_per_info_series':
    case 'max_native_histogram_buckets':
    case 'metadata_too_long':
    case 'too_far_in_future':
    case 'too_far_in_past':
    case 'max_series_per_user':
    case 'too_many_ha_clusters':
    case 'line_too_long':
    case 'greater_than_max_sample_age':
    case 'structured_metadata_too_large':
    case 'structured_metadata_too_many':
    case 'max_streams_per_push':
    case 'profile_size_limit':
    case 'destination_rejected':
      return 400;
    case 'auth_unavailable':
    case 'batch_undecided':
    case 'no_pipeline':
    case 'pipeline_invalid':
    case 'no_receiver':
    case 'destination_unavailable':
    case 'outbox_unavailable':
    case 'internal':
      return 503;
  }
}
