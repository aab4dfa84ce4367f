/** Listening on a port of this machine, with an error that names the port and what to do about it. */
import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { InvalidArgumentError } from 'commander';

/** For commander: a port as a flag gives it. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

export class PortInUseError extends Error {
  readonly port: number;
  constructor(host: string, port: number, flag: string) {
    super(`port ${port} on ${host} is already in use; free it or choose another with ${flag} PORT`);
    this.port = port;
  }
}

/** Resolves with the port really taken, which differs from `port` where that is 0. */
export function listen(server: Server, host: string, port: number, flag: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(host, port, flag) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Fails now, with the flag, where a process started later would fail with its own words. */
export function assertPortFree(host: string, port: number, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(host, port, flag) : error);
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('the system gave no port')),
      );
    });
  });
}
