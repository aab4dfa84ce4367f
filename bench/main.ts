/**
 * `npm run bench [-- TABLE…] [--json] [--rounds N] [--seconds N]`: comparison tables, ours beside a peer that does the
 * same job in the same run. Progress goes to stderr, results to stdout.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { agentTable } from './agent.ts';
import { authTimingTable } from './auth-timing.ts';
import { gatewayTable } from './gateway.ts';
import { formatJson, formatTable } from './print.ts';
import { spillTable } from './spill.ts';
import { spoolTable } from './spool.ts';
import { startupTable } from './startup.ts';
import type { Table } from './table.ts';

const TABLES: readonly Table[] = [gatewayTable, spillTable, agentTable, startupTable, spoolTable, authTimingTable];
const ROOT = join(import.meta.dirname, '..');

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '7' },
        seconds: { type: 'string', default: '60' },
      },
    });
  } catch (error) {
    fail((error as Error).message);
  }
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) fail(`--${option} must be a whole number above 0, not ${text}`);
  return value;
}

function prepare(script: string, ...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts', script), ...args], {
    cwd: ROOT,
    // What it prints is progress: stdout belongs to the results.
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) fail(`scripts/${script} failed`);
}

const { values, positionals } = readArguments();
const tables = positionals.map(
  (name) =>
    TABLES.find((table) => table.name === name) ??
    fail(`there is no table ${name}; there are ${TABLES.map((table) => table.name).join(', ')}`),
);
const options = {
  rounds: positive(values.rounds, 'rounds'),
  seconds: positive(values.seconds, 'seconds'),
  progress: (text: string) => console.error(`bench: ${text}`),
};

prepare('fetch-peers.mjs');
options.progress(`${availableParallelism()} × ${cpus()[0]?.model.trim()}, Node ${process.version}`);
for (const table of tables.length > 0 ? tables : TABLES) {
  options.progress(`table ${table.name}`);
  if (table.bundles.length > 0) prepare('build.mjs', '--stale', ...table.bundles);
  const rows = await table.run(options);
  if (values.json) for (const row of rows) console.log(formatJson(table, row));
  else console.log(`\n${formatTable(table, rows)}`);
}
