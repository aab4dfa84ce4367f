#!/usr/bin/env node
/** Starts cli/main.ts on the project's own Node; installs first where nothing is installed yet. Any Node >= 18 runs this. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, PROJECT_NODE } from '../scripts/ensure-installed.mjs';
import { endWithNpx, endWithParent } from './parent.mjs';

const SELF = fileURLToPath(import.meta.url);
const MAIN = join(dirname(SELF), '../cli/main.ts');

/** Set for the child of an older Node, which cannot pass on a kill -9; not for what the child starts itself. */
const launcher = process.env.SPILLWAY_LAUNCHER_PID;
delete process.env.SPILLWAY_LAUNCHER_PID;

if (launcher === undefined) {
  await ensureInstalled();
  endWithNpx();
} else endWithParent(Number(launcher));

if (Number(process.versions.node.split('.')[0]) >= 24) {
  process.argv[1] = MAIN;
  await import(MAIN);
} else {
  const child = spawn(PROJECT_NODE, [SELF, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, SPILLWAY_LAUNCHER_PID: String(process.pid) },
  });
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
