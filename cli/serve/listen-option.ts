/** `--listen ADDR` of `spillway serve`: host:port, :port (every address), [::1]:port. Port 0: any free one. */
import { isIPv4, isIPv6 } from 'node:net';
import { InvalidArgumentError } from 'commander';

export interface ListenAddress {
  /** Without the brackets of IPv6; `*`: every address of the machine, of both families. */
  readonly host: string;
  readonly port: number;
}

const FORM = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/;
const HOST_NAME = /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/;

/** For commander. */
export function parseListen(text: string): ListenAddress {
  const [, bracketed, plain = '', digits] = FORM.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed)))
    throw new InvalidArgumentError('Write host:port, :port or [::1]:port; the port is a number from 0 to 65535.');
  const host = bracketed ?? plain;
  if (host === '' || host === '*') return { host: '*', port };
  if (bracketed === undefined && !isIPv4(host) && (/^[\d.]+$/.test(host) || !HOST_NAME.test(host)))
    throw new InvalidArgumentError(`${JSON.stringify(host)} is neither an address nor a host name.`);
  return { host, port };
}

/** As it stands in URLs and in workerd's configuration. */
export function hostPort({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where a client on this machine reaches it. */
export function localUrl({ host, port }: ListenAddress): string {
  if (host === '*' || host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return `http://${hostPort({ host: host === '::' ? '::1' : host, port })}`;
}

export function isLoopback({ host }: ListenAddress): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
