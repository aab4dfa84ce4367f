/** Where the bundled agent begins, as a file that Node runs and inside of an executable (docs/agent-builds.md). */
import { isSea } from 'node:sea';
import { endWithNpx, endWithParent } from '../bin/parent.mjs';

/**
 * V8's young generation grows to tens of megabytes by default, which an agent that makes little garbage never needs. And
 * the certificates that the host trusts are to be trusted beside those that come with Node, as by every other program of
 * the host. Both can be set only when a process starts, so `run` replaces itself once, keeping its pid.
 */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1';
const TRUST_AS_THE_HOST = '--use-system-ca';

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

/** An older Node starts the agent as its child, and killed with -9 cannot pass that on. */
function endWithStarter(): void {
  const launcher = process.env.AGENT_LITE_LAUNCHER_PID;
  if (launcher === undefined) endWithNpx();
  else endWithParent(Number(launcher));
}

async function start(): Promise<void> {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

replaceWithOptions();
endWithStarter();
start().catch((error: unknown) => {
  process.stderr.write(`Error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
