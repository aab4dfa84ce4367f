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
  spillway_outbox_pauses_total: 'Outboxes that paused because of a refusal that only people can end, by reason.',
  spillway_push_responses_total: 'Answers to pushes by status code.',
} as const;

export type CounterName = keyof typeof FAMILIES;

/** By the text of the labels. */
const values = new Map<CounterName, Map<string, number>>();

export function count(name: CounterName, amount: number, labels: Readonly<Record<string, string>>): void {
  if (amount === 0) return;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  add(name, pairs.join(','), amount);
}

/** Several times a push, so the text is not made anew where it is only the signal. */
export function countItems(name: CounterName, amount: number, signal: Signal | 'batch', reason?: string): void {
  if (amount === 0) return;
  add(name, reason === undefined ? SIGNAL_LABELS[signal] : `${SIGNAL_LABELS[signal]},reason="${reason}"`, amount);
}

const SIGNAL_LABELS: Readonly<Record<Signal | 'batch', string>> = {
  metrics: 'signal="metrics"',
  logs: 'signal="logs"',
  traces: 'signal="traces"',
  profiles: 'signal="profiles"',
  batch: 'signal="batch"',
};

function add(name: CounterName, labels: string, amount: number): void {
  let family = values.get(name);
  if (family === undefined) values.set(name, (family = new Map()));
  family.set(labels, (family.get(labels) ?? 0) + amount);
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
