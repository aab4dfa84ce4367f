/** What a day costs in operations: a normal one, and one with an outage of every destination. Pure arithmetic. */
import { OPERATIONS, type Operations } from './operations.ts';
import { FREE_PER_DAY, METERS, type Meter, OBJECT_GB, type Usage } from './prices.ts';

export interface Fleet {
  readonly hosts: number;
  readonly pushIntervalSeconds: number;
  /** Each gets everything. */
  readonly destinations: number;
  /** Of each host, in one push. */
  readonly series: number;
  /** Of the platform that the pushes are spread over; each has its own lease and its own report. */
  readonly isolates: number;
  /** 0 on a normal day. */
  readonly outageSeconds: number;
}

const DAY_SECONDS = 86_400;
/** The cron trigger of wrangler.toml. */
const SWEEPS = DAY_SECONDS / 60;

/**
 * CPU of workerd on the machine of docs/benchmarks.md, in the setting of its tables `gateway` and `spill`: a push of one sample
 * is what a push costs, one of 2,028 says what a sample adds. Storing costs more than sending, draining comes on top.
 */
const CPU_MS_PER_PUSH = 0.47;
const CPU_US_PER_SAMPLE = 0.24;
const CPU_MS_PER_STORED_PUSH = 0.25;
const CPU_US_PER_DRAINED_SAMPLE = 0.1;
/** A sample of node_exporter in a snappy body, of the same benchmark: 38,800 bytes for 2,028. */
const BYTES_PER_SAMPLE = 19.2;

/** worker/hub/report-buffer.ts and snapshot.ts. */
const REPORT_DELAY_SECONDS = 20;
const SNAPSHOT_EVERY_SECONDS = 30;
const QUIET_SNAPSHOT_EVERY_SECONDS = 8;
const BUSY_GAP_SECONDS = 5;
const QUIET_FOR_SECONDS = 15;

/** How long objects work or wait: assumed, and generous; a push waits for nothing else in the hub than its own turn. */
const HUB_CALL_SECONDS = 0.01;
const STORE_SECONDS = 0.02;
/** A destination that hangs is given up after this long; one that refuses answers at once. */
const HANGING_ATTEMPT_SECONDS = 10;
const DRAIN_SECONDS_PER_PAYLOAD = 0.02;
/** worker/destinations/edge-retry.ts: waits are between a second and a ceiling, which grows to a tenth of the outage. */
const MIN_CEILING_SECONDS = 30;
const MAX_CEILING_SECONDS = 15 * 60;
/** The platform drops an object that nobody asks anything from memory. */
const EVICTED_AFTER_SECONDS = 10;

export function dayUsage(fleet: Fleet): Usage {
  const { hosts, pushIntervalSeconds, destinations, series, outageSeconds } = fleet;
  const pushes = (hosts * DAY_SECONDS) / pushIntervalSeconds;
  const stored = pushes * Math.min(1, outageSeconds / DAY_SECONDS) * destinations;
  const attempts = attemptsDuring(outageSeconds) * destinations;
  const visits = Math.min(SWEEPS, outageSeconds / 60) * destinations;
  const reports = standAloneReports(fleet, pushes);
  const quiet = quietSnapshots(fleet, pushes);
  const hubWakes = pushes * chanceOfGap(EVICTED_AFTER_SECONDS, pushIntervalSeconds, hosts);
  const outboxWakes = stored * chanceOfGap(EVICTED_AFTER_SECONDS, pushIntervalSeconds, hosts);
  const snapshots = Math.min(pushes, DAY_SECONDS / SNAPSHOT_EVERY_SECONDS);
  const total = (part: keyof Operations) =>
    pushes * OPERATIONS.push[part] +
    stored * (OPERATIONS.storedPayload[part] + OPERATIONS.drainedPayload[part]) +
    attempts * OPERATIONS.refusedAttempt[part] +
    visits * OPERATIONS.sweepVisit[part] +
    snapshots * OPERATIONS.snapshot[part] +
    OPERATIONS.dayEnd[part] +
    hubWakes * OPERATIONS.hubWake[part] +
    outboxWakes * OPERATIONS.outboxWake[part] +
    quiet * OPERATIONS.quietSnapshot[part];
  const activeSeconds =
    (pushes + reports + quiet) * HUB_CALL_SECONDS +
    stored * (STORE_SECONDS + DRAIN_SECONDS_PER_PAYLOAD) +
    attempts * HANGING_ATTEMPT_SECONDS +
    visits * 2 * HUB_CALL_SECONDS;
  return {
    worker_requests: pushes + SWEEPS,
    cpu_ms:
      pushes * (CPU_MS_PER_PUSH + (series * CPU_US_PER_SAMPLE) / 1000) +
      stored * (CPU_MS_PER_STORED_PUSH + (series * CPU_US_PER_DRAINED_SAMPLE) / 1000),
    object_requests: total('objectRequests') + reports,
    object_gb_seconds: activeSeconds * OBJECT_GB,
    rows_read: total('rowsRead') + outboxWakes * (attempts === 0 ? 0 : stored / attempts / 2),
    rows_written: total('rowsWritten'),
    storage_bytes: stored * series * BYTES_PER_SAMPLE,
  };
}

