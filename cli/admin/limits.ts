/** `spillway limits get|set` */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { nearest } from '../../core/alloy/nearest.ts';
import { LIMIT_GROUPS, type LimitGroup } from '../../core/limits/limit-definitions.ts';
import { definitionsOf, type LimitOverrides, type LimitValue, parseLimits } from '../../core/limits/tenant-limits.ts';
import type { AdminClient } from './client.ts';
import { UsageError } from './connection.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatTable } from './table.ts';

interface LimitsOptions extends AdminOptions {
  readonly tenant: string;
}

interface SetOptions extends LimitsOptions {
  readonly file?: string;
}

interface LimitsJson {
  readonly version: number;
  readonly limits: LimitOverrides;
  readonly effective: LimitOverrides;
}

export function addLimitsCommands(program: Command): void {
  const limits = program.command('limits').description('read and set the limits of a tenant (docs/limits.md)');

  const get = limits
    .command('get')
    .requiredOption('--tenant <name>', 'the tenant')
    .description('print every limit; those that were set are marked with *');
  adminAction<LimitsOptions>(get, async (client, options) => {
    const answer = await client.json<LimitsJson>(limitsPath(options));
    return { json: answer, text: limitsTable(answer) };
  });

  const set = limits
    .command('set')
    .argument('[name=value...]', 'e.g. metrics.ingestion_rate=50000 logs.max_line_size=64KB; "default" takes one back')
    .requiredOption('--tenant <name>', 'the tenant')
    .option(
      '--file <path>',
      'JSON such as {"metrics":{"ingestion_rate":50000}}, replaces all; - reads the standard input',
    )
    .description('set limits; in force within seconds, without a restart');
  adminAction<SetOptions>(set, async (client, options, args) => {
    const { wanted, headers } = await wantedLimits(client, options, args);
    const { problems } = parseLimits(wanted);
    if (problems.length > 0) throw new UsageError(problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
    const answer = await client.json<LimitsJson>(limitsPath(options), { method: 'PUT', json: wanted, headers });
    return { json: answer, text: `limits version ${answer.version} of tenant ${options.tenant} are set` };
  });
}

interface Wanted {
  readonly wanted: unknown;
  /** What was built on what is set replaces that and nothing newer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The file in place of what is set, then the assignments on top. */
async function wantedLimits(client: AdminClient, options: SetOptions, args: readonly string[]): Promise<Wanted> {
  if (options.file === undefined && args.length === 0) {
    throw new UsageError('nothing to set; write NAME=VALUE or --file FILE, e.g. metrics.ingestion_rate=50000');
  }
  const assignments = args.map(parseAssignment);
  if (options.file !== undefined)
    return { wanted: assignments.reduce(withAssignment, readJson(options.file)), headers: {} };
  const { limits, version } = await client.json<LimitsJson>(limitsPath(options));
  return { wanted: assignments.reduce<unknown>(withAssignment, limits), headers: { 'if-match': `"${version}"` } };
}

export interface Assignment {
  readonly group: LimitGroup;
  readonly name: string;
  /** undefined: the default. */
  readonly value: LimitValue | undefined;
}

export function parseAssignment(text: string): Assignment {
  const match = /^([a-z]+)\.([a-z_]+)=(.*)$/s.exec(text);
  const group = LIMIT_GROUPS.find((candidate) => candidate === match?.[1]);
  if (match === null || group === undefined) {
    const meant = match === null ? undefined : nearest(match[1] as string, LIMIT_GROUPS);
    const hint = meant === undefined ? '' : `; did you mean ${meant}.${match?.[2]}?`;
    throw new UsageError(
      `${JSON.stringify(text)}: write GROUP.NAME=VALUE with ${LIMIT_GROUPS.join(', ')} as group, e.g. logs.max_line_size=64KB${hint}`,
    );
  }
  return { group, name: match[2] as string, value: parseValue(group, match[2] as string, match[3] as string) };
}

function parseValue(group: LimitGroup, name: string, text: string): LimitValue | undefined {
  if (text === 'default') return undefined;
  const kind = Object.hasOwn(definitionsOf(group), name) ? definitionsOf(group)[name]?.kind : undefined;
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (kind !== 'label' && /^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  return text;
}

export function withAssignment(limits: unknown, { group, name, value }: Assignment): unknown {
  const all = limits as LimitOverrides;
  const { [name]: _, ...others } = all[group] ?? {};
  return { ...all, [group]: value === undefined ? others : { ...others, [name]: value } };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function limitsTable({ limits, effective }: LimitsJson): string {
  const rows = LIMIT_GROUPS.flatMap((group) =>
    Object.entries(effective[group] ?? {}).map(([name, value]) => [
      `${group}.${name}`,
      `${value}${limits[group]?.[name] === undefined ? '' : ' *'}`,
      String(definitionsOf(group)[name]?.default ?? ''),
      definitionsOf(group)[name]?.effect ?? '',
    ]),
  );
  return formatTable(['LIMIT', 'VALUE', 'DEFAULT', 'BEYOND IT'], rows);
}

function limitsPath({ tenant }: LimitsOptions): string {
  return `tenants/${encodeURIComponent(tenant)}/limits`;
}
