/**
 * One person watching one component. Takes a random share of what passes, and never more than a browser can show: what is
 * above the bounds is counted, told and left out, so that watching cannot slow the pipeline down or fill its memory.
 */
import type { Clock } from '../runtime/clock.ts';

const MAX_EVENTS_PER_SECOND = 500;
/** Looking at a series costs a run of the rules even when it turns out not to reach the component. */
const MAX_LOOKS_PER_SECOND = 2000;
const MAX_EVENT_LENGTH = 16 * 1024;

export interface DebugStreamOptions {
  readonly componentId: string;
  /** 0 to 1. */
  readonly sampleProbability: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** False when the reader is too slow for one more. */
  readonly send: (text: string) => boolean;
}

export class DebugStream {
  readonly componentId: string;
  readonly #options: DebugStreamOptions;
  #second = -1;
  #events = 0;
  #looks = 0;
  /** Events of this second that were not shown because there were too many. */
  #skipped = 0;

  constructor(options: DebugStreamOptions) {
    this.componentId = options.componentId;
    this.#options = options;
  }

  /** Whether to make the text of one more event. */
  wants(): boolean {
    const { clock, random, sampleProbability } = this.#options;
    if (sampleProbability < 1 && random() >= sampleProbability) return false;
    const second = Math.floor(clock.monotonicMs() / 1000);
    if (second !== this.#second) {
      this.#tellSkipped();
      this.#second = second;
      this.#events = 0;
      this.#looks = 0;
    }
    if (this.#events < MAX_EVENTS_PER_SECOND && this.#looks < MAX_LOOKS_PER_SECOND) {
      this.#looks++;
      return true;
    }
    this.#skipped++;
    return false;
  }

  push(text: string): void {
    this.#events++;
    const shown = text.length > MAX_EVENT_LENGTH ? `${text.slice(0, MAX_EVENT_LENGTH)}…` : text;
    if (!this.#options.send(shown)) this.#skipped++;
  }

  /** With the first event of a later second, so that nobody takes a part for the whole. */
  #tellSkipped(): void {
    if (this.#skipped > 0 && this.#options.send(`(${this.#skipped} more in a second, not shown)`)) this.#skipped = 0;
  }
}
