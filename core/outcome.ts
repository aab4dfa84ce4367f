/**
 * Why something was not taken, as one tagged union. A reason is snake_case and the same text in code, metric labels,
 * logs and docs. `outcomeStatus` is the one exhaustive switch from reason to HTTP status.
 */
export type Reason =
  // authentication and admission
  | 'unauthenticated'
  | 'forbidden_scope'
  | 'unsupported_media_type'
  | 'body_too_large'
  | 'rate_limited'
  | 'auth_unavailable'
  // decoding
  | 'malformed_compression'
  | 'malformed_protobuf'
  | 'malformed_json'
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
      return 413;
    case 'unsupported_media_type':
      return 415;
    case 'rate_limited':
    case 'outbox_full':
      return 429;
    case 'malformed_compression':
    case 'malformed_protobuf':
    case 'malformed_json':
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
    case 'destination_rejected':
      return 400;
    case 'auth_unavailable':
    case 'no_pipeline':
    case 'pipeline_invalid':
    case 'no_receiver':
    case 'destination_unavailable':
    case 'outbox_unavailable':
    case 'internal':
      return 503;
  }
}
