/** What works on log lines besides loki.process and loki.relabel. */
import { body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { logsReceiver } from '../../core/pipeline/capsules.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

export const lokiProcessorsComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'loki.echo',
    summary: "Writes log lines to the agent's own log.",
    schema: body({}),
    exports: { receiver: 'LogsReceiver' },
  }),
  declareComponent({
    name: 'loki.enrich',
    summary: 'Adds labels of matching targets to log lines.',
    stability: 'experimental',
    schema: body({
      targets: required(t.targets),
      target_match_label: required(t.string),
      forward_to: required(t.list(logsReceiver)),
      logs_match_label: optional(t.string),
      labels_to_copy: optional(t.list(t.string)),
    }),
    exports: { receiver: 'LogsReceiver' },
  }),
  declareComponent({
    name: 'loki.secretfilter',
    summary: 'Replaces secrets in log lines.',
    stability: 'public-preview',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      origin_label: optional(t.string),
      redact_with: optional(t.string),
      redact_percent: withDefault(t.uint, 80),
      gitleaks_config: optional(t.string),
      rate: withDefault(t.float, 1),
      processing_timeout: withDefault(t.duration, 0, { text: '0s' }),
      drop_on_timeout: withDefault(t.bool, false),
      label_timed_out: withDefault(t.bool, false),
    }),
    exports: { receiver: 'LogsReceiver' },
  }),
];
