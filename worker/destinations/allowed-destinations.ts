/**
 * ALLOWED_DESTINATIONS: what an operator lets pipelines reach beyond public https, by name or by network. An entry is a
 * host, `*.suffix`, an address or a CIDR, of any port, and by http: too. An entry that cannot be read allows nothing.
 */
import { isInside, type Network, parseAddress, parseNetwork } from './addresses.ts';

export interface AllowedDestinations {
  readonly hosts: ReadonlySet<string>;
  /** With the dot at the front. */
  readonly suffixes: readonly string[];
  readonly networks: readonly Network[];
  readonly unreadable: readonly string[];
}

const HOST = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

export function parseAllowedDestinations(text: string): AllowedDestinations {
  const entries = text.toLowerCase().split(/[\s,]+/);
  const hosts = new Set<string>();
  const suffixes: string[] = [];
  const networks: Network[] = [];
  const unreadable: string[] = [];
  for (const entry of entries) {
    if (entry === '') continue;
    const network = parseNetwork(entry.replace(/^\[(.*)\]$/, '$1'));
    if (network !== undefined) networks.push(network);
    else if (entry.startsWith('*.') && HOST.test(entry.slice(2))) suffixes.push(entry.slice(1));
    else if (HOST.test(entry) && !/^[\d.]+$/.test(entry)) hosts.add(entry);
    else unreadable.push(entry);
  }
  return { hosts, suffixes, networks, unreadable };
}

/** `host` as `plainHost` writes it. */
export function isAllowedHost(host: string, allowed: AllowedDestinations): boolean {
  const address = parseAddress(host);
  if (address !== undefined) return allowed.networks.some((network) => isInside(address, network));
  return allowed.hosts.has(host) || allowed.suffixes.some((suffix) => host.endsWith(suffix));
}

/** A URL's host name without brackets and without the dot of the root. */
export function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/\.+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
