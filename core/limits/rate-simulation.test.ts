/**
 * The global rate limit as it is shared: eight isolates and one hub, with the code that runs in them, over a minute of
 * virtual time. Calls take time and overlap, load is uneven and comes in bursts, isolates die with their slices.
 */
import { describe, expect, it } from 'vitest';
import { maxLeaseMs } from './lease.ts';
import { RateGrants, type TokenWanted } from './rate-grants.ts';
import { type RateDemand, RateSlices, spendAll } from './rate-slices.ts';
import type { Rates } from './rates.ts';

const ISOLATES = 8;
const MINUTE_MS = 60_000;
const RATE = 10_000;
const MAX_RETRIES = 3;
const UNLIMITED: Rates = {};

interface Load {
  /** Pushes a second of all isolates. */
  readonly pushesPerSecond: number;
  readonly samples: (random: () => number, isolate: number) => number;
  /** How much of the pushes comes to each isolate. */
  readonly weights: readonly number[];
  /** Pushes come together, so many at a time. */
  readonly together?: number;
  /** Times at which an isolate ends, with all that it holds; another one takes its place. */
  readonly deathsPerMinute?: number;
}

interface Scene {
  readonly tenant: Rates;
  /** Whose pushes these are; the tenant's buckets are common to all. */
  readonly tokens?: readonly { readonly id: string; readonly rates: Rates; readonly load: Load }[];
  readonly load?: Load;
}

interface Result {
  /** Samples, by token. */
  readonly admitted: Map<string, number>;
  readonly offered: Map<string, number>;
  readonly admittedBy: number[];
  readonly offeredBy: number[];
  readonly calls: number;
  readonly pushes: number;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Events by the millisecond, those of one millisecond in the order in which they were planned. */
class Clock {
  nowMs = 0;
  readonly #events: (() => void)[][] = [];

