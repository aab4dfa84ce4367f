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

/** It cannot be listened there, for a reason that whoever gave the flag can do something about. */
export class ListenError extends Error {}

export class PortInUseError extends ListenError {
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
      reject(listenError(error, host, port, flag));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Fails now, with the flag, where a process started later would fail with its own words. Without a host: every address. */
export function assertPortFree(host: string | undefined, port: number, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(listenError(error, host ?? 'every address', port, flag));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

function listenError({ code, message }: NodeJS.ErrnoException, host: string, port: number, flag: string): Error {
  if (code === 'EADDRINUSE') return new PortInUseError(host, port, flag);
  if (code === 'EADDRNOTAVAIL')
    return new ListenError(`${host} is no address of this machine; choose one with ${flag}`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new ListenError(`the name ${host} leads to no address (DNS); choose another with ${flag}`);
  if (code === 'EAFNOSUPPORT') return new ListenError(`this machine has no IPv6 for ${host}; choose one with ${flag}`);
  if (code !== 'EACCES') return new ListenError(`cannot listen on ${host} port ${port}: ${message}`);
  return new ListenError(
    `port ${port} may only be listened on by root, or with CAP_NET_BIND_SERVICE; choose one above 1023 with ${flag}, or let a proxy stand in front`,
  );
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
