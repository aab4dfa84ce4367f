/**
 * A tenant's limits: what an administrator writes (names of limit-definitions.ts, only what differs from the defaults) and
 * what the gateway runs on (every limit, numbers in base units: bytes, milliseconds). Validation reports all mistakes.
 */
import { LIMIT_GROUPS, LIMITS, type LimitDefinition, type LimitGroup, type LimitKind } from './limit-definitions.ts';

type Compiled<K extends LimitKind> = K extends 'boolean' ? boolean : K extends 'label' ? string : number;

/** `limits.metrics.ingestion_rate`; 0 means no limit. */
export type TenantLimits = {
  readonly [G in LimitGroup]: {
    readonly [N in keyof (typeof LIMITS)[G]]: (typeof LIMITS)[G][N] extends LimitDefinition<infer K>
      ? Compiled<K>
      : never;
  };
};

/** As written: `{"metrics": {"ingestion_rate": 50000}, "logs": {"max_line_size": "64KB"}}`. */
export type LimitOverrides = Readonly<Partial<Record<LimitGroup, Readonly<Record<string, LimitValue>>>>>;

export type LimitValue = number | string | boolean;

export interface LimitProblem {
  /** `metrics.ingestion_rate` */
  readonly path: string;
  readonly message: string;
}

interface ParsedLimits {
  readonly limits: LimitOverrides;
  readonly problems: LimitProblem[];
}

/** Every mistake of a text that claims to be limits, or the limits as they will be stored. */
export function parseLimits(given: unknown): ParsedLimits {
  const { limits, problems } = parseLimitValues(given);
  return { limits, problems: isObject(given) ? [...problems, ...contradictions(limits)] : problems };
}

/** Each name and value by itself. `namesOf`: what may be set, where that is not every limit; told to who writes another name. */
export function parseLimitValues(given: unknown, namesOf?: (group: LimitGroup) => readonly string[]): ParsedLimits {
  const problems: LimitProblem[] = [];
  const limits: Partial<Record<LimitGroup, Record<string, LimitValue>>> = {};
  if (!isObject(given)) {
    problems.push({ path: '', message: `limits are an object with ${orList(LIMIT_GROUPS)}` });
    return { limits, problems };
  }
  for (const [group, values] of Object.entries(given)) {
    if (!isGroup(group)) problems.push({ path: group, message: unknownName(group, LIMIT_GROUPS) + elsewhere(group) });
    else if (!isObject(values)) problems.push({ path: group, message: 'must be an object of limits' });
    else limits[group] = parseGroup(group, values, problems, namesOf?.(group));
  }
  return { limits, problems };
}

/** Of overrides that `parseLimits` found no problem in. */
export function compileLimits(overrides: LimitOverrides): TenantLimits {
  const groups = LIMIT_GROUPS.map((group) => {
    const values = Object.entries(definitionsOf(group)).map(([name, definition]) => {
      const value = compileValue(overrides[group]?.[name] ?? definition.default, definition.kind);
      return [name, value === 0 ? (definition.ceiling ?? 0) : value];
    });
    return [group, Object.fromEntries(values)];
  });
  return Object.fromEntries(groups) as TenantLimits;
}

/** In the form that a user writes, every limit. */
export function effectiveLimits(overrides: LimitOverrides): LimitOverrides {
  const groups = LIMIT_GROUPS.map((group) => {
    const values = Object.entries(definitionsOf(group)).map(([name, definition]) => [
      name,
      overrides[group]?.[name] ?? definition.default,
    ]);
    return [group, Object.fromEntries(values)];
  });
  return Object.fromEntries(groups) as LimitOverrides;
}

export function withoutEmptyGroups(limits: LimitOverrides): LimitOverrides {
  const groups = LIMIT_GROUPS.filter((group) => Object.keys(limits[group] ?? {}).length > 0);
  return Object.fromEntries(groups.map((group) => [group, limits[group]])) as LimitOverrides;
}

export function definitionsOf(group: LimitGroup): Readonly<Record<string, LimitDefinition>> {
  return LIMITS[group];
}

function parseGroup(
  group: LimitGroup,
  values: Readonly<Record<string, unknown>>,
  problems: LimitProblem[],
  names?: readonly string[],
): Record<string, LimitValue> {
  const definitions = definitionsOf(group);
  const parsed: Record<string, LimitValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const path = `${group}.${name}`;
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (definition === undefined) {
      const message = unknownName(name, names ?? Object.keys(definitions));
      // A few can be told at once, so that nobody has to look them up.
      const all = names !== undefined && message.endsWith('?') ? ` there are ${orList(names)}` : '';
      problems.push({ path, message: message + all + elsewhere(name) });
      continue;
    }
    const message = valueProblem(value, definition);
    if (message !== undefined) problems.push({ path, message });
    else parsed[name] = value as LimitValue;
  }
  return parsed;
}

