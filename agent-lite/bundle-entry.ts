/** Where the bundled agent begins, as a file that Node runs and inside of an executable (docs/agent-builds.md). */
import { isSea } from 'node:sea';

/**
 * V8's young generation grows to tens of megabytes by default, which an agent that makes little garbage never needs. And
 * the certificates that the host trusts are to be trusted beside those that come with Node, as by every other program of
 * the host. Both can be set only when a process starts, so `run` replaces itself once, keeping its pid.
 */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1';
const TRUST_AS_THE_HOST = '--use-system-ca';

const LAUNCHER_LOOK_MS = 500;

function replaceWithOptions(): void {
  // An executable carries the options in itself (scripts/agent-executable/executable.mjs).
  if (isSea()) return;
  const { execArgv, execPath, argv, env, allowedNodeEnvironmentFlags } = process;
  const set = [...execArgv, env.NODE_OPTIONS ?? ''].some((option) => option.includes('--max-semi-space-size'));
  // Only newer versions of Node 22 have execve, and the option for certificates.
  if (set || argv[2] !== 'run' || typeof process.execve !== 'function') return;
  const options = [
    SMALL_YOUNG_GENERATION,
    ...(allowedNodeEnvironmentFlags.has(TRUST_AS_THE_HOST) ? [TRUST_AS_THE_HOST] : []),
  ];
  process.execve(execPath, [execPath, ...options, ...execArgv, ...argv.slice(1)], env);
}

/** An older Node starts the agent as its child; killed with -9 it cannot pass that on, and the child would keep the port. */
function endWithLauncher(): void {
  const launcher = Number(process.env.AGENT_LITE_LAUNCHER_PID ?? 0);
  if (launcher === 0) return;
  setInterval(() => {
    if (process.ppid !== launcher) process.kill(process.pid, 'SIGKILL');
  }, LAUNCHER_LOOK_MS).unref();
}

/** npx runs a command in a shell. A SIGTERM to npx ends that shell, which passes nothing on, and we would keep the port. */
function endWithNpx(): void {
  const { npm_lifecycle_event: event, AGENT_LITE_LAUNCHER_PID: launcher } = process.env;
  if (event !== 'npx' || launcher !== undefined) return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, LAUNCHER_LOOK_MS);
  watch.unref();
}

async function start(): Promise<void> {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

replaceWithOptions();
endWithLauncher();
endWithNpx();
start().catch((error: unknown) => {
  process.stderr.write(`Error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
