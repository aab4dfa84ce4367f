/**
 * Addresses as numbers, and which of them belong to nobody's public network. IPv4 and IPv6 are both a list of 16-bit
 * groups, so that one comparison serves networks of both.
 */
export type Address = readonly number[];

export interface Network {
  readonly groups: Address;
  readonly prefixBits: number;
}

/** Loopback, private, link-local, shared, benchmark, documentation, multicast, reserved. */
const PRIVATE_IPV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  // Azure's platform behind every machine there, with their certificates and settings; other clouds' are link-local.
  '168.63.129.16/32',
].map(mustBeNetwork);

/**
 * Global unicast is 2000::/3; these parts of it are not: protocol assignments, with Teredo, benchmarks and ORCHID among
 * them (2001::/23), documentation (2001:db8::/32, 3fff::/20), and 6to4, which carries an IPv4 address of any kind.
 */
const GLOBAL_IPV6 = mustBeNetwork('2000::/3');
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(mustBeNetwork);
/** NAT64 by its well-known prefix is as good or bad as the IPv4 address inside; 64:ff9b:1::/48 is for local use only. */
const NAT64 = mustBeNetwork('64:ff9b::/96');

/** Dotted IPv4 as URL parsing writes it, or IPv6 without brackets. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text.toLowerCase()) : parseIpv4(text);
}

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
export function parseNetwork(text: string): Network | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const groups = match === null ? undefined : parseAddress(match[1] as string);
  if (groups === undefined) return undefined;
  const bits = groups.length * 16;
  const prefixBits = match?.[2] === undefined ? bits : Number(match[2]);
  return prefixBits <= bits ? { groups, prefixBits } : undefined;
}

export function isInside(address: Address, { groups, prefixBits }: Network): boolean {
  if (address.length !== groups.length) return false;
  return groups.every((group, i) => {
    const bits = Math.min(Math.max(prefixBits - i * 16, 0), 16);
    const shift = 16 - bits;
    return group >> shift === (address[i] as number) >> shift;
  });
}

export function isPublic(address: Address): boolean {
  if (address.length === 2) return !PRIVATE_IPV4.some((network) => isInside(address, network));
  const embedded = address.slice(6);
  if (isInside(address, NAT64)) return isPublic(embedded);
  // ISATAP (RFC 5214): …:0:5efe:<IPv4> behind any prefix.
  const isIsatap = address[5] === 0x5efe && (address[4] === 0 || address[4] === 0x200);
  if (isIsatap && !isPublic(embedded)) return false;
  return isInside(address, GLOBAL_IPV6) && !SPECIAL_IPV6.some((network) => isInside(address, network));
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  return [a * 256 + b, c * 256 + d];
}

function parseIpv6(text: string): Address | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const tail = parseIpv4(dotted[2] as string);
    if (tail === undefined) return undefined;
    return parseIpv6(`${dotted[1]}${tail.map((group) => group.toString(16)).join(':')}`);
  }
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - left.length - right.length;
  if (missing < 0 || (tail === undefined && missing > 0)) return undefined;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}

function mustBeNetwork(text: string): Network {
  const network = parseNetwork(text);
  if (network === undefined) throw new Error(`${text} is not a network`);
  return network;
}
