/** HTTP servers of tests: on a port of loopback that was free, and closed together with their connections. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Its address, once it listens. */
export async function listenOnLoopback(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return loopbackUrl(server);
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export function loopbackUrl(server: Server): string {
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Also those that a client keeps open. */
export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
