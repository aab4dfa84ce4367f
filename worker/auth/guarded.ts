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
  const address = clientAddress(request);
  const waitMs = shield.waitMs(address, nowMs);
  if (waitMs > 0 && !check.isKnown) return tooMany(waitMs);
  const outcome = await check.run();
  if (outcome.ok || outcome.reason !== 'unauthenticated') return outcome;
  // The same answer as to an id that is not known, or the difference would say which ids there are.
  if (waitMs > 0) return tooMany(waitMs);
  await shield.failed(address, env, nowMs);
  return outcome;
}

function tooMany(waitMs: number): Failure {
  const message = 'Bad tokens came too often from this address. Tokens that are in use keep working.';
  return failure('too_many_requests', message, Math.ceil(waitMs / 1000));
}

/** Tests only: what a new isolate knows. */
export function forgetAllFailures(): void {
  shield.clear();
}
