/** How much waited in each outbox since this page was opened, so that a backlog is seen growing and draining. */
import type { Overview } from './api.ts';

/** Ten minutes of one point every two seconds. */
const MAX_POINTS = 300;

export class BacklogHistory {
  readonly #points = new Map<string, [atMs: number, items: number][]>();

  add(overview: Overview, nowMs: number): void {
    const present = new Set<string>();
    for (const tenant of overview.tenants) {
      for (const outbox of tenant.outboxes) {
        const key = JSON.stringify([tenant.name, outbox.destination, outbox.signal]);
        present.add(key);
        const points = this.#points.get(key) ?? [];
        points.push([nowMs, outbox.items]);
        if (points.length > MAX_POINTS) points.shift();
        this.#points.set(key, points);
      }
    }
    for (const key of this.#points.keys()) if (!present.has(key)) this.#points.delete(key);
  }

  /** Oldest first; empty where nothing has waited, for a flat line says less than none. */
  of(tenant: string, destination: string, signal: string): readonly (readonly [number, number])[] {
    const points = this.#points.get(JSON.stringify([tenant, destination, signal])) ?? [];
    return points.some(([, items]) => items > 0) ? points : [];
  }
}
