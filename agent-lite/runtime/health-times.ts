/** Since when each component has been in its state: Alloy's API tells it, and a component only knows its state. */
import type { Health } from '../../core/alloy/component.ts';

export class HealthTimes {
  readonly #nowMs: () => number;
  #seen = new Map<string, { readonly key: string; readonly atMs: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Called after each load and whenever somebody looks: a change in between shows the time of the look after it. */
  note(healths: readonly { readonly id: string; readonly health: Health }[]): void {
    const next = new Map<string, { readonly key: string; readonly atMs: number }>();
    for (const { id, health } of healths) {
      const key = `${health.state} ${health.message}`;
      const known = this.#seen.get(id);
      next.set(id, known?.key === key ? known : { key, atMs: this.#nowMs() });
    }
    this.#seen = next;
  }

  since(id: string): number {
    return this.#seen.get(id)?.atMs ?? this.#nowMs();
  }
}
