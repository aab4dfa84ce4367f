/**
 * Relabelling rules with a memory of what they make of a label set, for signals whose labels come as objects: streams and
 * profiles. (Series are remembered by their bytes, see series-memo.ts.) A label set that rules make too much of is lost
 * alone and is not remembered.
 */
import { ArgumentError, type ComponentContext } from '../alloy/component.ts';
import type { Labels } from '../labels/labels.ts';
import { LabelsBuilder } from '../labels/labels.ts';
import { OutcomeError } from '../outcome.ts';
import { withWorkBudget } from '../regex/work.ts';
import type { RelabelRule } from '../relabel/compile.ts';
import { applyRelabelRules } from '../relabel/relabel.ts';
import { labelsKey } from './labels-key.ts';
import { compileRules, type RuleArguments } from './rule-block.ts';

interface Arguments {
  readonly max_cache_size: number;
  readonly rule: readonly RuleArguments[];
}

export class RememberedRules {
  readonly #context: ComponentContext;
  #rules: readonly RelabelRule[] = [];
  #maxRemembered = 0;
  /** By the key of a label set: `same`, other labels, or undefined for dropped. */
  #remembered = new Map<string, Labels | 'same' | undefined>();

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** Throws ArgumentError. */
  update({ max_cache_size, rule }: Arguments): void {
    if (max_cache_size <= 0) throw new ArgumentError('max_cache_size', 'max_cache_size must be greater than 0');
    this.#rules = compileRules(rule, this.#context.regexLimits);
    this.#maxRemembered = max_cache_size;
    this.#remembered = new Map();
  }

  get rules(): readonly RelabelRule[] {
    return this.#rules;
  }

  /** All label sets of one batch share what their regular expressions may cost. */
  inBatch<T>(run: () => T): T {
    return withWorkBudget(this.#context.regexLimits?.maxWorkPerBatch ?? Number.POSITIVE_INFINITY, run);
  }

  /** The very labels that came where nothing changes; undefined where they are dropped, which `dropped` is told. */
  apply(labels: Labels, dropped: (reason: string) => void): Labels | undefined {
    try {
      const relabelled = this.#relabel(labels);
      if (relabelled === undefined) dropped('relabel');
      return relabelled;
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      dropped(error.failure.reason);
      return undefined;
    }
  }

  #relabel(labels: Labels): Labels | undefined {
    const key = labelsKey(labels);
    let result = this.#remembered.get(key);
    if (result === undefined && !this.#remembered.has(key)) {
      const builder = new LabelsBuilder(labels);
      const kept = applyRelabelRules(this.#rules, builder) && builder.size > 0;
      const relabelled = builder.labels();
      if (kept) result = labelsKey(relabelled) === key ? 'same' : relabelled;
      if (this.#remembered.size >= this.#maxRemembered) this.#remembered.clear();
      this.#remembered.set(key, result);
    }
    return result === 'same' ? labels : result;
  }
}
