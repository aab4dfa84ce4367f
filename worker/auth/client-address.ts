/**
 * Where a request comes from, as the platform says it, never as the client says it. `request.cf` is the platform's: on
 * Cloudflare it comes with every request, and there the edge sets CF-Connecting-IP itself, whatever the client sent. A
 * plain workerd has no edge in front and would take the header from the client; it names the peer of the connection. Where
 * that is a proxy of the operator's own (TRUSTED_PROXIES), the proxy says who came to it: the last of X-Forwarded-For that
 * is no such proxy. What stands further left came with the request and may be anything.
 */
import { type Address, isInside, type Network, parseAddress, parseNetwork } from '../destinations/addresses.ts';
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
  const { colo, clientIp } = (request.cf ?? {}) as PlatformFacts;
  if (typeof colo === 'string') return nameOf(readAddress(request.headers.get('cf-connecting-ip') ?? ''));
  if (typeof clientIp !== 'string') return undefined;
  const peer = readAddress(clientIp);
  const proxies = proxiesOf(env.TRUSTED_PROXIES ?? '');
  if (peer === undefined || proxies.length === 0) return nameOf(peer);
  return nameOf(behindProxies(peer, request.headers.get('x-forwarded-for') ?? '', proxies));
}

/** Ends at the first hop that is no proxy, or behind which nothing can be read: then the proxy is all that is known. */
function behindProxies(peer: Address, forwardedFor: string, proxies: readonly Network[]): Address {
  const isProxy = (address: Address) => proxies.some((network) => isInside(address, network));
  let last = peer;
  for (const hop of forwardedFor.split(',').slice(-MAX_HOPS).reverse()) {
    const address = isProxy(last) ? readAddress(hop.trim()) : undefined;
    if (address === undefined) return last;
    last = address;
  }
  return last;
}

let known: { readonly text: string; readonly networks: readonly Network[] } = { text: '', networks: [] };

/** An entry that cannot be read trusts nobody; `spillway serve` refuses it. */
function proxiesOf(text: string): readonly Network[] {
  if (known.text !== text) {
    const networks = text.split(',').map((entry) => parseNetwork(entry.trim()));
    known = { text, networks: networks.filter((network) => network !== undefined) };
  }
  return known.networks;
}

const LONGEST = '[0000:0000:0000:0000:0000:ffff:255.255.255.255]:65535'.length;

/** With a port or without, as workerd and some proxies write it. IPv4 inside IPv6 is IPv4. */
function readAddress(text: string): Address | undefined {
  if (text.length > LONGEST) return undefined;
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text.replace(/^([^:]*):\d{1,5}$/, '$1');
  const address = parseAddress(bare);
  const isMapped = address?.length === 8 && address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);
  return isMapped ? address.slice(6) : address;
}

function nameOf(address: Address | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (address.length === 2) return address.flatMap((group) => [group >> 8, group & 0xff]).join('.');
  const groups = address.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}
