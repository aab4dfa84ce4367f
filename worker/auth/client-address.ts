/**
 * Where a request comes from, as the platform says it, never as the client says it. `request.cf` is the platform's: on
 * Cloudflare it comes with every request, and there the edge sets CF-Connecting-IP itself, whatever the client sent. A
 * plain workerd has no edge in front and would take the header from the client; it names the peer of the connection.
 */
interface PlatformFacts {
  /** Cloudflare's data centre. */
  readonly colo?: unknown;
  /** Plain workerd: `192.0.2.7:51000` or `[2001:db8::7]:51000`. */
  readonly clientIp?: unknown;
}

/** Undefined where nothing can be known for certain. An IPv6 network of 64 bits is one client: it is one customer's. */
export function clientAddress(request: Request): string | undefined {
  const { colo, clientIp } = (request.cf ?? {}) as PlatformFacts;
  if (typeof colo === 'string') return network(request.headers.get('cf-connecting-ip') ?? '');
  return typeof clientIp === 'string' ? network(withoutPort(clientIp)) : undefined;
}

function withoutPort(peer: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(peer);
  if (bracketed !== null) return bracketed[1] as string;
  return /^[^:]*:\d+$/.test(peer) ? peer.slice(0, peer.indexOf(':')) : peer;
}

function network(address: string): string | undefined {
  if (address === '' || address.length > 45) return undefined;
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1];
  const [head = '', tail] = address.toLowerCase().split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  const groups = [...first, ...zeros, ...last].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.join(':')}::/64`;
}
