#!/usr/bin/env node
/**
 * Starts the bundled agent on a Node that can run it; installs and builds first where that was not done. Any Node >= 18
 * runs this file.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { ensureInstalled, PROJECT_NODE } from '../scripts/ensure-installed.mjs';
import { endWithNpx } from './parent.mjs';

const OLDEST_NODE = 22;

await ensureInstalled();
const { ensureBuilt } = await import('../scripts/build.mjs');
const bundle = await ensureBuilt('agent-lite');
if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) {
  process.argv[1] = bundle;
  createRequire(import.meta.url)(bundle);
} else {
  endWithNpx();
  const child = spawn(PROJECT_NODE, [bundle, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, AGENT_LITE_LAUNCHER_PID: String(process.pid) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`agent-lite: ${PROJECT_NODE} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
