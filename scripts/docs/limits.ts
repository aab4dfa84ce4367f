/** The tables of docs/limits.md, from the definitions that the gateway runs on. */
import { LIMIT_GROUPS, type LimitDefinition, type LimitGroup } from '../../core/limits/limit-definitions.ts';
import { definitionsOf } from '../../core/limits/tenant-limits.ts';

const BEGIN = '<!-- limits: written by npm run docs -->';
const END = '<!-- end of limits -->';

const TITLES: Readonly<Record<LimitGroup, string>> = {
  metrics: 'metrics (names, defaults and error ids of Mimir)',
  logs: 'logs (names and defaults of Loki)',
  traces: 'traces (names and defaults of Tempo)',
  profiles: 'profiles (names and defaults of Pyroscope)',
};

/** The page with its tables as they are to be. */
export function withLimitTables(page: string): string {
  const start = page.indexOf(BEGIN) + BEGIN.length;
  return `${page.slice(0, start)}\n\n${LIMIT_GROUPS.map(table).join('\n')}\n${page.slice(page.indexOf(END))}`;
}

function table(group: LimitGroup): string {
  const head = '| name | default | beyond it | code | reason | error id |\n| --- | --- | --- | --- | --- | --- |';
  const rows = Object.entries(definitionsOf(group)).map(([name, definition]) => row(name, definition));
  return `### ${TITLES[group]}\n\n${head}\n${rows.join('\n')}\n`;
}

function row(name: string, { default: standard, effect, status, reason, errorId }: LimitDefinition): string {
  const code = (text: string | number | undefined) => (text === undefined ? '' : `\`${text}\``);
  const id = errorId === undefined ? '' : `\`err-mimir-${errorId}\``;
  return `| \`${name}\` | ${code(String(standard))} | ${effect} | ${status ?? ''} | ${code(reason)} | ${id} |`;
}
