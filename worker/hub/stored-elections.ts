/** Elections of replicas, kept over the end of the object, so that a restart changes no replica. */
import { type Election, HaElections } from '../../core/limits/ha-elections.ts';
import { maxLeaseMs } from '../../core/limits/lease.ts';
import type { TenantLimits } from '../../core/limits/tenant-limits.ts';
import type { HaAnswer, Replica } from './messages.ts';

export class StoredElections {
  readonly #sql: SqlStorage;
  readonly #elections: HaElections;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const stored = sql
      .exec<{ cluster: string; replica: string; received_at_ms: number }>('SELECT * FROM elections')
      .toArray()
      .map((row) => ({ cluster: row.cluster, replica: row.replica, receivedAtMs: row.received_at_ms }));
    this.#elections = new HaElections(stored);
  }

  /** A push of this replica has come. */
  decide({ cluster, replica }: Replica, { metrics }: TenantLimits, nowMs: number): HaAnswer {
    for (const old of this.#elections.forget(nowMs)) this.#sql.exec('DELETE FROM elections WHERE cluster = ?', old);
    const updateTimeoutMs = metrics.ha_tracker_update_timeout;
    const failoverTimeoutMs = metrics.ha_tracker_failover_timeout;
    const settings = { maxClusters: metrics.ha_max_clusters, updateTimeoutMs, failoverTimeoutMs };
    const decision = this.#elections.decide(cluster, replica, settings, nowMs);
    if (decision.kind === 'too_many_clusters') return decision;
    if (decision.store !== undefined) this.#store(decision.store);
    // An isolate that believes longer than this would hide the elected replica's life, or its death.
    const validMs = Math.min(maxLeaseMs, updateTimeoutMs, failoverTimeoutMs / 2);
    return { kind: 'elected', replica: decision.replica, validMs };
  }

  list(): Election[] {
    return this.#elections.list();
  }

  #store({ cluster, replica, receivedAtMs }: Election): void {
    this.#sql.exec(
      `INSERT INTO elections (cluster, replica, received_at_ms) VALUES (?1, ?2, ?3)
       ON CONFLICT (cluster) DO UPDATE SET replica = ?2, received_at_ms = ?3`,
      cluster,
      replica,
      receivedAtMs,
    );
  }
}
