/**
 * What is wrong with the gateway as a whole and waits for whoever deployed it: logged when it is found, and shown to
 * operators in the overview. Asked for at the start and every few minutes; an isolate looks no more often. Never throws:
 * where it cannot be looked, what was known is still shown, and so are the tenants.
 */
import type { Env } from '../env.ts';
import { type KeyProblem, keyProblems } from '../tenants/key-check.ts';
import { within } from '../timeout.ts';
import { errorText, log } from './log.ts';

export type GatewayProblem = KeyProblem;

const LOOK_EVERY_MS = 10 * 60_000;
/** So that what was mended does not stay on the page. */
const LOOK_AGAIN_MS = 30_000;
const LOOK_TIMEOUT_MS = 5_000;

interface Known {
  readonly atMs: number;
  readonly forMs: number;
  readonly problems: readonly GatewayProblem[];
}

const NOTHING: Known = { atMs: 0, forMs: 0, problems: [] };

let known = NOTHING;

export async function gatewayProblems(env: Env, nowMs: number): Promise<readonly GatewayProblem[]> {
  const ageMs = nowMs - known.atMs;
  if (ageMs >= 0 && ageMs < known.forMs) return known.problems;
  const before = known.problems;
  try {
    const problems = await within(LOOK_TIMEOUT_MS, keyProblems(env));
    known = { atMs: nowMs, forMs: problems.length === 0 ? LOOK_EVERY_MS : LOOK_AGAIN_MS, problems };
    for (const { reason, message } of problems) {
      if (!before.some((one) => one.message === message)) log('error', 'gateway_problem', { reason, message });
    }
  } catch (error) {
    log('warn', 'gateway_problems_unknown', { error: errorText(error) });
    known = { atMs: nowMs, forMs: LOOK_AGAIN_MS, problems: before };
  }
  return known.problems;
}

/** Tests only: what a new isolate knows. */
export function forgetProblems(): void {
  known = NOTHING;
}
