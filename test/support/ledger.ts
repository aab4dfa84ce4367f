/**
 * The ledger: accepted = delivered + queued + rejected + dropped, per signal, after every test. Of an outbox it is exact. Of
 * a tenant it is exact once all reports have arrived at its hub, where no process died with reports of its own and every
 * push had one destination: items are counted once for each destination that they go to.
 */

export interface OutboxLedger {
  readonly accepted: number;
  readonly queued: number;
  readonly delivered: number;
  readonly rejected: number;
  readonly dropped: number;
}

/** As GET /admin/v1/overview has them, of one signal. */
export interface TenantTotals {
  readonly acceptedTotal: number;
  readonly rejectedTotal: number;
  readonly droppedTotal: number;
  readonly deliveredTotal: number;
}

/** Throws, with all the numbers, where the sum is wrong. */
export function checkOutboxLedger(
  outbox: { readonly items: number; readonly ledger: OutboxLedger },
  what = 'outbox',
): void {
  const { accepted, queued, delivered, rejected, dropped } = outbox.ledger;
  if (accepted === queued + delivered + rejected + dropped && queued === outbox.items) return;
  throw new Error(`the ledger of the ${what} does not add up: ${JSON.stringify(outbox)}`);
}

/**
 * `invalid`: items of acknowledged pushes that were refused before they were accepted, which are in the rejected ones.
 * `queued`: what waits in the tenant's outboxes of that signal now.
 */
export function checkTenantLedger(totals: TenantTotals, queued: number, invalid = 0): void {
  const { acceptedTotal, rejectedTotal, droppedTotal, deliveredTotal } = totals;
  if (acceptedTotal + invalid === deliveredTotal + queued + rejectedTotal + droppedTotal) return;
  throw new Error(`the tenant's ledger does not add up: ${JSON.stringify({ ...totals, queued, invalid })}`);
}
