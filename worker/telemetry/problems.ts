/**
 * What is wrong with the gateway as a whole and waits for whoever deployed it: logged when it is found, and shown to
 * operators in the overview. Asked for at the start and every few minutes; an isolate looks no more often.
 */
import type { Env } from '../env.ts';
import { type KeyProblem, keyProblems } from '../tenants/key-check.ts';
import { errorText, log } from './log.ts';

export type GatewayProblem = KeyProblem;

const LOOK_EVERY_MS = 10 * 60_000;
/** So that what was mended does not stay on the page. */
const LOOK_AGAIN_MS = 30_000;

let known: { readonly atMs: number; readonly problems: readonly GatewayProblem[] } | undefined;

export async function gatewayProblems(env: Env, nowMs: number): Promise<readonly GatewayProblem[]> {
  const ageMs = known === undefined ? Number.POSITIVE_INFINITY : nowMs - known.atMs;
  const everyMs = known?.problems.length === 0 ? LOOK_EVERY_MS : LOOK_AGAIN_MS;
  if (known !== undefined && ageMs >= 0 && ageMs < everyMs) return known.problems;
  const before = new Set(known?.problems.map(({ message }) => message));
  const problems = await keyProblems(env);
  known = { atMs: nowMs, problems };
  for (const { reason, message } of problems) {
    if (!before.has(message)) log('error', 'gateway_problem', { reason, message });
  }
  return problems;
}

/** For those who only want the log. */
export async function lookForProblems(env: Env): Promise<void> {
  try {
    await gatewayProblems(env, Date.now());
  } catch (error) {
    log('warn', 'gateway_problems_unknown', { error: errorText(error) });
  }
}

/** Tests only: what a new isolate knows. */
export function forgetProblems(): void {
  known = undefined;
}
