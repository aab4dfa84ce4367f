/**
 * Which addresses a tenant's pipeline may send to: https on a public host. Tenants write pipelines, so this is the guard
 * against reaching the platform's or the operator's own network. Checked when a pipeline is saved and again on each send.
 * URL parsing has already made 127.1, 0x7f000001 and 2130706433 into dotted IPv4; names with a trailing dot and IPv4 inside
 * IPv6 it leaves to us.
 */
const DEFAULT_PORT = '';

/** Ports of the services that destinations are; everything else on a host is none of a pipeline's business. */
const ALLOWED_PORTS: ReadonlySet<string> = new Set([
  DEFAULT_PORT,
  ...['443', '8443', '9443'],
  ...['3100', '3200', '4040', '4318', '8080', '8427', '8428', '8429', '8480', '9009', '9090', '9091', '9428'],
]);

const PRIVATE_NAMES = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home', 'corp', 'localdomain', 'home.arpa'];

/** [network, prefix length]: loopback, private, link-local, shared, benchmark, documentation, multicast, reserved. */
const PRIVATE_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

export interface EgressOptions {
  readonly allowPrivate: boolean;
}

/** Answers for the URLs of late: each send asks, and an answer depends on nothing but the text. */
const known = new Map<string, string | undefined>();
const MAX_KNOWN = 1_000;

/** What is wrong with the address, or undefined. The text never repeats credentials of the URL. */
export function egressProblem(url: string, options: EgressOptions): string | undefined {
  const key = `${options.allowPrivate} ${url}`;
  const answer = known.get(key);
  if (answer !== undefined || known.has(key)) return answer;
  if (known.size >= MAX_KNOWN) known.clear();
  const problem = findProblem(url, options);
  known.set(key, problem);
  return problem;
}

function findProblem(url: string, options: EgressOptions): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return 'is not a URL';
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return 'must not hold credentials; use basic_auth or bearer_token';
  }
  if (parsed.protocol !== 'https:' && !(options.allowPrivate && parsed.protocol === 'http:')) {
    return `must be https, not ${parsed.protocol}`;
  }
  if (options.allowPrivate) return undefined;
  if (!ALLOWED_PORTS.has(parsed.port)) return `uses port ${parsed.port}, which destinations may not use`;
  return hostProblem(parsed.hostname);
}

function hostProblem(hostname: string): string | undefined {
  const host = hostname.replace(/\.+$/, '').toLowerCase();
  if (host.startsWith('[')) return ipv6Problem(host.slice(1, -1));
  const ipv4 = parseIpv4(host);
  if (ipv4 !== undefined) return isPrivateIpv4(ipv4) ? `is the private address ${host}` : undefined;
  if (!host.includes('.')) return `names ${host}, which is not a public host`;
  if (PRIVATE_NAMES.some((name) => host === name || host.endsWith(`.${name}`))) {
    return `names ${host}, which is not a public host`;
  }
  const embedded = embeddedIpv4(host);
  if (embedded !== undefined && isPrivateIpv4(embedded)) return `names ${host}, which stands for a private address`;
  return undefined;
}

/** Services such as nip.io answer with the address that is written in the name, with dots or dashes. */
function embeddedIpv4(host: string): number | undefined {
  const match = /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})\.(?:nip|sslip|xip)\.io$/.exec(host);
  return match === null ? undefined : parseIpv4(match.slice(1, 5).join('.'));
}

function ipv6Problem(address: string): string | undefined {
  const groups = parseIpv6(address);
  if (groups === undefined) return 'has an address that cannot be read';
  const [first = 0, second = 0] = groups;
  const last = (groups[6] as number) * 0x10000 + (groups[7] as number);
  const isGlobalUnicast = first >= 0x2000 && first <= 0x3fff;
  // 6to4 (2002::/16) and Teredo (2001::/32) carry an IPv4 address that may be private; documentation is 2001:db8::/32.
  const isTunnelled = first === 0x2002 || (first === 0x2001 && (second === 0 || second === 0xdb8));
  // 64:ff9b::/96 is NAT64: as good or bad as the IPv4 address inside.
  const isNat64 = first === 0x64 && second === 0xff9b;
  if (isNat64 && !isPrivateIpv4(last)) return undefined;
  return isGlobalUnicast && !isTunnelled ? undefined : `is the address [${address}], which is not public`;
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((address, part) => address * 256 + Number(part), 0);
}

function isPrivateIpv4(address: number): boolean {
  return PRIVATE_IPV4.some(([network, prefix]) => {
    const size = 2 ** (32 - prefix);
    return Math.floor(address / size) === Math.floor((parseIpv4(network) as number) / size);
  });
}

/** The eight groups of an address as URL parsing writes it: lower case, compressed, no dotted tail. */
function parseIpv6(address: string): number[] | undefined {
  const [head = '', tail, ...more] = address.split('::');
  if (more.length > 0) return undefined;
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - left.length - right.length;
  if (missing < 0 || (tail === undefined && missing > 0)) return undefined;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}
