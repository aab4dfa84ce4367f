/**
 * A client that behaves as an agent does: one push at a time, the same bytes again until they are acknowledged. It
 * remembers what was acknowledged, and how many attempts ended without an answer that said so: those may have arrived too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { push } from '../support/remote-write-client.ts';

export class AcknowledgedPusher {
  readonly series: string;
  /** Timestamps in order. */
  readonly acknowledged: number[] = [];
  unanswered = 0;
  readonly #url: string;
  readonly #token: string;
  #timestampMs: number;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(url: string, token: string, name: string, startMs: number) {
    this.#url = url;
    this.#token = token;
    this.series = `{__name__="${name}", job="faults"}`;
    this.#timestampMs = startMs;
    this.#labels = { __name__: name, job: 'faults' };
  }

  readonly #labels: Record<string, string>;

  start(): void {
    this.#running = this.#run();
  }

  /** Returns once the push under way is acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const timestampMs = (this.#timestampMs += 10);
      await this.#pushUntilTaken(timestampMs);
      this.acknowledged.push(timestampMs);
    }
  }

  async #pushUntilTaken(timestampMs: number): Promise<void> {
    for (;;) {
      try {
        const response = await push(this.#url, this.#token, [
          { labels: this.#labels, value: timestampMs, timestampMs },
        ]);
        await response.arrayBuffer();
        if (response.ok) return;
        if (response.status < 429) throw new Error(`the gateway refused a good push with ${response.status}`);
      } catch (error) {
        if (error instanceof Error && error.message.includes('refused a good push')) throw error;
      }
      this.unanswered++;
      await sleep(20);
    }
  }
}
