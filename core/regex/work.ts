/**
 * What matching may cost, counted and not timed, so that the same batch always ends the same way. A unit is one
 * instruction of a program looking at one character; automatons take 3 to 15 ns for it. Work is bounded for the span of
 * one synchronous call, and without a bound nothing is refused (abuse case A7).
 */
import { OutcomeError } from '../outcome.ts';

/** Rules must not swallow it: whoever set the bound decides what to do with the rest. */
export class WorkExceededError extends OutcomeError {
  constructor() {
    super('relabel_budget_exceeded', 'the expressions of the pipeline take too much work for one batch');
  }
}

let unitsLeft = Number.POSITIVE_INFINITY;

/** Runs with a budget of its own. What is called meanwhile throws WorkExceededError once it is used up. */
export function withWorkBudget<T>(units: number, run: () => T): T {
  const before = unitsLeft;
  unitsLeft = units;
  try {
    return run();
  } finally {
    unitsLeft = before;
  }
}

/** What the call takes, for tests and for people who ask what their rules cost. */
export function measureWork(run: () => unknown): number {
  return withWorkBudget(Number.MAX_SAFE_INTEGER, () => {
    run();
    return Number.MAX_SAFE_INTEGER - unitsLeft;
  });
}

export function spendWork(units: number): void {
  unitsLeft -= units;
  if (unitsLeft < 0) throw new WorkExceededError();
}
