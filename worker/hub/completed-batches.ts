/**
 * The latest sequences of each agent that were answered 2xx, so that a batch sent again after a lost answer is a no-op.
 * A window, not a history: outside it a repeated batch is delivered again, which its destinations treat as the same data.
 */
import type { BatchKey } from './messages.ts';

/** Agents send in order with few in flight; a repeat is nearly always the latest. */
const SEQUENCES_PER_AGENT = 128;
const MAX_AGENTS = 5_000;

export class CompletedBatches {
  /** In order of completion, sequences as well as agents. */
  readonly #sequences = new Map<string, number[]>();

  has({ agentId, sequence }: BatchKey): boolean {
    return this.#sequences.get(agentId)?.includes(Number(sequence)) ?? false;
  }

  add(batches: readonly BatchKey[]): void {
    for (const { agentId, sequence } of batches) {
      const known = this.#sequences.get(agentId) ?? [];
      if (known.includes(Number(sequence))) continue;
      this.#sequences.delete(agentId);
      this.#sequences.set(agentId, [...known, Number(sequence)].slice(-SEQUENCES_PER_AGENT));
    }
    this.#forgetSurplus();
  }

  /** `{"web-1":"5-132,134"}`: runs, because most sequences follow each other. */
  toStored(): Record<string, string> {
    return Object.fromEntries([...this.#sequences].map(([agentId, sequences]) => [agentId, formatRuns(sequences)]));
  }

  restore(stored: Readonly<Record<string, string>>): void {
    for (const [agentId, runs] of Object.entries(stored)) this.#sequences.set(agentId, parseRuns(runs));
  }

  /** Agent ids are the sender's choice, so their number is bounded; those that have completed nothing for longest go first. */
  #forgetSurplus(): void {
    for (const agentId of this.#sequences.keys()) {
      if (this.#sequences.size <= MAX_AGENTS) return;
      this.#sequences.delete(agentId);
    }
  }
}

function formatRuns(sequences: readonly number[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const sequence of sequences) {
    const run = runs.at(-1);
    if (run !== undefined && sequence === run.last + 1) run.last = sequence;
    else runs.push({ first: sequence, last: sequence });
  }
  return runs.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

function parseRuns(runs: string): number[] {
  return runs.split(',').flatMap((run) => {
    const [first = 0, last = first] = run.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
