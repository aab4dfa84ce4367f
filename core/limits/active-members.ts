/**
 * The active series (or streams) of a tenant: those seen in the current or the previous epoch of ten minutes, so for ten to
 * twenty minutes after their last sample, as Mimir counts them for up to twenty. Each isolate keeps `SeenMembers` and
 * reports a sketch; the hub merges the sketches in `ActiveTotals` and tells how many there are. How many is estimated
 * (hyperloglog.ts); which ones are known is exact up to equal fingerprints, because a sketch cannot tell new from known:
 * near the limit isolates exchange fingerprints through the hub, below it they only send sketches.
 */
import { FingerprintLog } from './fingerprint-log.ts';
import { HyperLogLog } from './hyperloglog.ts';

export const EPOCH_MS = 10 * 60_000;
/** Above this share of the limit isolates tell each other which members they know. */
const NEAR_LIMIT = 0.8;
/** By then each isolate has had two leases since the limit came near, so what they know has gone round. */
const EXCHANGED_AFTER_MS = 15_000;
/** 12 MB at the hub and in an isolate; a tenant with more active series is limited by what each isolate knows. */
const MAX_FINGERPRINTS = 1_000_000;

export function epochOf(nowMs: number): number {
  return Math.floor(nowMs / EPOCH_MS);
}

export interface FingerprintCursor {
  /** Which life of the hub the positions belong to. */
  readonly hub: string;
  readonly epoch: number;
  readonly current: number;
  readonly previous: number;
}

/** From an isolate to the hub. */
export interface SeenReport {
  readonly epoch: number;
  /** The whole sketch of the epoch. */
  readonly sketch: Uint8Array;
  /** Only near the limit: what was seen here and not told before. */
  readonly current?: Uint32Array;
  readonly previous?: Uint32Array;
}

/** From the hub to an isolate. */
export interface ActiveStatus {
  readonly hub: string;
  readonly estimate: number;
  /** Send fingerprints with the reports. */
  readonly near: boolean;
  /** The limit is reached, and who is known has gone round: refuse who is not. */
  readonly full: boolean;
  readonly epoch: number;
  /** Only near the limit: members that any isolate knows, since the asker's cursor. */
  readonly current?: FingerprintSlice;
  readonly previous?: FingerprintSlice;
}

export interface FingerprintSlice {
  /** Position of the first of them in the hub's log; answers to two calls at once may overlap. */
  readonly from: number;
  readonly fingerprints: Uint32Array;
}

interface Generation {
  readonly own: FingerprintLog;
  /** Known from the hub. */
  readonly foreign: FingerprintLog;
  told: number;
  /** Position in the hub's log. */
  heard: number;
}

function generation(): Generation {
  return {
    own: new FingerprintLog(MAX_FINGERPRINTS),
    foreign: new FingerprintLog(MAX_FINGERPRINTS),
    told: 0,
    heard: 0,
  };
}

/** One isolate's side. */
export class SeenMembers {
  epoch: number;
  limit = 0;
  #current = generation();
  #previous = generation();
  #sketch = new HyperLogLog();
  #dirty = false;
  /** Members of the current epoch that the previous one does not have. */
  #fresh = 0;
  #near = false;
  #full = false;
  #hub = '';

  constructor(nowMs: number) {
    this.epoch = epochOf(nowMs);
  }

  /** Call before a run of `admit`; a new epoch makes every member be seen anew. */
  turn(nowMs: number): void {
    const epoch = epochOf(nowMs);
    if (epoch === this.epoch) return;
    this.#previous = epoch === this.epoch + 1 ? this.#current : generation();
    this.#current = generation();
    this.#sketch = new HyperLogLog();
    this.#dirty = false;
    this.#fresh = 0;
    this.epoch = epoch;
  }