  at(atMs: number, run: () => void): void {
    (this.#events[Math.ceil(atMs)] ??= []).push(run);
  }

  runUntil(endMs: number): void {
    for (this.nowMs = 0; this.nowMs <= endMs; this.nowMs++) {
      for (const run of this.#events[this.nowMs] ?? []) run();
    }
  }
}

/** What worker/hub/admit.ts does with a push, without what has nothing to do with rates. */
class Isolate {
  readonly name: string;
  readonly tenant: RateSlices;
  readonly tokens = new Map<string, RateSlices>();

  constructor(name: string, rates: Rates) {
    this.name = name;
    this.tenant = new RateSlices(rates);
  }

  token(id: string, rates: Rates): RateSlices {
    let slices = this.tokens.get(id);
    if (slices === undefined) this.tokens.set(id, (slices = new RateSlices(rates)));
    return slices;
  }
}

function simulate({ tenant, load, tokens = [{ id: '', rates: UNLIMITED, load: load as Load }] }: Scene, seed: number) {
  const random = seeded(seed);
  const clock = new Clock();
  const hub = new RateGrants();
  let born = 0;
  const isolates = Array.from({ length: ISOLATES }, () => new Isolate(`i${born++}`, tenant));
  const result = {
    admitted: new Map(tokens.map(({ id }) => [id, 0])),
    offered: new Map(tokens.map(({ id }) => [id, 0])),
    admittedBy: new Array<number>(ISOLATES).fill(0),
    offeredBy: new Array<number>(ISOLATES).fill(0),
    calls: 0,
    pushes: 0,
  };

  /** A refused push comes again when it was told to, a few times. */
  function push(place: number, id: string, rates: Rates, amount: number, attempt = 0): void {
    const refuse = (waitMs: number) => {
      if (attempt === MAX_RETRIES) return;
      const retryMs = Math.max(1, Math.ceil(waitMs / 1000)) * 1000 * (1 + random() / 2);
      clock.at(clock.nowMs + retryMs, () => push(place, id, rates, amount, attempt + 1));
    };
    const isolate = isolates[place] as Isolate;
    const slices = [isolate.tenant, ...(rates === UNLIMITED ? [] : [isolate.token(id, rates)])];
    const demands: RateDemand[] = [{ rate: 'metrics', amount: () => amount }];
    result.pushes++;
    if (attempt === 0) {
      result.offered.set(id, (result.offered.get(id) ?? 0) + amount);
      result.offeredBy[place] = (result.offeredBy[place] ?? 0) + amount;
    }
    const admit = () => {
      result.admitted.set(id, (result.admitted.get(id) ?? 0) + amount);
      result.admittedBy[place] = (result.admittedBy[place] ?? 0) + amount;
    };
    const standing = slices.map(({ refusal }) => (refusal?.untilMs ?? 0) - clock.nowMs);
    if (standing.some((waitMs) => waitMs > 0)) {
      refuse(Math.max(...standing));
      return;
    }
    if (spendAll(slices, demands, clock.nowMs) !== undefined) {
      admit();
      return;
    }
    const askedAtMs = clock.nowMs;
    const want = isolate.tenant.want(demands, false);
    const [, ofToken] = slices;
    const asked: TokenWanted | undefined = ofToken && { id, rates, want: ofToken.want(demands, false) };
    result.calls++;
    clock.at(clock.nowMs + 3 + random() * 30, () => {
      const grant = hub.grant(isolate.name, want, tenant, asked, clock.nowMs);
      clock.at(clock.nowMs + 3 + random() * 30, () => {
        const refused = grant.refusal !== undefined || grant.token?.refusal !== undefined;
        const taken = refused ? [] : demands;
        isolate.tenant.install(grant, taken, askedAtMs + maxLeaseMs, clock.nowMs);
        if (grant.token !== undefined) ofToken?.install(grant.token, taken, askedAtMs + maxLeaseMs, clock.nowMs);
        if (!refused) admit();
        else refuse(Math.min(maxLeaseMs, (grant.refusal ?? grant.token?.refusal)?.waitMs ?? 0));
      });
    });
  }

  for (const { id, rates, load } of tokens) {
    const total = load.weights.reduce((sum, weight) => sum + weight, 0);
    const together = load.together ?? 1;
    for (let atMs = 0; atMs < MINUTE_MS; ) {
      // Poisson arrivals.
      atMs += (-Math.log(1 - random()) * 1000 * together) / load.pushesPerSecond;
      let place = 0;
      for (let at = random() * total; at > (load.weights[place] ?? 0); place++) at -= load.weights[place] ?? 0;
      for (let i = 0; i < together; i++) {
        const amount = load.samples(random, place);
        clock.at(atMs + i, () => push(place, id, rates, amount));
      }
    }
    for (let i = 0; i < (load.deathsPerMinute ?? 0); i++) {
      const place = Math.floor(random() * ISOLATES);
      clock.at(random() * MINUTE_MS, () => (isolates[place] = new Isolate(`i${born++}`, tenant)));
    }
  }
  clock.runUntil(MINUTE_MS);
  return result satisfies Result;
}

/** What each would get if what there is were given out evenly to those who want it. */
function fairShares(offered: readonly number[], budget: number): number[] {
  const shares = offered.map(() => 0);
  let left = budget;
  let hungry = offered.map((_, i) => i);
  while (hungry.length > 0 && left > 1) {
    const each = left / hungry.length;
    for (const i of hungry) {
      const more = Math.min(each, (offered[i] ?? 0) - (shares[i] ?? 0));
      shares[i] = (shares[i] ?? 0) + more;
      left -= more;
    }
    hungry = hungry.filter((i) => (shares[i] ?? 0) < (offered[i] ?? 0) - 1);
  }
  return shares;
}

const EVEN = new Array<number>(ISOLATES).fill(1);
const UNEVEN = [50, 20, 10, 8, 5, 4, 2, 1];
const of = (samples: number) => () => samples;
const mixed = (random: () => number) => 50 + Math.floor(random() ** 3 * 5000);
/** The busiest isolates have small pushes, the others large ones. */
const opposed = (_: () => number, isolate: number) => (isolate < 2 ? 100 : 4000);

/** Where an isolate gets a few heaps of pushes in the minute, some of them come too late to be taken in it. */
const IN_HEAPS = 0.15;
const STEADY = 0.4;

const SCENES: readonly (readonly [name: string, leastShare: number, load: Load])[] = [
  ['even load at twice the rate', STEADY, { pushesPerSecond: 40, samples: of(500), weights: EVEN }],
  ['uneven load at twice the rate', STEADY, { pushesPerSecond: 40, samples: of(500), weights: UNEVEN }],
  ['uneven load at ten times the rate', STEADY, { pushesPerSecond: 200, samples: of(500), weights: UNEVEN }],
  ['uneven load at fifty times the rate', STEADY, { pushesPerSecond: 250, samples: of(2000), weights: UNEVEN }],
  ['pushes of mixed sizes', STEADY, { pushesPerSecond: 80, samples: mixed, weights: UNEVEN }],
  ['many small pushes and few large ones', STEADY, { pushesPerSecond: 200, samples: opposed, weights: UNEVEN }],
  ['heaps of forty pushes', IN_HEAPS, { pushesPerSecond: 80, samples: of(500), weights: UNEVEN, together: 40 }],
  ['isolates that die', STEADY, { pushesPerSecond: 80, samples: of(500), weights: UNEVEN, deathsPerMinute: 12 }],
  [
    'all of it at once',
    IN_HEAPS,
    { pushesPerSecond: 150, samples: mixed, weights: UNEVEN, together: 20, deathsPerMinute: 12 },
  ],
];

const SEEDS = [1, 2, 3];

describe('a rate over eight isolates', () => {
  for (const burstSeconds of [2, 20]) {
    const tenant: Rates = { metrics: { ratePerSecond: RATE, burst: RATE * burstSeconds } };
    const budget = RATE * 60 + RATE * burstSeconds;
    it.each(SCENES)(
      `is kept within 5 % over a minute with a burst of ${burstSeconds} s, and no isolate starves: %s`,
      (_, leastShare, load) => {
        for (const seed of SEEDS) {
          const result = simulate({ tenant, load }, seed);
          const admitted = (result.admitted.get('') ?? 0) / budget;
          expect(admitted).toBeLessThanOrEqual(1);
          expect(admitted).toBeGreaterThanOrEqual(0.95);
          const shares = fairShares(result.offeredBy, budget);
          const got = shares.flatMap((share, i) => (share === 0 ? [] : [(result.admittedBy[i] ?? 0) / share]));
          expect(Math.min(...got)).toBeGreaterThan(leastShare);
        }
      },
    );
  }

  it('refuses nothing of what keeps to it, and asks the hub for few of the pushes', () => {
    const tenant: Rates = { metrics: { ratePerSecond: RATE, burst: RATE * 20 } };
    const load = { pushesPerSecond: 200, samples: of(40), weights: UNEVEN };
    for (const seed of SEEDS) {
      const result = simulate({ tenant, load }, seed);
      expect((result.admitted.get('') ?? 0) / (result.offered.get('') ?? 0)).toBeGreaterThan(0.999);
      expect(result.calls / result.pushes).toBeLessThan(0.1);
    }
  });
});

describe("a token's own rate over eight isolates", () => {
  const tenant: Rates = { metrics: { ratePerSecond: RATE, burst: RATE * 2 } };
  const own: Rates = { metrics: { ratePerSecond: 2000, burst: 4000 } };

  it('is kept within 5 % over a minute, and takes nothing from the other tokens of the tenant', () => {
    for (const seed of SEEDS) {
      const noisy = { id: 'noisy', rates: own, load: { pushesPerSecond: 400, samples: of(250), weights: UNEVEN } };
      const other = { id: 'other', rates: own, load: { pushesPerSecond: 40, samples: of(200), weights: EVEN } };
      const quiet = { id: 'quiet', rates: UNLIMITED, load: { pushesPerSecond: 40, samples: of(100), weights: UNEVEN } };
      const { admitted, offered } = simulate({ tenant, tokens: [noisy, other, quiet] }, seed);
      for (const id of ['noisy', 'other']) {
        expect((admitted.get(id) ?? 0) / 124_000).toBeLessThanOrEqual(1);
        expect((admitted.get(id) ?? 0) / 124_000).toBeGreaterThanOrEqual(0.95);
      }
      expect((admitted.get('quiet') ?? 0) / (offered.get('quiet') ?? 0)).toBeGreaterThan(0.999);
    }
  });

  it('is kept where isolates die with what they hold of it', () => {
    for (const seed of SEEDS) {
      const load = { pushesPerSecond: 60, samples: of(250), weights: UNEVEN, deathsPerMinute: 12 };
      const { admitted } = simulate({ tenant, tokens: [{ id: 'a', rates: own, load }] }, seed);
      expect((admitted.get('a') ?? 0) / 124_000).toBeLessThanOrEqual(1);
      expect((admitted.get('a') ?? 0) / 124_000).toBeGreaterThanOrEqual(0.95);
    }
  });
});
