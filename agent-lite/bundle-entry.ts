/** Where the bundled agent begins. */

/**
 * V8's young generation grows to tens of megabytes by default, which an agent that makes little garbage never needs. Its
 * size can be set only when a process starts, so `run` replaces itself once, keeping its pid.
 */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1';

const LAUNCHER_LOOK_MS = 500;

function replaceWithSmallHeap(): void {
  const { execArgv, execPath, argv, env } = process;
  const set = [...execArgv, env.NODE_OPTIONS ?? ''].some((option) => option.includes('--max-semi-space-size'));
  // Only newer versions of Node 22 have execve.
  if (set || argv[2] !== 'run' || typeof process.execve !== 'function') return;
  process.execve(execPath, [execPath, SMALL_YOUNG_GENERATION, ...execArgv, ...argv.slice(1)], env);
}

/** An older Node starts the agent as its child; killed with -9 it cannot pass that on, and the child would keep the port. */
function endWithLauncher(): void {
  const launcher = Number(process.env.AGENT_LITE_LAUNCHER_PID ?? 0);
  if (launcher === 0) return;
  setInterval(() => {
    if (process.ppid !== launcher) process.kill(process.pid, 'SIGKILL');
  }, LAUNCHER_LOOK_MS).unref();
}

async function start(): Promise<void> {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}

replaceWithSmallHeap();
endWithLauncher();
start().catch((error: unknown) => {
  process.stderr.write(`Error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
