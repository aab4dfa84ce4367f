/** The sampling policies that tail sampling nests in each other. */
import { block, body, optional, required, t, withDefault } from '../../../core/alloy/schema.ts';
import { ottlErrorMode } from './otelcol.ts';

export const latencySchema = body({ threshold_ms: required(t.int), upper_threshold_ms: withDefault(t.int, 0) });

export const numericAttributeSchema = body({
  key: required(t.string),
  min_value: required(t.int),
  max_value: required(t.int),
  invert_match: withDefault(t.bool, false),
});

export const probabilisticSchema = body({ sampling_percentage: required(t.float), hash_salt: optional(t.string) });

export const statusCodeSchema = body({ status_codes: required(t.list(t.string)) });

export const stringAttributeSchema = body({
  key: required(t.string),
  values: required(t.list(t.string)),
  enabled_regex_matching: withDefault(t.bool, false),
  cache_max_size: withDefault(t.int, 0),
  invert_match: withDefault(t.bool, false),
});

export const rateLimitingSchema = body({ spans_per_second: required(t.int), burst_capacity: withDefault(t.int, 0) });

export const bytesLimitingSchema = body({ bytes_per_second: required(t.int), burst_capacity: withDefault(t.int, 0) });

export const spanCountSchema = body({ min_spans: required(t.int), max_spans: withDefault(t.int, 0) });

export const booleanAttributeSchema = body({
  key: required(t.string),
  value: required(t.bool),
  invert_match: withDefault(t.bool, false),
});

export const ottlConditionSchema = body({
  error_mode: required(ottlErrorMode),
  span: optional(t.list(t.string)),
  spanevent: optional(t.list(t.string)),
});

export const traceStateSchema = body({ key: required(t.string), values: required(t.list(t.string)) });

export const policyFields = {
  name: required(t.string),
  type: required(t.string),
  latency: block(latencySchema),
  numeric_attribute: block(numericAttributeSchema),
  probabilistic: block(probabilisticSchema),
  status_code: block(statusCodeSchema),
  string_attribute: block(stringAttributeSchema),
  rate_limiting: block(rateLimitingSchema),
  bytes_limiting: block(bytesLimitingSchema),
  span_count: block(spanCountSchema),
  boolean_attribute: block(booleanAttributeSchema),
  ottl_condition: block(ottlConditionSchema),
  trace_state: block(traceStateSchema),
} as const;

export const andSubPolicySchema = body(policyFields);
