/** What an isolate knows of the elections of one tenant's replicas, for as long as the hub said that it holds. */
import { maxLeaseMs } from '../../core/limits/lease.ts';
import type { HaAnswer, Replica } from './messages.ts';

const MAX_ELECTIONS = 1_000;

interface KnownElection {
  readonly replica: string;
  readonly untilMs: number;
  /**
   * Until then the hub need not hear that the elected replica lives. Only its own pushes move it: those of the other one
   * renew what is known and would otherwise keep the elected one's from ever reaching the hub.
   */
  readonly heardUntilMs: number;
}

/** Nothing here holds for longer than a lease: what is further ahead was dated before the clock jumped back. */
export function isAhead(untilMs: number, nowMs: number): boolean {
  return nowMs < untilMs && untilMs - nowMs <= maxLeaseMs;
}

export class KnownElections {
  readonly #elections = new Map<string, KnownElection>();

  /** The replica that is taken, however long ago that was heard. */
  elected(ha: Replica | undefined): string | undefined {
    return ha && this.#elections.get(ha.cluster)?.replica;
  }

  /** Another replica is taken than that of the push. */
  isDuplicate(ha: Replica | undefined): boolean {
    const elected = this.elected(ha);
    return elected !== undefined && elected !== ha?.replica;
  }

  /** The hub need not be asked about this push. */
  isKnown(ha: Replica | undefined, nowMs: number): boolean {
    if (ha === undefined) return true;
    const election = this.#elections.get(ha.cluster);
    if (election === undefined || !isAhead(election.untilMs, nowMs)) return false;
    return election.replica !== ha.replica || isAhead(election.heardUntilMs, nowMs);
  }

  install({ cluster, replica }: Replica, answer: HaAnswer, nowMs: number): void {
    if (answer.kind !== 'elected') return;
    if (this.#elections.size >= MAX_ELECTIONS) this.#elections.clear();
    const untilMs = nowMs + answer.validMs;
    const before = this.#elections.get(cluster)?.heardUntilMs ?? 0;
    const heardUntilMs = replica === answer.replica ? untilMs : before;
    this.#elections.set(cluster, { replica: answer.replica, untilMs, heardUntilMs });
  }

  clear(): void {
    this.#elections.clear();
  }
}
