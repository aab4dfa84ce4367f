/**
 * What the platform counts, what of it is free, and what the rest costs. From the pages named below, read 2026-11-22. Prices
 * change: compare them with your bill.
 */
export const PRICES_READ_ON = '2026-11-22';
export const PRICE_PAGES = [
  'https://developers.cloudflare.com/workers/platform/pricing/',
  'https://developers.cloudflare.com/durable-objects/platform/pricing/',
] as const;

export const METERS = [
  'worker_requests',
  'cpu_ms',
  'object_requests',
  'object_gb_seconds',
  'rows_read',
  'rows_written',
  'storage_bytes',
] as const;

export type Meter = (typeof METERS)[number];

/** Amounts of one day; storage is what lies there at the end of it. */
export type Usage = Readonly<Record<Meter, number>>;

const GB = 1e9;

/** A day's worth; beyond it operations fail until 00:00 UTC. CPU is bounded by request, 10 ms, and not by day. */
export const FREE_PER_DAY: Readonly<Partial<Record<Meter, number>>> = {
  worker_requests: 100_000,
  object_requests: 100_000,
  object_gb_seconds: 13_000,
  rows_read: 5_000_000,
  rows_written: 100_000,
  storage_bytes: 5 * GB,
};

export const PAID_BASE_PER_MONTH = 5;

/** What $5 a month include, and dollars for `per` more. */
export const PAID_PER_MONTH: Readonly<
  Record<Meter, { readonly included: number; readonly dollars: number; readonly per: number }>
> = {
  worker_requests: { included: 10e6, dollars: 0.3, per: 1e6 },
  cpu_ms: { included: 30e6, dollars: 0.02, per: 1e6 },
  object_requests: { included: 1e6, dollars: 0.15, per: 1e6 },
  object_gb_seconds: { included: 400_000, dollars: 12.5, per: 1e6 },
  rows_read: { included: 25e9, dollars: 0.001, per: 1e6 },
  rows_written: { included: 50e6, dollars: 1, per: 1e6 },
  storage_bytes: { included: 5 * GB, dollars: 0.2, per: GB },
};

/** An object is billed for this much memory whatever it uses, while it works or waits for an answer; idle is free. */
export const OBJECT_GB = 0.128;

export function monthlyDollars(month: Usage): number {
  const extra = METERS.map((meter) => {
    const { included, dollars, per } = PAID_PER_MONTH[meter];
    return (Math.max(0, month[meter] - included) / per) * dollars;
  });
  return extra.reduce((sum, dollars) => sum + dollars, PAID_BASE_PER_MONTH);
}
