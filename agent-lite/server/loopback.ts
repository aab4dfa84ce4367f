/**
 * A page of another site can have its own name resolved to 127.0.0.1 and then read what a server on this machine answers
 * (DNS rebinding). A server that listens on loopback only therefore answers to loopback's names only.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** For servers on loopback; `header` as it came. Clients of HTTP/1.0 send none, and no browser is one. */
export function namesLoopback(header: string | undefined): boolean {
  if (header === undefined) return true;
  const host = header.toLowerCase().replace(/:\d*$/, '');
  return isLoopbackHost(host.replace(/^\[(.*)\]$/, '$1'));
}

/** For a server that is not listening yet: whether a request must be refused for the name that it was sent to. */
export function reboundCheck(server: Server): (request: IncomingMessage) => boolean {
  let isLoopback = true;
  server.on('listening', () => {
    isLoopback = isLoopbackHost((server.address() as AddressInfo).address);
  });
  return ({ headers }) => isLoopback && !namesLoopback(headers.host);
}

export const MISDIRECTED = 421;
export const ON_LOOPBACK_ONLY = 'this agent answers to localhost and 127.0.0.1 only';
