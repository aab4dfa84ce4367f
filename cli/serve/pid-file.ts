/** `workerd.pid`: one gateway a folder, and none left behind by a run that was killed. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayLogger } from '../serve.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../start/process-identity.ts';

/** Two lines: workerd, and who started it. */
export function writePidFile(dataDir: string, pid: number): void {
  const owner = identityOf(process.pid);
  const ownerLine = owner === undefined ? '' : `${owner.pid} ${owner.startTicks}\n`;
  writeFileSync(pidFile(dataDir), `${pid}\n${ownerLine}`, { mode: 0o600 });
}

export function removePidFile(dataDir: string): void {
  rmSync(pidFile(dataDir), { force: true });
}

function pidFile(dataDir: string): string {
  return join(dataDir, 'workerd.pid');
}

/**
 * Refuses a folder whose gateway is alive and looked after. A workerd that was left behind keeps the port and the storage.
 * It is ended here, but only when /proc proves that the process is a workerd of this very folder: pids are used again.
 */
export async function endOrphan(dataDir: string, logger: Pick<GatewayLogger, 'warn'>): Promise<void> {
  const pid = readOrphanPid(dataDir);
  if (pid === undefined) return;
  const owner = readOwner(dataDir);
  if (owner !== undefined && owner.pid !== process.pid && isAlive(owner)) {
    throw new Error(
      `${dataDir} is in use by a running gateway (pid ${pid}, started by pid ${owner.pid}): stop that one, or choose another folder`,
    );
  }
  logger.warn(`ending the gateway of an earlier run that was killed (pid ${pid})`);
  process.kill(pid, 'SIGKILL');
  for (let i = 0; i < 100 && readOrphanPid(dataDir) !== undefined; i++) await sleep(20);
}

function readOwner(dataDir: string): ProcessIdentity | undefined {
  const [, line = ''] = readFileSync(pidFile(dataDir), 'utf8').split('\n');
  const [pid, startTicks] = line.split(' ');
  return pid === undefined || startTicks === undefined ? undefined : { pid: Number(pid), startTicks };
}

function readOrphanPid(dataDir: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(dataDir), 'utf8').split('\n', 1)[0]);
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const isOurs = commandLine.includes('serve') && commandLine.includes(join(dataDir, 'workerd.capnp'));
    return Number.isSafeInteger(pid) && pid > 1 && isOurs ? pid : undefined;
  } catch {
    return undefined;
  }
}
