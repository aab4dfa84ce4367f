/**
 * Pushes of the last moments, kept for dry runs while one asks for them and forgotten soon after. In memory only. When
 * nobody asks there is nothing here, and leases tell isolates nothing.
 */
import type { LiveSample } from '../dry-run/live-sample.ts';

export const MAX_SAMPLES = 100;
export const MAX_SAMPLES_BYTES = 4 * 1024 * 1024;
/** After the window, for whoever asked to come and take them. */
const KEPT_MS = 15_000;

interface Kept {
  readonly sequence: number;
  readonly sample: LiveSample;
}

export interface CollectedSamples {
  readonly samples: readonly LiveSample[];
  /** Of the newest of them: what comes later is that after this number. */
  readonly last: number;
  /** Nothing more is taken: there is enough. */
  readonly full: boolean;
}

export class LiveSamples {
  readonly #kept: Kept[] = [];
  #bytes = 0;
  #untilMs = 0;
  #sequence = 0;
  /** Since somebody asked last: nobody's wish is filled with what came before it. */
  #taken = { samples: 0, bytes: 0 };

  /** Begins to collect, or goes on for longer. What comes from now on is that after the number that is returned. */
  ask(forMs: number, nowMs: number): number {
    this.#forget(nowMs);
    this.#untilMs = Math.max(this.#untilMs, nowMs + forMs);
    this.#taken = { samples: 0, bytes: 0 };
    return this.#sequence;
  }

  /** For how long isolates are to send samples; 0: nobody asks, or there are enough. */
  wantedMs(nowMs: number): number {
    if (this.#untilMs === 0) return 0;
    this.#forget(nowMs);
    return this.#isFull() ? 0 : Math.max(0, this.#untilMs - nowMs);
  }

  /** The oldest make room: whoever asked for them has had the time of a whole sample to take them. */
  add(sample: LiveSample, nowMs: number): void {
    if (nowMs > this.#untilMs || this.#isFull()) return;
    this.#kept.push({ sequence: ++this.#sequence, sample });
    this.#bytes += sample.bytes;
    this.#taken = { samples: this.#taken.samples + 1, bytes: this.#taken.bytes + sample.bytes };
    while (this.#kept.length > MAX_SAMPLES || (this.#bytes > MAX_SAMPLES_BYTES && this.#kept.length > 1)) {
      this.#bytes -= this.#kept.shift()?.sample.bytes ?? 0;
    }
  }

  after(sequence: number, nowMs: number): CollectedSamples {
    this.#forget(nowMs);
    const samples = this.#kept.filter((kept) => kept.sequence > sequence).map(({ sample }) => sample);
    return { samples, last: Math.max(sequence, this.#kept.at(-1)?.sequence ?? 0), full: this.#isFull() };
  }

  #isFull(): boolean {
    return this.#taken.samples >= MAX_SAMPLES || this.#taken.bytes >= MAX_SAMPLES_BYTES;
  }

  #forget(nowMs: number): void {
    if (nowMs <= this.#untilMs + KEPT_MS && this.#untilMs - nowMs < 60_000) return;
    this.#kept.length = 0;
    this.#bytes = 0;
    this.#untilMs = 0;
  }
}
