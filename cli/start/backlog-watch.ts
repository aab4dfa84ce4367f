/** Tells when a destination falls behind and when its backlog has been delivered. */
import type { AdminClient } from '../admin/client.ts';
import { count, type Screen } from './screen.ts';
import { TENANT } from './tenant.ts';

const EVERY_MS = 2_000;

interface Outbox {
  readonly destination: string;
  readonly signal: string;
  readonly payloads: number;
  readonly items: number;
}

const ITEM_NAMES: Readonly<Record<string, string>> = {
  metrics: 'sample',
  logs: 'line',
  traces: 'span',
  profiles: 'profile',
};

export class BacklogWatch {
  readonly #client: AdminClient;
  readonly #screen: Screen;
  /** Destinations that are behind, with the most that was seen waiting. */
  readonly #behind = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: AdminClient, screen: Screen) {
    this.#client = client;
    this.#screen = screen;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#look()
        // A gateway that does not answer is told by who watches its process.
        .catch(() => {})
        .finally(() => {
          if (this.#timer) this.start();
        });
    }, EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const { outboxes } = await this.#client.json<{ outboxes: readonly Outbox[] }>(`tenants/${TENANT}/outboxes`);
    if (!this.#timer) return;
    for (const { destination, signal, payloads, items } of outboxes) {
      const most = this.#behind.get(destination);
      const name = ITEM_NAMES[signal] ?? 'item';
      if (payloads > 0) {
        if (most === undefined) this.#screen.event(`${destination} is behind: ${count(items, name)} waiting`, 'bad');
        this.#behind.set(destination, Math.max(most ?? 0, items));
      } else if (most !== undefined) {
        this.#behind.delete(destination);
        this.#screen.event(
          `${destination} has caught up: the backlog (${count(most, name)} at most) is delivered`,
          'good',
        );
      }
    }
  }
}
