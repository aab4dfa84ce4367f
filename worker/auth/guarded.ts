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
  const waitMs = check.isKnown ? 0 : waitOf(request, nowMs);
  if (waitMs > 0) return tooMany(waitMs);
  const outcome = await check.run();
  if (outcome.ok || outcome.reason !== 'unauthenticated') return outcome;
  // The same answer as to an id that is not known, or the difference would say which ids there are.
  const knownWaitMs = check.isKnown ? waitOf(request, nowMs) : 0;
  if (knownWaitMs > 0) return tooMany(knownWaitMs);
  await shield.failed(clientAddress(request), env, nowMs);
  return outcome;
}

function waitOf(request: Request, nowMs: number): number {
  return shield.waitMs(clientAddress(request), nowMs);
}

function tooMany(waitMs: number): Failure {
  const message = 'Bad tokens came too often from this address. Tokens that are in use keep working.';
  return failure('too_many_requests', message, Math.ceil(waitMs / 1000));
}

/** Tests only: what a new isolate knows. */
export function forgetAllFailures(): void {
  shield.clear();
}
