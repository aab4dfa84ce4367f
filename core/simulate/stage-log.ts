/** Writes down what stages do with a line while `loki.process` runs; read and emptied after each run of a component. */
import type { StageEntry } from '../pipeline/stages/entry.ts';
import type { StageObserver, StageResult } from '../pipeline/stages/stage.ts';
import { type LineSnapshot, lineChanges, snapshot } from './changes.ts';
import type { Change, TraceStep } from './trace.ts';

export type StageStep = Pick<TraceStep, 'path' | 'outcome' | 'reason'> & { readonly changes: readonly Change[] };

interface Open {
  readonly path: string;
  readonly entry: StageEntry;
  readonly before: LineSnapshot;
  /** Where the step stands in the list: a stage that holds stages comes before them. */
  readonly index: number;
}

export class StageLog implements StageObserver {
  #steps: (StageStep | undefined)[] = [];
  #open: Open[] = [];
  #reason: string | undefined;

  entered(path: string, entry: StageEntry): void {
    this.#open.push({ path, entry, before: snapshot(entry), index: this.#steps.push(undefined) - 1 });
  }

  left(path: string, result: StageResult): void {
    const open = this.#open.pop();
    if (open === undefined || open.path !== path) throw new Error(`BUG: stage ${path} left before it was entered`);
    this.#steps[open.index] = this.#step(open, result, this.#steps.length - 1 > open.index);
  }

  /** Told by the report of the run, which names the reason of a drop. */
  dropped(reason: string): void {
    this.#reason = reason;
  }

  take(): readonly StageStep[] {
    const steps = this.#steps.filter((step) => step !== undefined);
    this.#steps = [];
    this.#open = [];
    this.#reason = undefined;
    return steps;
  }

  #step({ path, entry, before }: Open, result: StageResult, holdsSteps: boolean): StageStep {
    if (holdsSteps) return { path, outcome: 'passed', changes: [] };
    if (result === undefined) return { path, outcome: 'dropped', reason: this.#reason ?? 'dropped', changes: [] };
    const results = Array.isArray(result) ? (result as readonly StageEntry[]) : [result as StageEntry];
    const [only] = results;
    // What comes out of such a stage is what came before; the line itself waits.
    const waits = /stage\.(multiline|cri)\[\d+\]$/.test(path) && !results.includes(entry);
    if (only === undefined || waits) return { path, outcome: 'held', changes: [] };
    if (results.length > 1) return { path, outcome: 'split', changes: [] };
    return { path, outcome: 'passed', changes: lineChanges(before, snapshot(only)) };
  }
}
