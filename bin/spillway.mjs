#!/usr/bin/env node
/** Starts cli/main.ts on the project's own Node; installs first where nothing is installed yet. Any Node >= 18 runs this. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, PROJECT_NODE } from '../scripts/ensure-installed.mjs';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '../cli/main.ts');

await ensureInstalled();
if (Number(process.versions.node.split('.')[0]) >= 24) {
  process.argv[1] = MAIN;
  await import(MAIN);
} else {
  const child = spawn(PROJECT_NODE, [MAIN, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`spillway: ${PROJECT_NODE} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}
