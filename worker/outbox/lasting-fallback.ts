/**
 * That a receiver takes remote write 1.0 only, remembered over restarts: otherwise each wake of the object would send the
 * backlog's head twice. By a hash of the URL, because an outbox stores no addresses.
 */
import { sha256Hex } from '../../core/bytes/sha256.ts';
import { type FallbackStore, fallbackLasts, fallbackLastsMs } from '../../core/delivery/fallback.ts';
import type { OutboxSettings } from './settings.ts';

export class LastingFallback implements FallbackStore {
  readonly #settings: OutboxSettings;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
  }

  has(url: string, nowMs: number): boolean {
    const known = this.#settings.get('fallback');
    return known !== undefined && known.urlSha256 === sha256Hex(url) && fallbackLasts(known.untilMs, nowMs);
  }

  remember(url: string, nowMs: number): void {
    this.#settings.set('fallback', { urlSha256: sha256Hex(url), untilMs: nowMs + fallbackLastsMs });
  }
}
