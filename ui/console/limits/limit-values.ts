/**
 * Limits between the JSON of the admin API and the fields of a form: a field's text, empty for the default. Pure. What a
 * value must be is the gateway's to judge; names, defaults and effects are those of core/limits.
 */
import { LIMIT_GROUPS, LIMITS, type LimitDefinition, type LimitGroup } from '../../../core/limits/limit-definitions.ts';
import { TOKEN_LIMIT_NAMES } from '../../../core/limits/rates.ts';
import type { LimitOverrides, LimitValue } from '../../../core/limits/tenant-limits.ts';
import { formatBytes } from '../../format/numbers.ts';

export interface NamedLimit extends LimitDefinition {
  readonly group: LimitGroup;
  readonly name: string;
  /** `metrics.ingestion_rate` */
  readonly path: string;
}

/** What was typed, by path; what is not in it was not touched. */
export type Typed = Readonly<Record<string, string>>;

export interface LimitChange {
  readonly limit: NamedLimit;
  /** undefined: the default. */
  readonly before: LimitValue | undefined;
  readonly after: LimitValue | undefined;
}

export function limitsOfGroup(group: LimitGroup): readonly NamedLimit[] {
  return Object.entries<LimitDefinition>(LIMITS[group]).map(([name, definition]) => ({
    ...definition,
    group,
    name,
    path: `${group}.${name}`,
  }));
}

export const ALL_LIMITS: readonly NamedLimit[] = LIMIT_GROUPS.flatMap(limitsOfGroup);

/** Those that one token may have too: rates and bursts. */
export const TOKEN_LIMITS = ALL_LIMITS.filter(({ path }) => TOKEN_LIMIT_NAMES.includes(path));

export function setValue(limits: LimitOverrides, { group, name }: NamedLimit): LimitValue | undefined {
  const values = limits[group];
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

export function fieldText(limits: LimitOverrides, typed: Typed, limit: NamedLimit): string {
  return typed[limit.path] ?? String(setValue(limits, limit) ?? '');
}

/** In the order of the page. */
export function changesOf(limits: LimitOverrides, typed: Typed): LimitChange[] {
  return ALL_LIMITS.flatMap((limit) => {
    const before = setValue(limits, limit);
    const text = typed[limit.path]?.trim();
    if (text === undefined || text === String(before ?? '')) return [];
    return [{ limit, before, after: text === '' ? undefined : typedValue(text, limit) }];
  });
}

export function withChanges(limits: LimitOverrides, changes: readonly LimitChange[]): LimitOverrides {
  const changed: Record<string, Record<string, LimitValue>> = {};
  for (const [group, values] of Object.entries(limits)) changed[group] = { ...values };
  for (const { limit, after } of changes) {
    const group = (changed[limit.group] ??= {});
    if (after === undefined) delete group[limit.name];
    else group[limit.name] = after;
  }
  return changed;
}

/** What is no number is left as it was typed. */
function typedValue(text: string, { kind }: NamedLimit): LimitValue {
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  const isNumber = kind === 'number' || kind === 'integer' || (kind === 'bytes' && /^\d+$/.test(text));
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
}

const decimal = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });

/** For people: `30,000,000 (28.6 MiB)`, `0: no limit`, `on`. */
export function valueText(value: LimitValue, { kind, name, ceiling }: NamedLimit): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (kind === 'label') return value === '' ? '""' : String(value);
  if (/^0+(?:\.0*)?(?:[a-z]+)?$/i.test(String(value))) {
    return ceiling === undefined
      ? `${value}: no limit`
      : `${value}: what the gateway can carry, ${formatBytes(ceiling)}`;
  }
  if (typeof value === 'string') return value;
  if (name.endsWith('_mb')) return `${decimal.format(value)} MB`;
  const inBytes = kind === 'bytes' || /(?:^|_)bytes(?:_|$)/.test(name);
  const exact = decimal.format(value);
  return inBytes && value >= 1024 ? `${exact} (${formatBytes(value)})` : exact;
}
