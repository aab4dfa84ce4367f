/**
 * The latest sequences of each agent that were answered 2xx, so that a batch sent again after a lost answer is a no-op.
 * A window, not a history: outside it a repeated batch is delivered again, which its destinations treat as the same data.
 */
import type { BatchKey } from './messages.ts';

/** Agents send in order with few in flight; a repeat is nearly always the latest. */
const SEQUENCES_PER_AGENT = 128;
const MAX_AGENTS = 5_000;

export class CompletedBatches {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  has({ agentId, sequence }: BatchKey): boolean {
    return this.#sequences(agentId).includes(sequence);
  }

  add(batches: readonly BatchKey[]): void {
    const byAgent = Map.groupBy(batches, (batch) => batch.agentId);
    for (const [agentId, added] of byAgent) {
      const all = [...this.#sequences(agentId), ...added.map((batch) => batch.sequence)];
      const latest = [...new Set(all)].slice(-SEQUENCES_PER_AGENT);
      this.#sql.exec(
        `INSERT INTO batches (agent_id, sequences) VALUES (?1, ?2) ON CONFLICT (agent_id) DO UPDATE SET sequences = ?2`,
        agentId,
        latest.join(' '),
      );
    }
    if (byAgent.size > 0) this.#forgetSurplus();
  }

  #sequences(agentId: string): string[] {
    const row = this.#sql
      .exec<{ sequences: string }>('SELECT sequences FROM batches WHERE agent_id = ?', agentId)
      .toArray()[0];
    return row === undefined ? [] : row.sequences.split(' ');
  }

  /** Agent ids are the sender's choice, so their number is bounded; those the console forgot go first. */
  #forgetSurplus(): void {
    const { agents } = this.#sql.exec<{ agents: number }>('SELECT count(*) AS agents FROM batches').one();
    if (agents <= MAX_AGENTS) return;
    this.#sql.exec(
      `DELETE FROM batches WHERE agent_id IN (
         SELECT b.agent_id FROM batches b LEFT JOIN agents a ON a.id = b.agent_id
         ORDER BY coalesce(a.last_seen_at_ms, 0) LIMIT ?)`,
      agents - MAX_AGENTS,
    );
  }
}
