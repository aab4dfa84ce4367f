/**
 * Since when a spool does not take what it is given, for the health of the component that writes to it. The text changes
 * with the trouble only, so that "since" is right for those who watch it.
 */
import type { Health } from '../../core/alloy/component.ts';

export type TroubleKind = 'full' | 'unavailable';

const CONSEQUENCES: Readonly<Record<TroubleKind, string>> = {
  full: 'the spool is full: metrics are dropped and counted, everything else waits at its source',
  unavailable: 'the spool cannot be written: metrics wait in memory, up to 8 MiB, everything else at its source',
};

export class SpoolTrouble {
  readonly #destinationId: string;
  readonly #nowMs: () => number;
  #current: { readonly kind: TroubleKind; readonly message: string } | undefined;

  constructor(destinationId: string, nowMs: () => number) {
    this.#destinationId = destinationId;
    this.#nowMs = nowMs;
  }

  get kind(): TroubleKind | undefined {
    return this.#current?.kind;
  }

  /** True when this is news. */
  begin(kind: TroubleKind, error: string): boolean {
    if (this.#current?.kind === kind) return false;
    const since = new Date(this.#nowMs()).toISOString();
    const message = `degraded since ${since}: ${this.#destinationId}: ${CONSEQUENCES[kind]}: ${error}`;
    this.#current = { kind, message };
    return true;
  }

  /** True when there was trouble until now. */
  end(): boolean {
    const ended = this.#current !== undefined;
    this.#current = undefined;
    return ended;
  }

  get health(): Health | undefined {
    return this.#current && { state: 'unhealthy', message: this.#current.message };
  }
}