/** The meter that is closest to the free plan's limit, or furthest beyond it. */
export function bindingMeter(usage: Usage): { readonly meter: Meter; readonly share: number } {
  const shares = METERS.map((meter) => ({ meter, share: freeShare(usage, meter) ?? 0 }));
  return shares.reduce((most, one) => (one.share > most.share ? one : most));
}

/** Of the free plan's daily limit; undefined where there is none. */
export function freeShare(usage: Usage, meter: Meter): number | undefined {
  const limit = FREE_PER_DAY[meter];
  return limit === undefined ? undefined : usage[meter] / limit;
}

/** The most hosts whose day stays within the free plan. */
export function freeCeiling(fleet: Fleet): number {
  const fits = (hosts: number) => bindingMeter(dayUsage({ ...fleet, hosts })).share <= 1;
  let low = 0;
  let high = 1;
  while (fits(high)) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Thirty normal days, or one of them with the outage. */
export function monthUsage(fleet: Fleet): Usage {
  const normal = dayUsage({ ...fleet, outageSeconds: 0 });
  const worst = dayUsage(fleet);
  const month = (meter: Meter) =>
    // Storage is billed as the mean over the month.
    meter === 'storage_bytes' ? worst[meter] / 30 : normal[meter] * 29 + worst[meter];
  return Object.fromEntries(METERS.map((meter) => [meter, month(meter)])) as unknown as Usage;
}

function attemptsDuring(outageSeconds: number): number {
  let attempts = 0;
  for (let at = 0; at < outageSeconds; attempts++) {
    const ceiling = Math.min(Math.max(at / 10, MIN_CEILING_SECONDS, 2), MAX_CEILING_SECONDS, 2 ** (attempts + 1));
    at += (1 + ceiling) / 2;
  }
  return attempts;
}

/** Reports that no lease of another push took along in time. Hosts push at times that have nothing to do with each other. */
function standAloneReports({ hosts, isolates, pushIntervalSeconds }: Fleet, pushes: number): number {
  return pushes * chanceOfGap(REPORT_DELAY_SECONDS, pushIntervalSeconds, hosts / isolates);
}

function quietSnapshots({ hosts, pushIntervalSeconds }: Fleet, pushes: number): number {
  const gaps = pushes * chanceOfGap(BUSY_GAP_SECONDS, pushIntervalSeconds, hosts);
  const alarmsInQuiet = Math.ceil(QUIET_FOR_SECONDS / QUIET_SNAPSHOT_EVERY_SECONDS);
  return Math.min(gaps * alarmsInQuiet, DAY_SECONDS / QUIET_SNAPSHOT_EVERY_SECONDS, pushes);
}

/** That none of the other hosts pushes within so many seconds of a push, nor the same one again. */
function chanceOfGap(seconds: number, intervalSeconds: number, hosts: number): number {
  return seconds >= intervalSeconds ? 0 : (1 - seconds / intervalSeconds) ** Math.max(0, hosts - 1);
}
