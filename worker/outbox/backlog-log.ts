/**
 * Two lines in the Worker's log for each outage of a destination, one when the backlog lasts and one when it is gone, for
 * who looks there first. A short backlog is no news, and a failing destination must not fill the log with every attempt.
 */
import type { QueueDepth } from '../../core/delivery/queue.ts';
import type { Trouble } from '../../core/delivery/verdict.ts';
import { log } from '../telemetry/log.ts';
import type { OutboxSettings } from './settings.ts';

const NEWS_AFTER_MS = 30_000;

export class BacklogLog {
  readonly #settings: OutboxSettings;
  /** Since when the backlog lasts that the log tells of; stored, because an outage outlives the object in memory. */
  #toldSinceMs: number | null;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
    this.#toldSinceMs = settings.get('backlogToldSinceMs') ?? null;
  }

  /** Called after a slice of draining and after a purge. */
  look(
    names: { tenant?: string; destination?: string },
    depth: QueueDepth,
    trouble: Trouble | undefined,
    nowMs: number,
  ) {
    const { payloads, bytes, oldestAtMs } = depth;
    if (this.#toldSinceMs === null && oldestAtMs !== undefined && nowMs - oldestAtMs >= NEWS_AFTER_MS) {
      const cause = trouble === undefined ? {} : { reason: trouble.reason, detail: trouble.detail };
      log('warn', 'outbox_backlog_began', { ...names, payloads, bytes, oldestAgeMs: nowMs - oldestAtMs, ...cause });
      this.#remember(oldestAtMs);
    } else if (this.#toldSinceMs !== null && payloads === 0) {
      log('info', 'outbox_backlog_ended', { ...names, lastedMs: nowMs - this.#toldSinceMs });
      this.#remember(null);
    }
  }

  #remember(toldSinceMs: number | null): void {
    this.#toldSinceMs = toldSinceMs;
    this.#settings.set('backlogToldSinceMs', toldSinceMs);
  }
}
