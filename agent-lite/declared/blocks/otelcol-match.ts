/** The blocks by which processors choose spans, metrics and logs. */
import { block, blocks, body, optional, required, t, withDefault } from '../../../core/alloy/schema.ts';

export const attributeMatchSchema = body({ key: required(t.string), value: optional(t.any) });

export const regexpMatchSchema = body({
  cache_enabled: withDefault(t.bool, false),
  cache_max_num_entries: withDefault(t.int, 0),
});

export const severityMatchSchema = body({
  min: required(
    t.oneOf(
      'TRACE',
      'TRACE2',
      'TRACE3',
      'TRACE4',
      'DEBUG',
      'DEBUG2',
      'DEBUG3',
      'DEBUG4',
      'INFO',
      'INFO2',
      'INFO3',
      'INFO4',
      'WARN',
      'WARN2',
      'WARN3',
      'WARN4',
      'ERROR',
      'ERROR2',
      'ERROR3',
      'ERROR4',
      'FATAL',
      'FATAL2',
      'FATAL3',
      'FATAL4',
    ),
  ),
  match_undefined: required(t.bool),
});

export const libraryMatchSchema = body({ name: required(t.string), version: optional(t.string) });

export const matchPropertiesSchema = body({
  match_type: required(t.string),
  services: optional(t.list(t.string)),
  span_names: optional(t.list(t.string)),
  log_bodies: optional(t.list(t.string)),
  log_severity_texts: optional(t.list(t.string)),
  metric_names: optional(t.list(t.string)),
  span_kinds: optional(t.list(t.string)),
  regexp: block(regexpMatchSchema),
  log_severity: block(severityMatchSchema),
  attribute: blocks(attributeMatchSchema),
  resource: blocks(attributeMatchSchema),
  library: blocks(libraryMatchSchema),
});
