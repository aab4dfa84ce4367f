/**
 * What is limited per second: of a tenant always by its limits, of a token only where it has limits of its own. A token's
 * limits bear the names of the tenant's, and stand on top of them.
 */
import { LIMIT_GROUPS, type LimitGroup } from './limit-definitions.ts';
import { ingestionRate } from './messages.ts';
import {
  type LimitOverrides,
  type LimitProblem,
  parseLimitValues,
  type TenantLimits,
  withoutEmptyGroups,
} from './tenant-limits.ts';
import type { BucketLimits } from './token-bucket.ts';

/** Metrics in samples, logs, traces and profiles in bytes, and pushes of metrics. */
export type RateName = LimitGroup | 'requests';

export const RATES: readonly RateName[] = ['requests', ...LIMIT_GROUPS];

/** What is not limited is absent. */
export type Rates = Readonly<Partial<Record<RateName, BucketLimits>>>;

interface RateDefinition {
  readonly group: LimitGroup;
  readonly rate: string;
  readonly burst: string;
  /** What the limits are written in, in what the buckets count. */
  readonly unit: number;
  readonly unitName: string;
}

export const RATE_LIMITS: Readonly<Record<RateName, RateDefinition>> = {
  requests: { group: 'metrics', rate: 'request_rate', burst: 'request_burst_size', unit: 1, unitName: 'pushes/s' },
  metrics: { group: 'metrics', rate: 'ingestion_rate', burst: 'ingestion_burst_size', unit: 1, unitName: 'samples/s' },
  logs: { group: 'logs', rate: 'ingestion_rate_mb', burst: 'ingestion_burst_size_mb', unit: 2 ** 20, unitName: 'MB/s' },
  traces: { group: 'traces', rate: 'rate_limit_bytes', burst: 'burst_size_bytes', unit: 1, unitName: 'bytes/s' },
  profiles: {
    group: 'profiles',
    rate: 'ingestion_rate_mb',
    burst: 'ingestion_burst_size_mb',
    unit: 2 ** 20,
    unitName: 'MB/s',
  },
};

/** Of a token's rate whose burst is not set: the relation of Mimir's defaults, 10,000 a second and 200,000 at once. */
const DEFAULT_BURST_SECONDS = 20;

/** The names that a token may have limits of: `metrics.ingestion_rate`. */
export const TOKEN_LIMIT_NAMES: readonly string[] = RATES.flatMap((name) => {
  const { group, rate, burst } = RATE_LIMITS[name];
  return [`${group}.${rate}`, `${group}.${burst}`];
});

function tokenLimitsOf(group: LimitGroup): string[] {
  return Object.values(RATE_LIMITS)
    .filter((definition) => definition.group === group)
    .flatMap(({ rate, burst }) => [rate, burst]);
}

export function tenantRates(limits: TenantLimits): Rates {
  const rates: Partial<Record<RateName, BucketLimits>> = {};
  for (const name of RATES) {
    const bucket = tenantRate(name, limits);
    if (bucket.ratePerSecond > 0) rates[name] = bucket;
  }
  return rates;
}

function tenantRate(name: RateName, limits: TenantLimits): BucketLimits {
  if (name !== 'requests') return ingestionRate(name, limits);
  return { ratePerSecond: limits.metrics.request_rate, burst: limits.metrics.request_burst_size };
}

/** Every mistake of what claims to be limits of a token, or the limits as they will be stored. */
export function parseTokenLimits(given: unknown): {
  readonly limits: LimitOverrides;
  readonly problems: LimitProblem[];
} {
  const { limits, problems } = parseLimitValues(given, tokenLimitsOf);
  for (const group of LIMIT_GROUPS) {
    for (const name of Object.keys(limits[group] ?? {})) {
      const path = `${group}.${name}`;
      if (TOKEN_LIMIT_NAMES.includes(path)) continue;
      const names = tokenLimitsOf(group).map((each) => `${group}.${each}`);
      const message = `is a limit of the tenant only; a token may have ${names.join(', ')}`;
      problems.push({ path, message });
    }
  }
  for (const { group, rate, burst } of Object.values(RATE_LIMITS)) {
    const { [rate]: perSecond, [burst]: atOnce } = limits[group] ?? {};
    const path = `${group}.${burst}`;
    if (atOnce === undefined) continue;
    if (perSecond === undefined) problems.push({ path, message: `needs ${group}.${rate} beside it` });
    else if (perSecond !== 0 && atOnce === 0) {
      problems.push({ path, message: 'must not be 0 while the rate is limited' });
    }
  }
  return { limits: withoutEmptyGroups(limits), problems };
}

/** Of limits that `parseTokenLimits` found no problem in; undefined: the token has none of its own. */
export function tokenRates(limits: LimitOverrides): Rates | undefined {
  let rates: Partial<Record<RateName, BucketLimits>> | undefined;
  for (const name of Object.keys(limits).length === 0 ? [] : RATES) {
    const { group, rate, burst, unit } = RATE_LIMITS[name];
    const { [rate]: perSecond, [burst]: atOnce } = limits[group] ?? {};
    if (typeof perSecond !== 'number' || perSecond === 0) continue;
    const size = typeof atOnce === 'number' ? atOnce : perSecond * DEFAULT_BURST_SECONDS;
    rates ??= {};
    rates[name] = { ratePerSecond: perSecond * unit, burst: Math.max(1, size * unit) };
  }
  return rates;
}

export function tokenRateMessage(tokenName: string, name: RateName, { ratePerSecond, burst }: BucketLimits): string {
  const { group, rate, burst: burstName, unit, unitName } = RATE_LIMITS[name];
  const numbers = `${group}.${rate}: ${ratePerSecond / unit} ${unitName}, ${group}.${burstName}: ${burst / unit}`;
  return `the token ${JSON.stringify(tokenName)} exceeded a limit of its own (${numbers}); other tokens of the tenant are not concerned. An administrator changes it with: spillway token set`;
}
