/**
 * Counters of one destination. Where Alloy or Prometheus has a metric of the same meaning, that name is used as well,
 * so that dashboards for Alloy work; the `spillway_agent_*` ones are the exact ledger.
 */
import type { Destination } from '../../core/delivery/destination.ts';
import type { Signal } from '../../core/pipeline/signals.ts';
import type { DropReason, SpoolObserver } from '../spool/spool-types.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { MetricLabels, Telemetry } from '../telemetry/metrics.ts';

export class DeliveryMetrics implements SpoolObserver {
  readonly #telemetry: Telemetry;
  readonly #destination: Destination;
  readonly #logger: Logger;

  constructor(telemetry: Telemetry, destination: Destination, logger: Logger) {
    this.#telemetry = telemetry;
    this.#destination = destination;
    this.#logger = logger;
  }

  accepted(signal: Signal, items: number): void {
    this.#count('spillway_agent_accepted_items_total', 'Samples, lines, spans and profiles put on the spool.', items, {
      signal,
    });
  }

  delivered(signal: Signal, items: number): void {
    const help = 'Samples, lines, spans and profiles the destination took.';
    this.#count('spillway_agent_delivered_items_total', help, items, { signal });
    this.#countLikeAlloy(signal, items, 'sent');
  }

  rejected(signal: Signal, items: number, reason: string, detail: string): void {
    const help = 'Samples, lines, spans and profiles the destination refused for good.';
    this.#count('spillway_agent_rejected_items_total', help, items, { signal, reason });
    this.#countLikeAlloy(signal, items, 'failed', reason);
    this.#logger.error('the destination refused data for good', { signal, items, reason, err: detail });
  }

  dropped(signal: Signal, items: number, reason: DropReason | 'spool_unavailable'): void {
    const help = 'Samples, lines, spans and profiles given up on the way.';
    this.#count('spillway_agent_dropped_items_total', help, items, { signal, reason });
    this.#countLikeAlloy(signal, items, 'dropped', reason);
    this.#logger.warn('data was dropped', { signal, items, reason });
  }

  warning(message: string): void {
    this.#logger.warn(message);
  }

  attempted(outcome: string, items: number, signal: Signal, bytes: number): void {
    this.#count('spillway_agent_send_attempts_total', 'Requests to the destination by their outcome.', 1, { outcome });
    this.#count('spillway_agent_sent_bytes_total', 'Bytes of bodies sent to the destination, repeats included.', bytes);
    if (outcome === 'retry') this.#countLikeAlloy(signal, items, 'retried');
  }

  #count(name: string, help: string, amount: number, labels: MetricLabels = {}): void {
    const all = { destination: this.#destination.id, ...labels };
    this.#telemetry.counter(name, help, all, this.#destination.id).add(amount);
  }

  #countLikeAlloy(signal: Signal, items: number, what: 'sent' | 'failed' | 'dropped' | 'retried', reason = ''): void {
    const { componentId, id, url } = this.#destination;
    const name = alloyName(signal, what);
    if (name === undefined) return;
    const labels: Record<string, string> = { component_id: componentId };
    if (signal === 'metrics') Object.assign(labels, { remote_name: id, url: withoutCredentials(url) });
    if (signal === 'logs') labels.host = new URL(url).host;
    if (signal === 'profiles') labels.endpoint = withoutCredentials(url);
    if (what === 'dropped') labels.reason = reason;
    if ((signal === 'logs' || signal === 'profiles') && what === 'failed') labels.reason = reason;
    this.#telemetry.counter(name, ALLOY_HELP[what], labels, id).add(items);
  }
}

const ALLOY_HELP = {
  sent: 'Items sent to the destination.',
  failed: 'Items the destination refused with an error that is not worth a retry.',
  dropped: 'Items dropped before they were sent.',
  retried: 'Items that were sent again after an error.',
} as const;

function alloyName(signal: Signal, what: keyof typeof ALLOY_HELP): string | undefined {
  if (signal === 'metrics') {
    const suffix = { sent: '', failed: '_failed', dropped: '_dropped', retried: '_retried' }[what];
    return `prometheus_remote_storage_samples${suffix}_total`;
  }
  if (signal === 'logs') {
    if (what === 'retried') return undefined;
    return what === 'sent' ? 'loki_write_sent_entries_total' : 'loki_write_dropped_entries_total';
  }
  if (signal === 'profiles') return PYROSCOPE_NAMES[what];
  if (what === 'retried') return undefined;
  return what === 'sent' ? 'otelcol_exporter_sent_spans_total' : 'otelcol_exporter_send_failed_spans_total';
}

const PYROSCOPE_NAMES = {
  sent: 'pyroscope_write_sent_profiles_total',
  failed: 'pyroscope_write_dropped_profiles_total',
  dropped: 'pyroscope_write_dropped_profiles_total',
  retried: 'pyroscope_write_retries_total',
} as const;

function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
