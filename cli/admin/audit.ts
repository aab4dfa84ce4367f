/** `spillway audit`: who did what, and what was refused. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { AdminClient } from './client.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatTable, formatTime } from './table.ts';

interface AuditEntryJson {
  readonly id: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly tenant: string | null;
  readonly target: string;
  readonly status: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface AuditPage {
  readonly entries: readonly AuditEntryJson[];
  readonly next: number | null;
}

interface AuditOptions extends AdminOptions {
  readonly tenant?: string;
  readonly limit: number;
  readonly before?: number;
}

const DEFAULT_ENTRIES = 50;
/** Of one answer of the gateway; more are asked for page by page. */
const MAX_PAGE = 1_000;

export function addAuditCommand(program: Command): void {
  const audit = program
    .command('audit')
    .option('--tenant <name>', 'only acts on this tenant')
    .option('--limit <number>', 'how many', wholeNumber, DEFAULT_ENTRIES)
    .option('--before <id>', 'only entries older than the one of this id', wholeNumber)
    .description('list administrative acts, newest first, also those that were refused');
  adminAction<AuditOptions>(audit, async (client, options) => {
    const page = await readEntries(client, options);
    return { json: page, text: auditText(page) };
  });
}

async function readEntries(client: AdminClient, { tenant, limit, before }: AuditOptions): Promise<AuditPage> {
  const base = tenant === undefined ? 'audit' : `tenants/${encodeURIComponent(tenant)}/audit`;
  const entries: AuditEntryJson[] = [];
  let next: number | null = before ?? null;
  do {
    const count = Math.min(limit - entries.length, MAX_PAGE);
    const page: AuditPage = await client.json(`${base}?limit=${count}${next === null ? '' : `&before=${next}`}`);
    entries.push(...page.entries);
    next = page.next;
  } while (next !== null && entries.length < limit);
  return { entries, next };
}

function auditText({ entries, next }: AuditPage): string {
  if (entries.length === 0) return 'nothing yet';
  const rows = entries.map((entry) => [
    formatTime(entry.atMs),
    entry.actor,
    entry.action,
    entry.tenant ?? '-',
    entry.target === '' ? '-' : entry.target,
    outcomeText(entry.status),
    detailText(entry.detail),
  ]);
  const table = formatTable(['TIME', 'ACTOR', 'ACTION', 'TENANT', 'TARGET', 'OUTCOME', 'DETAIL'], rows);
  return next === null ? table : `${table}\n\nolder ones: --before ${next}`;
}

function outcomeText(status: number): string {
  if (status === 0) return 'not recorded';
  return status < 300 ? 'done' : status < 500 ? `refused ${status}` : `failed ${status}`;
}

function detailText(detail: AuditEntryJson['detail']): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(detail)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(' ');
}
