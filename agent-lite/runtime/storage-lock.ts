/**
 * Two agents on one storage path would write into each other's spools. The lock is a name in Linux's abstract socket
 * namespace: the kernel frees it however the process ends, so nothing has to be cleaned up after a kill -9. Elsewhere
 * there is no such namespace, and no lock.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';

/** Resolves once the path is ours, or with false when another agent has it. */
export function lockStorage(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(realpathSync(path)).digest('hex');
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(`\0agent-lite-${name}`, () => {
      server.unref();
      resolve(true);
    });
  });
}
