/** The running loops of one `prometheus.scrape`: follows the list of targets as discovery changes it. */
import type { StopSignal } from '../../core/alloy/component.ts';
import { ScrapeLoop, type ScrapeParts } from './loop.ts';
import type { ScrapeTarget } from './target.ts';

export class ScrapePool {
  readonly #parts: ScrapeParts;
  readonly #loops = new Map<string, ScrapeLoop>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #targets: readonly ScrapeTarget[] = [];
  #started = false;

  constructor(parts: ScrapeParts) {
    this.#parts = parts;
  }

  get loops(): readonly ScrapeLoop[] {
    return [...this.#loops.values()];
  }

  /** Targets that stay keep their loop, and with it what they exposed last. */
  setTargets(targets: readonly ScrapeTarget[]): void {
    this.#targets = targets;
    if (this.#started) this.#apply();
  }

  async run(signal: StopSignal): Promise<void> {
    this.#started = true;
    this.#apply();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', resolve, { once: true });
    });
    this.#stop.abort();
    await Promise.allSettled([...this.#running]);
  }

  #apply(): void {
    const wanted = new Map(this.#targets.map((target) => [target.key, target]));
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue;
      this.#loops.delete(key);
      loop.remove();
    }
    for (const [key, target] of wanted) {
      if (this.#loops.has(key)) continue;
      const loop = new ScrapeLoop(target, this.#parts);
      this.#loops.set(key, loop);
      const running = loop.run(this.#stop.signal, () => this.#loops.has(key));
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    }
  }
}
