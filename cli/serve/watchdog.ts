/**
 * Ends workerd when this process is gone, even by `kill -9`: a shell waits on a pipe that only this process holds open. What
 * it cannot do, because it was killed too, the next start does (`endOrphan` in pid-file.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = 'read -r _; kill -TERM "$1" 2>/dev/null || exit 0; sleep 5; kill -KILL "$1" 2>/dev/null; exit 0';

export function endWithThisProcess(child: ChildProcess): void {
  const watchdog = spawn('/bin/sh', ['-c', SCRIPT, 'spillway-watchdog', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A Ctrl-C in the terminal is for this process, which then stops workerd in good order.
    detached: true,
    env: { PATH: process.env.PATH },
  });
  // Without a shell there is no watchdog, and still the next start.
  watchdog.once('error', () => {});
  watchdog.stdin.once('error', () => {});
  watchdog.unref();
  (watchdog.stdin as unknown as { unref?: () => void }).unref?.();
  // Its number may mean another process later.
  child.once('exit', () => watchdog.kill('SIGKILL'));
}
