/** What is wrong with the destinations of a pipeline that is to be saved: by their URLs, and by what their names resolve to. */
import type { Destination } from '../../core/delivery/destination.ts';
import type { Env } from '../env.ts';
import { isPublic, parseAddress } from './addresses.ts';
import { plainHost } from './allowed-destinations.ts';
import { type EgressOptions, egressProblem, isNamedByOperator } from './egress-policy.ts';
import { resolve } from './resolve.ts';
import { sendOptions } from './send.ts';

export interface DestinationProblem {
  readonly destination: Destination;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What whoever runs the gateway can do about it. */
  readonly hint?: string;
}

/** Names no host: a URL may hold a secret. */
const CAN_BE_ALLOWED =
  'whoever runs the gateway can allow it: spillway serve --allow-destination HOST, or ALLOWED_DESTINATIONS (docs/security.md)';

/** Two requests each; the platform gives a request 50. */
const MAX_LOOKUPS = 20;

/** `adminHost`: as `sendOptions` has it. */
export async function checkDestinations(
  destinations: Iterable<Destination>,
  env: Env,
  adminHost: string,
): Promise<DestinationProblem[]> {
  const options = sendOptions(env, adminHost);
  const problems: DestinationProblem[] = [];
  const byHost = new Map<string, Destination[]>();
  for (const destination of destinations) {
    const { id, url } = destination;
    const problem = egressProblem(url, options);
    if (problem !== undefined) {
      const message = `${id}: the URL ${problem}`;
      const allowable = egressProblem(url, { ...options, allowPrivate: true }) === undefined;
      problems.push({ destination, severity: 'error', message, ...(allowable && { hint: CAN_BE_ALLOWED }) });
    } else if (needsLookup(url, env, options)) {
      const host = plainHost(new URL(url).hostname);
      byHost.set(host, [...(byHost.get(host) ?? []), destination]);
    }
  }
  const hosts = [...byHost].slice(0, MAX_LOOKUPS);
  const found = await Promise.all(hosts.map(([host, users]) => lookUp(host, users, env.DNS_OVER_HTTPS_URL ?? '')));
  return [...problems, ...found.flat()];
}

function needsLookup(url: string, env: Env, options: EgressOptions): boolean {
  if (options.allowPrivate || (env.DNS_OVER_HTTPS_URL ?? '') === '') return false;
  const { hostname } = new URL(url);
  return parseAddress(plainHost(hostname)) === undefined && !isNamedByOperator(hostname, options);
}

async function lookUp(host: string, users: readonly Destination[], resolver: string): Promise<DestinationProblem[]> {
  const told = (severity: DestinationProblem['severity'], text: string, more: { hint?: string } = {}) =>
    users.map((destination) => ({ destination, severity, message: `${destination.id}: ${text}`, ...more }));
  const resolution = await resolve(host, resolver);
  switch (resolution.kind) {
    case 'unknown':
      return told('warning', `the host ${host} has no address yet; data will wait in the outbox until it has one`);
    case 'unavailable':
      return told('warning', `the host ${host} could not be looked up: the resolver does not answer as it should`);
    case 'found': {
      const hidden = resolution.addresses.find(({ address }) => !isPublic(address));
      if (hidden === undefined) return [];
      return told('error', `the URL names ${host}, which resolves to ${hidden.text}, an address that is not public`, {
        hint: CAN_BE_ALLOWED,
      });
    }
  }
}
