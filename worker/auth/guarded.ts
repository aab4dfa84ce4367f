/** One token of one request, behind the shield. Push paths and the admin API share it: guesses at both count together. */
import { type Failure, failure, type Outcome } from '../../core/outcome.ts';
import type { Env } from '../env.ts';
import { clientAddress } from './client-address.ts';
import { AuthShield } from './shield.ts';

const shield = new AuthShield();

export interface Check<T> {
  /** This isolate has seen the token's id: looking it up is not worth anything to who guesses. */
  readonly isKnown: boolean;
  /** A failure `unauthenticated` counts. */
  readonly run: () => Promise<Outcome<T>>;
}

export async function guarded<T>(request: Request, env: Env, nowMs: number, check: Check<T>): Promise<Outcome<T>> {
  // Nearly every request has a known token, and where it comes from is nobody's business then.
  const waitMs = check.isKnown ? 0 : waitOf(request, env, nowMs);
  if (waitMs > 0) return tooMany(waitMs);
  const outcome = await check.run();
  if (outcome.ok || outcome.reason !== 'unauthenticated') return outcome;
  // The same answer as to an id that is not known, or the difference would say which ids there are.
  const knownWaitMs = check.isKnown ? waitOf(request, env, nowMs) : 0;
  if (knownWaitMs > 0) return tooMany(knownWaitMs);
  await shield.failed(clientAddress(request, env), env, nowMs);
  return outcome;
}

/** Addresses that the admin token was sent from, the latest last: somebody who guesses from elsewhere does not lock it out. */
const adminAddresses = new Set<string | undefined>();
const MAX_ADMIN_ADDRESSES = 100;

/**
 * The admin token is a text that people may choose, so where too many bad tokens came from, the good one is answered as they
 * are: there guessing goes no faster than the shield lets it. Undefined: it may pass.
 */
export function adminTokenRefusal(request: Request, env: Env, nowMs: number): Failure | undefined {
  const address = clientAddress(request, env);
  const waitMs = adminAddresses.has(address) ? 0 : shield.waitMs(address, nowMs);
  if (waitMs > 0) return tooMany(waitMs);
  adminAddresses.delete(address);
  adminAddresses.add(address);
  if (adminAddresses.size > MAX_ADMIN_ADDRESSES) adminAddresses.delete(adminAddresses.values().next().value);
  return undefined;
}

function waitOf(request: Request, env: Env, nowMs: number): number {
  return shield.waitMs(clientAddress(request, env), nowMs);
}

function tooMany(waitMs: number): Failure {
  const message = 'Bad tokens came too often from this address. Tokens that are in use keep working.';
  return failure('too_many_requests', message, Math.ceil(waitMs / 1000));
}

/** Tests only: what a new isolate knows. */
export function forgetAllFailures(): void {
  shield.clear();
  adminAddresses.clear();
}
