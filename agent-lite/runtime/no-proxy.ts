/**
 * Which hosts NO_PROXY takes out, by the rules of Go's httpproxy package, as Alloy has them: `example.com` is the host and
 * everything below it, `.example.com` and `*.example.com` only what is below, a port narrows an entry, addresses and CIDRs
 * match addresses only, and `*` is everything. Node's own rules differ: they know no CIDR, and nothing below a name.
 */
import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from '../server/loopback.ts';

type Excepts = (host: string, port: string) => boolean;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Whether a URL is to be asked without the proxy. */
export function noProxyRule(list: string): (url: URL) => boolean {
  const entries = list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(entryRule);
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
    const asked = port === '' ? (DEFAULT_PORTS[protocol] ?? '') : port;
    return entries.some((excepts) => excepts(host, asked));
  };
}

export function isThisMachine({ hostname }: URL): boolean {
  return isLoopbackHost(hostname.replace(/^\[(.*)\]$/, '$1'));
}

function entryRule(entry: string): Excepts {
  if (entry === '*') return () => true;
  const network = networkRule(entry);
  if (network !== undefined) return network;
  const [, name = '', wanted] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  const isPort = (port: string) => wanted === undefined || port === wanted;
  if (isIP(bare) !== 0) return (host, port) => host === bare && isPort(port);
  const below = name.replace(/^\*?\.?/, '.');
  return (host, port) => (host.endsWith(below) || host === name) && isPort(port);
}

/** An address or a CIDR. */
function networkRule(entry: string): Excepts | undefined {
  const [address = '', prefix, ...more] = entry.split('/');
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  if (family === 0 || more.length > 0) return undefined;
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)) return undefined;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, prefix === undefined ? bits : Number(prefix), type);
  return (host) => isIP(host) === family && list.check(host, type);
}
