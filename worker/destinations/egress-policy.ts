/**
 * Which addresses a tenant's pipeline may send to: https on a public host. Tenants write pipelines, so this is the guard
 * against reaching the platform's or the operator's own network. Checked when a pipeline is saved and again on each send.
 * URL parsing has already made 127.1, 0x7f000001, 2130706433 and fullwidth digits into dotted IPv4; names with a trailing
 * dot and IPv4 inside IPv6 it leaves to us.
 */
import { isPublic, parseAddress } from './addresses.ts';
import {
  type AllowedDestinations,
  isAllowedHost,
  parseAllowedDestinations,
  plainHost,
} from './allowed-destinations.ts';

const DEFAULT_PORT = '';

/** Ports of the services that destinations are; everything else on a host is none of a pipeline's business. */
const ALLOWED_PORTS: ReadonlySet<string> = new Set([
  DEFAULT_PORT,
  ...['443', '8443', '9443'],
  ...['3100', '3200', '4040', '4318', '8080', '8427', '8428', '8429', '8480', '9009', '9090', '9091', '9428'],
]);

const PRIVATE_NAMES = [
  ...['localhost', 'local', 'internal', 'intranet', 'lan', 'home', 'corp', 'localdomain', 'home.arpa', 'private'],
  // Public names that answer 127.0.0.1 for everyone.
  ...['localtest.me', 'lvh.me', 'vcap.me', 'lacolhost.com', 'localhost.direct', 'traefik.me'],
];

export interface EgressOptions {
  /** Everything but credentials in URLs and the gateway itself: for a gateway on one's own machine. */
  readonly allowPrivate: boolean;
  /** ALLOWED_DESTINATIONS as it was set. */
  readonly allowed?: string;
  /** `host[:port]` under which this gateway is reached, comma-separated: a pipeline that sends to it would go in circles. */
  readonly ownHosts?: string;
}

/** Answers for the URLs of late: each send asks, and an answer depends on nothing but the texts. */
const known = new Map<string, string | undefined>();
const MAX_KNOWN = 1_000;

let allowedText = '';
let allowed = parseAllowedDestinations(allowedText);

/** What is wrong with the address, or undefined. The text never repeats credentials of the URL. */
export function egressProblem(url: string, options: EgressOptions): string | undefined {
  const key = `${options.allowPrivate}\n${options.allowed ?? ''}\n${options.ownHosts ?? ''}\n${url}`;
  const answer = known.get(key);
  if (answer !== undefined || known.has(key)) return answer;
  if (known.size >= MAX_KNOWN) known.clear();
  const problem = findProblem(url, options);
  known.set(key, problem);
  return problem;
}

/** Whether the operator named this host, so that nothing else is asked of it. */
export function isNamedByOperator(hostname: string, options: EgressOptions): boolean {
  return isAllowedHost(plainHost(hostname), allowedDestinations(options.allowed ?? ''));
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
  const isHttp = parsed.protocol === 'http:';
  if (!isHttp && parsed.protocol !== 'https:') return `must be https, not ${parsed.protocol}`;
  if (isOwn(parsed, options.ownHosts ?? '')) return 'names this gateway itself, so that data would go in circles';
  if (options.allowPrivate || isNamedByOperator(parsed.hostname, options)) return undefined;
  if (isHttp) return 'must be https, not http:';
  if (!ALLOWED_PORTS.has(parsed.port)) return `uses port ${parsed.port}, which destinations may not use`;
  return hostProblem(plainHost(parsed.hostname));
}

function allowedDestinations(text: string): AllowedDestinations {
  if (text !== allowedText) {
    allowedText = text;
    allowed = parseAllowedDestinations(text);
  }
  return allowed;
}

/** On workers.dev, versions of a Worker have names of their own in front of its name: `<version>-<name>.<account>`. */
function isOwn(url: URL, ownHosts: string): boolean {
  const host = hostAndPort(url);
  return ownHosts
    .split(',')
    .map((own) => own.trim().toLowerCase().replace(OWN_DEFAULT_PORT, ''))
    .filter((own) => own !== '')
    .some((own) => host === own || (own.endsWith('.workers.dev') && host.endsWith(`-${own}`)));
}

/** URLs leave the port of their scheme out, so an own host with one of them would be found in none. */
const OWN_DEFAULT_PORT = /:(?:80|443)$/;

function hostAndPort({ hostname, port }: URL): string {
  return `${hostname.toLowerCase().replace(/\.+$/, '')}${port === '' ? '' : `:${port}`}`;
}

function hostProblem(host: string): string | undefined {
  const address = parseAddress(host);
  if (address !== undefined) return isPublic(address) ? undefined : `is the address ${host}, which is not public`;
  if (host.includes(':')) return 'has an address that cannot be read';
  if (!host.includes('.')) return `names ${host}, which is not a public host`;
  if (PRIVATE_NAMES.some((name) => host === name || host.endsWith(`.${name}`))) {
    return `names ${host}, which is not a public host`;
  }
  return standsForPrivate(host) ? `names ${host}, which stands for a private address` : undefined;
}

/** Services that answer with the address that is written in the name also take it in hexadecimal and as IPv6. */
const ADDRESS_SERVICES = /\.(?:nip|sslip|xip)\.io$/;

/** An address inside a name, with dots or dashes, is what such services answer with, whatever their own name. */
function standsForPrivate(host: string): boolean {
  const labels = ADDRESS_SERVICES.test(host) ? host.split('.').slice(0, -2) : [];
  const hexadecimal = labels
    .map((label) => /(?:^|-)([0-9a-f]{8})$/.exec(label)?.[1])
    .filter((hex) => hex !== undefined);
  const isPrivate = (text: string) => {
    const address = parseAddress(text);
    return address !== undefined && !isPublic(address);
  };
  return (
    dottedAddresses(host).some(isPrivate) ||
    hexadecimal.some((hex) =>
      isPrivate((hex.match(/../g) as string[]).map((byte) => Number.parseInt(byte, 16)).join('.')),
    ) ||
    labels.some((label) => label.includes('--') && isPrivate(label.replaceAll('-', ':')))
  );
}

/** Every four numbers in a row, also those that overlap: `app.10.0.0.1`, `10-0-0-1-app`. */
function dottedAddresses(host: string): string[] {
  return ['.', '-'].flatMap((separator) => {
    const parts = host.split(separator === '.' ? '.' : /[.-]/);
    return parts.map((_, i) => parts.slice(i, i + 4).join('.'));
  });
}
