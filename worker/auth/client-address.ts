/**
 * Where a request comes from, as the platform says it, never as the client says it. `request.cf` is the platform's: on
 * Cloudflare it comes with every request, and there the edge sets CF-Connecting-IP itself, whatever the client sent. A
 * plain workerd has no edge in front and would take the header from the client; it names the peer of the connection. Where
 * that is a proxy of the operator's own (TRUSTED_PROXIES), the proxy says who came to it and how: the last of X-Forwarded-For
 * that is no such proxy, the last of X-Forwarded-Proto. What stands further left came with the request and may be anything.
 */
import {
  type Address,
  isInside,
  isPublic,
  type Network,
  parseAddress,
  parseNetwork,
} from '../destinations/addresses.ts';
import type { Env } from '../env.ts';

interface PlatformFacts {
  /** Cloudflare's data centre. */
  readonly colo?: unknown;
  /** Plain workerd: `192.0.2.7:51000` or `[2001:db8::7]:51000`. */
  readonly clientIp?: unknown;
}

/** A chain of more proxies is none. */
const MAX_HOPS = 16;

/** Undefined where nothing can be known for certain. An IPv6 network of 64 bits is one client: it is one customer's. */
export function clientAddress(request: Request, env: Pick<Env, 'TRUSTED_PROXIES'>): string | undefined {
  if (isAtEdge(request)) return nameOf(readAddress(request.headers.get('cf-connecting-ip') ?? ''));
  const peer = peerOf(request);
  const proxies = proxiesOf(env);
  if (peer === undefined || proxies.length === 0) return nameOf(peer);
  return nameOf(behindProxies(peer, request.headers.get('x-forwarded-for') ?? '', proxies));
}

/** Where the client finds this gateway: by the Host as it came, and by TLS where a proxy of the operator's ends it. */
export function clientOrigin(request: Request, env: Pick<Env, 'TRUSTED_PROXIES'>): string {
  const url = new URL(request.url);
  const peer = isAtEdge(request) ? undefined : peerOf(request);
  if (peer === undefined || !isProxy(peer, proxiesOf(env))) return url.origin;
  const scheme = request.headers.get('x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase();
  // Not by url.protocol: a port that is the new scheme's own has to go.
  return scheme === 'http' || scheme === 'https' ? new URL(`${scheme}://${url.host}`).origin : url.origin;
}

/** It forwards for somebody and comes from a network of one's own, but is none of the proxies that are trusted. */
export function isLikeUnnamedProxy(request: Request, env: Pick<Env, 'TRUSTED_PROXIES'>): boolean {
  const peer = isAtEdge(request) ? undefined : peerOf(request);
  if (peer === undefined || isPublic(peer) || isProxy(peer, proxiesOf(env))) return false;
  return request.headers.has('x-forwarded-for');
}

function isAtEdge(request: Request): boolean {
  return typeof (request.cf as PlatformFacts | undefined)?.colo === 'string';
}

function peerOf(request: Request): Address | undefined {
  const { clientIp } = (request.cf ?? {}) as PlatformFacts;
  return typeof clientIp === 'string' ? readAddress(clientIp) : undefined;
}

function isProxy(address: Address, proxies: readonly Network[]): boolean {
  return proxies.some((network) => isInside(address, network));
}

/** Ends at the first hop that is no proxy, or behind which nothing can be read: then the proxy is all that is known. */
function behindProxies(peer: Address, forwardedFor: string, proxies: readonly Network[]): Address {
  let last = peer;
  for (const hop of forwardedFor.split(',').slice(-MAX_HOPS).reverse()) {
    const address = isProxy(last, proxies) ? readAddress(hop.trim()) : undefined;
    if (address === undefined) return last;
    last = address;
  }
  return last;
}

let known: { readonly text: string; readonly networks: readonly Network[] } = { text: '', networks: [] };

/** An entry that cannot be read trusts nobody; `spillway serve` refuses it. */
function proxiesOf({ TRUSTED_PROXIES: text = '' }: Pick<Env, 'TRUSTED_PROXIES'>): readonly Network[] {
  if (known.text !== text) {
    const networks = text.split(',').map((entry) => parseNetwork(entry.trim()));
    known = { text, networks: networks.filter((network) => network !== undefined).map(ofIpv4) };
  }
  return known.networks;
}

/** `::ffff:10.0.0.1`, as logs of dual-stack servers write it. Not `::ffff:0:0/96`, which are all of them. */
function ofIpv4(network: Network): Network {
  const { groups, prefixBits } = network;
  return isMapped(groups) && prefixBits > 96 ? { groups: groups.slice(6), prefixBits: prefixBits - 96 } : network;
}

function isMapped(address: Address): boolean {
  return address.length === 8 && address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);
}

const LONGEST = '[0000:0000:0000:0000:0000:ffff:255.255.255.255]:65535'.length;

/** With a port or without, as workerd and some proxies write it. IPv4 inside IPv6 is IPv4. */
function readAddress(text: string): Address | undefined {
  if (text.length > LONGEST) return undefined;
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text.replace(/^([^:]*):\d{1,5}$/, '$1');
  const address = parseAddress(bare);
  return address !== undefined && isMapped(address) ? address.slice(6) : address;
}

function nameOf(address: Address | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (address.length === 2) return address.flatMap((group) => [group >> 8, group & 0xff]).join('.');
  const groups = address.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}
