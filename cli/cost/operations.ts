/** Operations that the platform counts, for each event of the gateway. Measured: worker/operations.test.ts holds them. */

export interface Operations {
  /** Calls of Durable Objects and their alarms. */
  readonly objectRequests: number;
  readonly rowsRead: number;
  /** Rows deleted and alarms set among them. */
  readonly rowsWritten: number;
}

export const OPERATIONS = {
  /** An agent's batch: one call of the hub, which takes the report of the push before along and writes nothing. */
  push: { objectRequests: 1, rowsRead: 0, rowsWritten: 0 },
  /** The hub writes down what it has in memory, with a report that comes. */
  snapshot: { objectRequests: 0, rowsRead: 1, rowsWritten: 1 },
  /** The same by an alarm, because it may be dropped from memory before another report comes. */
  quietSnapshot: { objectRequests: 1, rowsRead: 1, rowsWritten: 2 },
  /** The usage of the day becomes a row. After 400 days another one is deleted for it. */
  dayEnd: { objectRequests: 0, rowsRead: 1, rowsWritten: 1 },
  hubWake: { objectRequests: 0, rowsRead: 6, rowsWritten: 0 },
  /** And a row for each payload that came since the last attempt. */
  outboxWake: { objectRequests: 0, rowsRead: 14, rowsWritten: 0 },
  /** On top of the push. */
  storedPayload: { objectRequests: 1, rowsRead: 1, rowsWritten: 1 },
  /** The alarm, what it notes, and its report to the hub. */
  refusedAttempt: { objectRequests: 2, rowsRead: 16, rowsWritten: 5 },
  /** A hundred small payloads in one request, with what the slice costs. */
  drainedPayload: { objectRequests: 0.04, rowsRead: 4.16, rowsWritten: 1.08 },
  /** The cron sweep asks an outbox that waits, and that one tells the hub. */
  sweepVisit: { objectRequests: 2, rowsRead: 0, rowsWritten: 0 },
} as const satisfies Record<string, Operations>;
