/** `spillway usage`: what tenants sent, by day and signal, with a bar for each. */
import type { Command } from 'commander';
import { utcDay, wholeNumberUpTo } from './arguments.ts';
import type { AdminClient } from './client.ts';
import { UsageError } from './connection.ts';
import { type AdminOptions, adminAction } from './run.ts';
import { formatBytes, formatTable } from './table.ts';

interface UsageOptions extends AdminOptions {
  readonly tenant?: string;
  readonly days?: number;
  readonly day?: string;
}

interface DayUsageJson {
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly delivered: number;
  readonly pushes: number;
  readonly receivedBytes: number;
}

type SignalsJson = Readonly<Record<string, DayUsageJson>>;

interface TenantUsageJson {
  readonly tenant: string;
  readonly days: readonly { readonly day: string; readonly signals: SignalsJson }[];
}

interface DayJson {
  readonly day: string;
  readonly tenants: readonly { readonly tenant: string; readonly signals: SignalsJson }[];
  readonly next: string | null;
}

/** As far back as the gateway counts. */
const MAX_DAYS = 400;
const BAR_WIDTH = 20;
/** From nothing to a whole character, in eighths. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

export function addUsageCommand(program: Command): void {
  const usage = program
    .command('usage')
    .option('--tenant <name>', 'the last days of one tenant; without it one day of all tenants')
    .option('--days <n>', `with --tenant: how many days, at most ${MAX_DAYS} (default: 30)`, wholeNumberUpTo(MAX_DAYS))
    .option('--day <day>', 'without --tenant: the UTC day, e.g. 2026-11-22 (default: today)', utcDay)
    .description('what tenants sent, by UTC day and signal (docs/tokens.md)');
  adminAction<UsageOptions>(usage, async (client, options) => {
    if (options.tenant === undefined) return ofDay(client, options);
    if (options.day !== undefined) throw new UsageError('--day is for all tenants; with --tenant give --days');
    const days = options.days === undefined ? '' : `?days=${options.days}`;
    const answer = await client.json<TenantUsageJson>(`tenants/${encodeURIComponent(options.tenant)}/usage${days}`);
    const text = usageTable(
      'DAY',
      answer.days.map(({ day, signals }) => ({ title: day, signals })),
    );
    return { json: answer, text: text ?? `nothing came from ${options.tenant} in that time` };
  });
}

async function ofDay(client: AdminClient, { days, day }: UsageOptions) {
  if (days !== undefined) throw new UsageError('--days needs --tenant; for one day of all tenants give --day');
  const query = new URLSearchParams(day === undefined ? {} : { day });
  const first = await client.json<DayJson>(`usage?${query}`);
  const tenants = [...first.tenants];
  query.set('day', first.day);
  for (let { next } = first; next !== null; ) {
    query.set('after', next);
    const more = await client.json<DayJson>(`usage?${query}`);
    tenants.push(...more.tenants);
    next = more.next;
  }
  const json = { ...first, tenants, next: null };
  const text = usageTable(
    'TENANT',
    tenants.map(({ tenant, signals }) => ({ title: tenant, signals })),
  );
  return { json, text: text ?? `nothing came on ${first.day}` };
}

interface Entry {
  readonly title: string;
  readonly signals: SignalsJson;
}

/** Bars are of the received bytes, on one scale; undefined where there is nothing to show. */
export function usageTable(
  title: string,
  entries: readonly Entry[],
  width = process.stdout.columns,
): string | undefined {
  const lines = entries.flatMap((entry) =>
    Object.entries(entry.signals).map(([signal, used]) => ({ entry, signal, used })),
  );
  if (lines.length === 0) return undefined;
  const most = Math.max(...lines.map(({ used }) => used.receivedBytes));
  const rows = lines.map(({ entry, signal, used }, i) => [
    lines[i - 1]?.entry === entry ? '' : entry.title,
    signal,
    ...[used.accepted, used.rejected, used.dropped, used.delivered, used.pushes].map(String),
    formatBytes(used.receivedBytes),
    bar(used.receivedBytes, most),
  ]);
  const headers = [title, 'SIGNAL', 'ACCEPTED', 'REJECTED', 'DROPPED', 'DELIVERED', 'PUSHES', 'RECEIVED', ''];
  const table = formatTable(headers, rows, Number.POSITIVE_INFINITY);
  if (width === undefined || table.split('\n').every((line) => line.length <= width)) return table;
  // The numbers say what the bars show.
  const withoutBars = [headers, ...rows].map((row) => row.slice(0, -1));
  return formatTable(withoutBars[0] as string[], withoutBars.slice(1), width);
}

function bar(value: number, most: number): string {
  const eighths = most === 0 ? 0 : Math.round((value / most) * BAR_WIDTH * 8);
  // Something is never nothing.
  const shown = value > 0 ? Math.max(1, eighths) : 0;
  return '█'.repeat(Math.floor(shown / 8)) + EIGHTHS[shown % 8];
}
