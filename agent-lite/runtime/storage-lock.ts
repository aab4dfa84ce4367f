/**
 * Two agents on one storage path would write into each other's spools. The lock is a name in Linux's abstract socket
 * namespace: the kernel frees it however the process ends, so nothing has to be cleaned up after a kill -9. Elsewhere
 * there is no such namespace, and no lock.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve as absolute } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** Resolves once the path is ours, or with false when another agent has it. */
export function lockStorage(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true);
  makeFolder(absolute(path));
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
