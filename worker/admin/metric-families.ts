/** The families of GET /admin/v1/metrics. docs/metrics.md lists them; a test holds page and code together. */
import type { FamilyInfo } from '../telemetry/exposition.ts';

const counter = (help: string): FamilyInfo => ({ type: 'counter', help });
const gauge = (help: string): FamilyInfo => ({ type: 'gauge', help });

export const METRIC_FAMILIES = {
  spillway_outbox_payloads: gauge('Payloads that wait for the destination.'),
  spillway_outbox_bytes: gauge('Bytes of payloads that wait.'),
  spillway_outbox_max_bytes: gauge('Quota of the outbox: pushes that would exceed it are answered 429.'),
  spillway_outbox_items: gauge('Samples, lines, spans or profiles that wait.'),
  spillway_outbox_oldest_age_seconds: gauge('How long the oldest payload has waited; 0 while nothing waits.'),
  spillway_outbox_paused: gauge(
    '1 while the destination says that its configuration is wrong: its data is kept and tried every five minutes.',
  ),
  spillway_outbox_held: gauge('1 while an operator has paused it: nothing is sent until someone resumes it.'),
  spillway_outbox_failing: gauge('1, with the reason, while the destination does not take what waits.'),
  spillway_outbox_send_attempts_total: counter('Requests that the outbox has sent to its destination.'),
  spillway_outbox_splits_total: counter('Payloads that were cut because the destination found them too large.'),
  spillway_outbox_dead_letters_total: counter('Payloads that the destination refused for good, or that got too old.'),
  spillway_outbox_dead_letters_kept: gauge('Dead letters that are kept for inspection and another try.'),
  spillway_outbox_accepted_items_total: counter('Items that were committed to the outbox.'),
  spillway_outbox_delivered_items_total: counter('Items of the outbox that the destination took.'),
  spillway_outbox_rejected_items_total: counter('Items of the outbox that the destination refused for good.'),
  spillway_outbox_dropped_items_total: counter('Items of the outbox that got too old or that an operator purged.'),
  spillway_tenant_accepted_items_total: counter('Items of pushes that were answered 2xx, without the rejected ones.'),
  spillway_tenant_delivered_items_total: counter('Items that destinations took, counted per destination.'),
  spillway_tenant_queued_items_total: counter('Items that were committed to outboxes, counted per destination.'),
  spillway_tenant_rejected_items_total: counter('Items refused for good: invalid ones, or refused by a destination.'),
  spillway_tenant_dropped_items_total: counter('Items dropped on purpose: by the pipeline, too old, or purged.'),
  spillway_tenant_refused_pushes_total: counter(
    'Pushes refused as a whole, by reason; what is in them is in no other count.',
  ),
  spillway_tenant_active_series: gauge('Estimated series of the last 10 to 20 minutes.'),
  spillway_tenant_active_streams: gauge('Estimated log streams of the last 10 to 20 minutes.'),
  spillway_agent_last_seen_age_seconds: gauge('Time since the agent pushed, for agents heard of in the last 24 hours.'),
  spillway_tenants: gauge('Tenants of the gateway.'),
  spillway_metrics_left_off: gauge('What this answer leaves off because of its limits; ask with ?tenant= for less.'),
  spillway_metrics_unanswered: gauge('Objects that did not answer, so that their series are not in this answer.'),
} as const satisfies Readonly<Record<string, FamilyInfo>>;

export type MetricName = keyof typeof METRIC_FAMILIES;
