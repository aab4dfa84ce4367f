/** The series and streams that this isolate has seen of each tenant. Plain data only: nothing here belongs to one request. */
import { type ActiveStatus, type FingerprintCursor, SeenMembers } from '../../core/limits/active-members.ts';
import { StreamLimits } from '../../core/limits/stream-limits.ts';
import type { ActiveKind } from './messages.ts';

/** Each holds a sketch of 16 kB for each kind and 12 bytes a member; those not used for longest are forgotten. */
const MAX_TENANTS = 64;

export class ActiveState {
  readonly streamLimits = new StreamLimits();
  readonly #members = new Map<ActiveKind, SeenMembers>();
  /** The tenant's own, from its hub; 0 before it is known. */
  hashSeed = 0;

  /** Ready for a run of `admit`. */
  members(kind: ActiveKind, limit: number, nowMs: number): SeenMembers {
    let members = this.#members.get(kind);
    if (members === undefined) this.#members.set(kind, (members = new SeenMembers(nowMs)));
    members.turn(nowMs);
    members.limit = limit;
    return members;
  }

  cursors(): Partial<Record<ActiveKind, FingerprintCursor>> {
    return Object.fromEntries([...this.#members].map(([kind, members]) => [kind, members.cursor()]));
  }

  install(statuses: Readonly<Partial<Record<ActiveKind, ActiveStatus>>>): void {
    for (const [kind, members] of this.#members) {
      const status = statuses[kind];
      if (status !== undefined) members.install(status);
    }
  }

  /** For the hub; `lost` when it did not arrive. */
  report() {
    const reports = [...this.#members].flatMap(([kind, members]) => {
      const report = members.report();
      return report === undefined ? [] : [[kind, report] as const];
    });
    return Object.fromEntries(reports);
  }

  reportLost(): void {
    for (const members of this.#members.values()) members.reportLost();
  }
}

const states = new Map<string, ActiveState>();

export function activeState(tenant: string): ActiveState {
  const state = states.get(tenant) ?? new ActiveState();
  states.delete(tenant);
  states.set(tenant, state);
  if (states.size > MAX_TENANTS) states.delete(states.keys().next().value as string);
  return state;
}

export function knownActiveState(tenant: string): ActiveState | undefined {
  return states.get(tenant);
}