function valueProblem(value: unknown, { kind, ceiling }: LimitDefinition): string | undefined {
  const wanted = WANTED[kind];
  if (kind === 'boolean') return typeof value === 'boolean' ? undefined : `must be ${wanted}`;
  if (kind === 'label') return typeof value === 'string' && LABEL.test(value) ? undefined : `must be ${wanted}`;
  const compiled = typeof value === 'number' || typeof value === 'string' ? compileValue(value, kind) : undefined;
  if (typeof compiled !== 'number' || !Number.isFinite(compiled) || compiled < 0) return `must be ${wanted}`;
  if (kind !== 'number' && !Number.isSafeInteger(compiled)) return `must be ${wanted}`;
  if (ceiling !== undefined && compiled > ceiling)
    return `may be at most ${ceiling} bytes, which the gateway can carry`;
  return undefined;
}

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/;

const WANTED: Readonly<Record<LimitKind, string>> = {
  number: 'a number, 0 or more',
  integer: 'a whole number, 0 or more',
  bytes: 'a size such as 65536, "64KB" or "3MB"',
  duration: 'a duration such as "30s", "10m" or "1w", or 0',
  boolean: 'true or false',
  label: 'the name of a label',
};

/** Undefined for a text that is not of this kind. Sizes are powers of 1024 and durations may be joined, as in Loki. */
function compileValue(value: LimitValue, kind: LimitKind): LimitValue | undefined {
  if (kind === 'boolean' || kind === 'label') return value;
  if (typeof value === 'number') return kind === 'duration' && value !== 0 ? undefined : value;
  if (kind === 'bytes') return parseBytes(String(value));
  if (kind === 'duration') return parseDurationMs(String(value));
  return undefined;
}

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([KMG])i?B?|B)?$/i.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (BYTE_UNITS[(match[2] ?? '').toUpperCase()] as number));
}

const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:ms|[smhdw]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
    total += Number(amount) * (DURATION_MS[unit as string] as number);
  }
  return total;
}

/** Pairs of limits of which the one makes no sense without the other. */
function contradictions(overrides: LimitOverrides): LimitProblem[] {
  const valid = compileLimits(overrides);
  const { metrics, logs, traces, profiles } = valid;
  const problems: LimitProblem[] = [];
  const burst = (path: string, rate: number, size: number) => {
    if (rate > 0 && size === 0) problems.push({ path, message: 'must not be 0 while the rate is limited' });
  };
  burst('metrics.request_burst_size', metrics.request_rate, metrics.request_burst_size);
  burst('metrics.ingestion_burst_size', metrics.ingestion_rate, metrics.ingestion_burst_size);
  burst('logs.ingestion_burst_size_mb', logs.ingestion_rate_mb, logs.ingestion_burst_size_mb);
  burst('logs.per_stream_rate_limit_burst', logs.per_stream_rate_limit, logs.per_stream_rate_limit_burst);
  burst('traces.burst_size_bytes', traces.rate_limit_bytes, traces.burst_size_bytes);
  burst('profiles.ingestion_burst_size_mb', profiles.ingestion_rate_mb, profiles.ingestion_burst_size_mb);
  if (metrics.accept_ha_samples) {
    const { ha_cluster_label: cluster, ha_replica_label: replica } = metrics;
    if (cluster === replica)
      problems.push({ path: 'metrics.ha_replica_label', message: 'must differ from ha_cluster_label' });
    // As Mimir: a fail-over that is quicker than the stored time is refreshed would change replicas without a reason.
    if (metrics.ha_tracker_failover_timeout < metrics.ha_tracker_update_timeout + 1000) {
      problems.push({
        path: 'metrics.ha_tracker_failover_timeout',
        message: 'must be at least 1s greater than ha_tracker_update_timeout',
      });
    }
  }
  return problems;
}

function unknownName(name: string, known: readonly string[]): string {
  const likely = likelyMeant(name, known);
  return `is not a limit; ${likely.length > 0 ? `did you mean ${likely.join(' or ')}?` : `there are ${orList(known)}`}`;
}

/** A typing error of one name, else names of which a part was written. */
function likelyMeant(name: string, known: readonly string[]): string[] {
  const nearest = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort(byDistance)[0];
  if (nearest !== undefined && nearest.distance <= Math.max(2, Math.ceil(name.length / 3))) return [nearest.candidate];
  const parts = name.length < MIN_PART_LENGTH ? [] : known.filter((candidate) => candidate.includes(name));
  return parts.slice(0, MAX_LIKELY);
}

const MIN_PART_LENGTH = 3;
const MAX_LIKELY = 4;

/** For a name that belongs into another group. */
function elsewhere(name: string): string {
  const groups = LIMIT_GROUPS.filter((group) => Object.hasOwn(definitionsOf(group), name));
  return groups.length === 0 ? '' : ` (it is a limit of ${orList(groups)})`;
}

function byDistance(a: { distance: number }, b: { distance: number }): number {
  return a.distance - b.distance;
}

function editDistance(a: string, b: string): number {
  // Names of limits are short; a text that is not is no typing error.
  if (a.length > 100) return a.length;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const swap = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(swap, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function isGroup(name: string): name is LimitGroup {
  return Object.hasOwn(LIMITS, name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const DEFAULT_LIMITS: TenantLimits = compileLimits({});
