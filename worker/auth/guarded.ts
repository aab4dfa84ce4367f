/** One token of one request, behind the shield. Push paths and the admin API share it: guesses at both count together. */
import { type Failure, failure, type Outcome } from '../../core/outcome.ts';
import type { Env } from '../env.ts';
import { log } from '../telemetry/log.ts';
import { clientAddress, isLikeUnnamedProxy } from './client-address.ts';
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
  const address = clientAddress(request, env);
  if (await shield.failed(address, env, nowMs)) log('warn', 'address_blocked', { address, ...hint(request, env) });
  return outcome;
}

/** Behind a proxy that is not named one who guesses keeps out everybody whose token is not known yet. */
function hint(request: Request, env: Env): { readonly hint?: string } {
  const text = 'if this is a reverse proxy of yours, name it with --trusted-proxy, so that its clients are told apart';
  return isLikeUnnamedProxy(request, env) ? { hint: text } : {};
}

/** Addresses that the admin token was sent from, the latest last: somebody who guesses from elsewhere does not lock it out. */
const adminAddresses = new Set<string | undefined>();
const MAX_ADMIN_ADDRESSES = 100;

/**
 * The admin token is a text that people may choose. Where it could be guessed, it is answered as bad ones are from where too
 * many of them came: there guessing goes no faster than the shield lets it. A long random one always passes, because nobody
 * who happens to share an address with an operator, or a proxy that is not named, may keep him out of his own gateway; it
 * costs no look-up either. Undefined: it may pass.
 */
export function adminTokenRefusal(token: string, request: Request, env: Env, nowMs: number): Failure | undefined {
  if (!isGuessable(token)) return undefined;
  const address = clientAddress(request, env);
  const waitMs = adminAddresses.has(address) ? 0 : shield.waitMs(address, nowMs);
  if (waitMs > 0) return tooMany(waitMs);
  adminAddresses.delete(address);
  adminAddresses.add(address);
  if (adminAddresses.size > MAX_ADMIN_ADDRESSES) adminAddresses.delete(adminAddresses.values().next().value);
  return undefined;
}

/** Those that `npm run deploy` and `serve` make are never. The second keeps one word, again and again, from passing for random. */
function isGuessable(token: string): boolean {
  return token.length < RANDOM_LENGTH || new Set(token).size < RANDOM_VARIETY;
}

const RANDOM_LENGTH = 32;
const RANDOM_VARIETY = 10;

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
