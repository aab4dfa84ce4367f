/**
 * How much text a pipeline may make out of one batch of log lines. A tenant writes the pipeline, and an isolate's memory is
 * shared with the pushes of other tenants; without a bound, as on a host, nothing is counted. What exceeds it refuses the
 * batch as a whole, after the run: stages that hold lines back must not be interrupted.
 */
import type { Labels } from '../labels/labels.ts';
import { OutcomeError } from '../outcome.ts';
import type { LogEntry } from './signals.ts';

/** Characters that may leave beyond those that came, over all components that one push passes. */
export const EDGE_MAX_TEXT_GROWTH = 16 * 1024 * 1024;

interface Budget {
  left: number;
  isExceeded: boolean;
}

let budget: Budget | undefined;

/** Throws OutcomeError for a batch of which too much was made; then nothing of the result may be used. */
export function withTextBudget<T>(characters: number, run: () => T): T {
  const before = budget;
  const own = { left: characters, isExceeded: false };
  budget = own;
  let result: T;
  try {
    result = run();
  } finally {
    budget = before;
  }
  if (!own.isExceeded) return result;
  throw new OutcomeError(
    'pipeline_output_too_large',
    `the stages and rules of the pipeline make more than ${characters} characters beyond what the push holds; send it in parts`,
  );
}

/** For text that a stage makes and that lives as long as the line. False: there is no room, so it must not be kept. */
export function spendText(characters: number): boolean {
  if (budget === undefined) return true;
  budget.left -= characters;
  if (budget.left < 0) budget.isExceeded = true;
  return !budget.isExceeded;
}

/**
 * What one run of one component hands on, less what it got. What was made on the way to a line is garbage once the line is
 * done, and what a component drops does not pay for what another makes.
 */
export class GrowthMeter {
  readonly #budget = budget;
  readonly #leftBefore = budget?.left ?? 0;
  #growth = 0;

  get isExceeded(): boolean {
    return this.#budget?.isExceeded === true;
  }

  came(labels: Labels): void {
    if (this.#budget !== undefined) this.#grow(this.#budget, -sizeOfLabels(labels));
  }

  lineCame(entry: LogEntry): void {
    if (this.#budget !== undefined) this.#grow(this.#budget, -sizeOfLine(entry));
  }

  goes(labels: Labels): void {
    if (this.#budget !== undefined) this.#grow(this.#budget, sizeOfLabels(labels));
  }

  lineGoes(entry: LogEntry): void {
    if (this.#budget !== undefined) this.#grow(this.#budget, sizeOfLine(entry));
  }

  #grow(own: Budget, characters: number): void {
    this.#growth += characters;
    own.left = this.#leftBefore - Math.max(0, this.#growth);
    if (own.left < 0) own.isExceeded = true;
  }
}

function sizeOfLine({ line, metadata }: LogEntry): number {
  return line.length + sizeOfLabels(metadata);
}

function sizeOfLabels(labels: Labels): number {
  let size = 0;
  for (const { name, value } of labels) size += name.length + value.length;
  return size;
}
