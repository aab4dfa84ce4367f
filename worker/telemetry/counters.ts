/**
 * What this isolate did since it started, as Prometheus counters. Cloudflare runs many isolates and each counts for
 * itself; the exact sums per tenant are in its hub. No tenant appears here: the page is public.
 */
import type { Signal } from '../../core/pipeline/signals.ts';

const FAMILIES = {
  spillway_received_items_total: 'Samples, lines and spans that arrived in pushes and were decoded.',
  spillway_received_bytes_total: 'Bytes of push bodies as they arrived.',
  spillway_delivered_items_total: 'Items a destination took, counted per destination.',
  spillway_queued_items_total: 'Items committed to an outbox, counted per destination.',
  spillway_rejected_items_total: 'Items refused for good, by reason: invalid ones, or refused by a destination.',
  spillway_dropped_items_total: 'Items dropped on purpose, by reason: by the pipeline, or too old.',
  spillway_push_responses_total: 'Answers to pushes by status code.',
} as const;

export type CounterName = keyof typeof FAMILIES;

const values = new Map<CounterName, Map<string, number>>();

export function count(name: CounterName, amount: number, labels: Readonly<Record<string, string>>): void {
  if (amount === 0) return;
  const key = Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',');
  let family = values.get(name);
  if (family === undefined) values.set(name, (family = new Map()));
  family.set(key, (family.get(key) ?? 0) + amount);
}

export function countItems(
  name: Exclude<CounterName, 'spillway_push_responses_total'>,
  amount: number,
  signal: Signal,
  reason?: string,
): void {
  count(name, amount, reason === undefined ? { signal } : { signal, reason });
}

/** Text exposition format 0.0.4. Label values are our own words and need no escaping. */
export function renderCounters(): string {
  const lines: string[] = [];
  for (const [name, help] of Object.entries(FAMILIES)) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
    for (const [labels, value] of values.get(name as CounterName) ?? []) lines.push(`${name}{${labels}} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}
