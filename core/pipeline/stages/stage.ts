/** What a stage of `loki.process` is, and how its file declares it. */
import { ArgumentError } from '../../alloy/component.ts';
import type { BodySchema, Decoded } from '../../alloy/schema.ts';
import type { Regex, RegexLimits } from '../../regex/re2.ts';
import { compileRegex, RegexError } from '../../regex/re2.ts';
import { joinPath } from '../unsupported.ts';
import type { StageEntry } from './entry.ts';

export interface StageRun {
  readonly nowNs: bigint;
  /**
   * False when the batch carries no marks: nothing would bring a line back that is held in memory during a crash, so
   * what this run held must go on with it.
   */
  readonly mayHold: boolean;
  /** Set while stages are replaced: whatever they hold must go on. */
  readonly everything?: boolean;
  dropped(reason: string, lines: number): void;
  created(lines: number): void;
}

/** The line goes on, as one or several; undefined: it was dropped, and the drop reported. */
export type StageResult = StageEntry | readonly StageEntry[] | undefined;

export interface Stage {
  /** May change the entry in place. */
  process(entry: StageEntry, run: StageRun): StageResult;
  /** For a stage that holds lines back: those that must go on now, in order. Called at the end of each run. */
  flush?(run: StageRun): readonly StageEntry[];
  /** When the first of them will be due. */
  flushAtNs?(): bigint | undefined;
  /** The ticket of the line that it has held longest. */
  oldestHeld?(): number | undefined;
}

/** Numbers the lines that stages of one component hold back, in order. */
export class HoldTickets {
  #last = 0;

  get last(): number {
    return this.#last;
  }

  next(): number {
    return ++this.#last;
  }
}

/** Told of each line before and after each stage, where somebody follows lines through a component. */
export interface StageObserver {
  entered(path: string, entry: StageEntry): void;
  left(path: string, result: StageResult): void;
}

/** A stage that tells of what it does. Stages are wrapped when they are compiled, so that others pay nothing. */
export function observedStage(stage: Stage, path: string, observer: StageObserver): Stage {
  return {
    process(entry, run) {
      observer.entered(path, entry);
      const result = stage.process(entry, run);
      observer.left(path, result);
      return result;
    },
    ...(stage.flush === undefined ? {} : { flush: (run) => stage.flush?.(run) ?? [] }),
    ...(stage.flushAtNs === undefined ? {} : { flushAtNs: () => stage.flushAtNs?.() }),
    ...(stage.oldestHeld === undefined ? {} : { oldestHeld: () => stage.oldestHeld?.() }),
  };
}

export interface StageContext {
  /** Of the stage's block, for ArgumentError. */
  readonly path: string;
  readonly componentId: string;
  readonly regexLimits: RegexLimits | undefined;
  readonly tickets: HoldTickets;
  readonly observer?: StageObserver | undefined;
  /** For stages that hold stages. */
  readonly compile: (stages: readonly NestedStage[], path: string) => readonly Stage[];
}

export interface NestedStage {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface StageDefinition<S extends BodySchema = BodySchema> {
  /** The block's name: `stage.json`. */
  readonly name: string;
  readonly summary: string;
  readonly schema: S;
  create(args: Decoded<S>, context: StageContext): Stage;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds definitions of every argument type
export type AnyStageDefinition = StageDefinition<any>;

export function defineStage<S extends BodySchema>(definition: StageDefinition<S>): StageDefinition<S> {
  return definition;
}

/** A stage that only looks at one entry at a time and never drops it. */
export function mapStage(change: (entry: StageEntry, run: StageRun) => void): Stage {
  return {
    process(entry, run) {
      change(entry, run);
      return entry;
    },
  };
}

/** Expressions of stages match anywhere in the text, unlike those of relabelling. */
export function compileStageRegex(pattern: string, name: string, context: StageContext): Regex {
  try {
    return compileRegex(pattern, { ...context.regexLimits, anchored: false });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new ArgumentError(joinPath(context.path, name), error.message);
  }
}

export function runStages(stages: readonly Stage[], entry: StageEntry, run: StageRun, from = 0): readonly StageEntry[] {
  for (let i = from; i < stages.length; i++) {
    const result = stages[i].process(entry, run);
    if (result === entry) continue;
    if (result === undefined) return [];
    const results = Array.isArray(result) ? (result as readonly StageEntry[]) : [result as StageEntry];
    return results.flatMap((one) => runStages(stages, one, run, i + 1));
  }
  return [entry];
}

/** What stages have held back and must let go, having passed the stages behind the one that held it. */
export function flushStages(stages: readonly Stage[], run: StageRun): readonly StageEntry[] {
  return stages.flatMap((stage, i) =>
    (stage.flush?.(run) ?? []).flatMap((entry) => runStages(stages, entry, run, i + 1)),
  );
}

export function firstDueNs(stages: readonly Stage[]): bigint | undefined {
  let first: bigint | undefined;
  for (const stage of stages) {
    const dueNs = stage.flushAtNs?.();
    if (dueNs !== undefined && (first === undefined || dueNs < first)) first = dueNs;
  }
  return first;
}

export function oldestHeld(stages: readonly Stage[]): number | undefined {
  const tickets = stages.map((stage) => stage.oldestHeld?.()).filter((ticket) => ticket !== undefined);
  return tickets.length === 0 ? undefined : Math.min(...tickets);
}