  /** Counts a member as active. False: it is a new one and the limit is reached. */
  admit(high: number, low: number): boolean {
    const { own } = this.#current;
    if (own.has(low)) return true;
    const known = this.#isKnown(low);
    if (!known && this.#isFull()) return false;
    own.add(low);
    if (!this.#previous.own.has(low)) this.#fresh++;
    if (this.#sketch.add(high, low)) this.#dirty = true;
    return true;
  }

  /** What the hub has not heard; undefined where that is nothing. */
  report(): SeenReport | undefined {
    const current = this.#near ? this.#current.own.since(this.#current.told) : undefined;
    const previous = this.#near ? this.#previous.own.since(this.#previous.told) : undefined;
    if (!this.#dirty && !current?.length && !previous?.length) return undefined;
    this.#dirty = false;
    this.#current.told += current?.length ?? 0;
    this.#previous.told += previous?.length ?? 0;
    const fingerprints = { ...(current?.length && { current }), ...(previous?.length && { previous }) };
    return { epoch: this.epoch, sketch: this.#sketch.serialise(), ...fingerprints };
  }

  /** A report that did not arrive is made again. */
  reportLost(): void {
    this.#dirty = true;
    this.#current.told = 0;
    this.#previous.told = 0;
  }

  cursor(): FingerprintCursor {
    return { hub: this.#hub, epoch: this.epoch, current: this.#current.heard, previous: this.#previous.heard };
  }

  install(status: ActiveStatus): void {
    if (status.hub !== this.#hub) {
      // A hub that began anew knows nothing of what it was told.
      this.#hub = status.hub;
      this.reportLost();
      this.#current.heard = 0;
      this.#previous.heard = 0;
    }
    this.#near = status.near;
    this.#full = status.full;
    if (status.epoch !== this.epoch) return;
    hear(this.#current, status.current);
    hear(this.#previous, status.previous);
  }

  #isKnown(fingerprint: number): boolean {
    const { own } = this.#previous;
    return own.has(fingerprint) || this.#current.foreign.has(fingerprint) || this.#previous.foreign.has(fingerprint);
  }

  #isFull(): boolean {
    return this.limit > 0 && (this.#full || this.#previous.own.size + this.#fresh >= this.limit);
  }
}

function hear(into: Generation, slice: FingerprintSlice | undefined): void {
  if (slice === undefined) return;
  into.heard = Math.max(into.heard, slice.from + slice.fingerprints.length);
  for (const fingerprint of slice.fingerprints) into.foreign.add(fingerprint);
}

/** The hub's side: sketches and fingerprints of all isolates. In memory; isolates tell a new hub all over again. */
export class ActiveTotals {
  readonly #hub: string;
  #epoch = 0;
  #current = totals();
  #previous = totals();
  #estimate: number | undefined;
  #nearSinceMs: number | undefined;

  constructor(hub: string) {
    this.#hub = hub;
  }

  merge(report: SeenReport, nowMs: number): void {
    // Clocks of isolates differ by a little: one that is ahead begins the epoch.
    const epoch = epochOf(nowMs);
    this.#turn(report.epoch === epoch + 1 ? report.epoch : epoch);
    const into = this.#generationOf(report.epoch);
    const sketch = HyperLogLog.deserialise(report.sketch);
    if (into === undefined || sketch === undefined || sketch.precision !== into.sketch.precision) return;
    if (into.sketch.merge(sketch)) this.#estimate = undefined;
    for (const fingerprint of report.current ?? []) into.log.add(fingerprint);
    if (into !== this.#current) return;
    for (const fingerprint of report.previous ?? []) this.#previous.log.add(fingerprint);
  }

  estimate(nowMs: number): number {
    this.#turn(epochOf(nowMs));
    this.#estimate ??= this.#union();
    return this.#estimate;
  }

  status(limit: number, cursor: FingerprintCursor | undefined, nowMs: number): ActiveStatus {
    const estimate = this.estimate(nowMs);
    const near = limit > 0 && estimate >= limit * NEAR_LIMIT;
    if (!near) this.#nearSinceMs = undefined;
    else this.#nearSinceMs ??= nowMs;
    const exchanged = nowMs - (this.#nearSinceMs ?? nowMs) >= EXCHANGED_AFTER_MS;
    const status = { hub: this.#hub, estimate, near, full: exchanged && estimate >= limit, epoch: this.#epoch };
    if (!near || cursor === undefined) return status;
    const mine = cursor.hub === this.#hub && cursor.epoch === this.#epoch;
    const slice = (log: FingerprintLog, from: number) => ({ from, fingerprints: log.since(from) });
    return {
      ...status,
      current: slice(this.#current.log, mine ? cursor.current : 0),
      previous: slice(this.#previous.log, mine ? cursor.previous : 0),
    };
  }

  #union(): number {
    const union = new HyperLogLog(this.#current.sketch.precision);
    union.merge(this.#current.sketch);
    union.merge(this.#previous.sketch);
    return union.estimate();
  }

  #turn(epoch: number): void {
    if (epoch === this.#epoch || epoch === this.#epoch - 1) return;
    this.#previous = epoch === this.#epoch + 1 ? this.#current : totals();
    this.#current = totals();
    this.#estimate = undefined;
    this.#epoch = epoch;
  }

  /** What belongs to the epoch before is still merged there. */
  #generationOf(epoch: number) {
    if (epoch === this.#epoch) return this.#current;
    return epoch === this.#epoch - 1 ? this.#previous : undefined;
  }
}

function totals() {
  return { sketch: new HyperLogLog(), log: new FingerprintLog(MAX_FINGERPRINTS) };
}
