/** Follows discovered targets through `discovery.relabel` to the components that would scrape or read them. */
import { type Labels, LabelsBuilder, labelsFromRecord } from '../labels/labels.ts';
import type { RelabelRules } from '../pipeline/capsules.ts';
import { labelsKey } from '../pipeline/labels-key.ts';
import { explainRules } from '../pipeline/rule-block.ts';
import { applyRelabelRules } from '../relabel/relabel.ts';
import { dropReason, toTraceStep } from './metrics-trace.ts';
import type { Info, SimulatedPipeline } from './pipeline.ts';
import type { Hop, ItemState } from './trace.ts';

/** What a scrape would do with a target; `refused` says why it would not. */
export type ResolveTarget = (
  target: Readonly<Record<string, string>>,
  args: Readonly<Record<string, unknown>>,
  componentId: string,
) => { readonly url: string; readonly labels: Labels } | { readonly refused: string };

export class TargetsTracer {
  readonly #pipeline: SimulatedPipeline;
  readonly #resolve: ResolveTarget | undefined;

  constructor(pipeline: SimulatedPipeline, resolve: ResolveTarget | undefined) {
    this.#pipeline = pipeline;
    this.#resolve = resolve;
  }

  follow(from: string, state: ItemState): readonly Hop[] {
    const readers = this.#pipeline.components.filter((info) => info.references.includes(from));
    const key = labelsKey(state.labels);
    return readers.flatMap((info) => (hasTarget(info, key) ? [this.#hop(info, state)] : []));
  }

  #hop(info: Info, before: ItemState): Hop {
    if (info.definition.name === 'discovery.relabel') return this.#relabel(info, before);
    const base = { componentId: info.id, kind: 'consumer', steps: [], before } as const;
    const resolved = info.definition.name === 'prometheus.scrape' ? this.#resolveTarget(info, before) : undefined;
    if (resolved === undefined) {
      const labels = before.labels.filter(({ name }) => !name.startsWith('__'));
      return { ...base, results: [{ state: { labels }, next: [] }] };
    }
    if ('refused' in resolved) {
      return { ...base, results: [], end: { outcome: 'refused', reason: resolved.refused } };
    }
    return { ...base, url: resolved.url, results: [{ state: { labels: resolved.labels }, next: [] }] };
  }

  #resolveTarget({ args, id }: Info, { labels }: ItemState) {
    const target = Object.fromEntries(labels.map(({ name, value }) => [name, value]));
    return this.#resolve?.(target, args as Readonly<Record<string, unknown>>, id);
  }

  #relabel(info: Info, before: ItemState): Hop {
    const rules = rulesOf(info);
    const labels = new LabelsBuilder(before.labels);
    const kept = applyRelabelRules(rules, labels);
    const steps = explainRules(rules, before.labels).map((step) =>
      toTraceStep(step, this.#pipeline.place(info.id, step.path)),
    );
    const base = { componentId: info.id, kind: 'transform', steps, before } as const;
    const last = steps.at(-1);
    if (!kept) {
      const reason = last === undefined ? '' : dropReason(last);
      return { ...base, results: [], end: { outcome: 'dropped', reason, ...(last ? { step: last } : {}) } };
    }
    const state = { labels: labels.labels() };
    return { ...base, results: [{ state, next: this.follow(info.id, state) }] };
  }
}

function hasTarget({ args }: Info, key: string): boolean {
  const { targets, path_targets } = (args ?? {}) as Readonly<Record<string, unknown>>;
  const list = targets ?? path_targets;
  if (!Array.isArray(list)) return false;
  return list.some((target) => labelsKey(labelsFromRecord(target as Record<string, string>)) === key);
}

function rulesOf({ exports }: Info) {
  const rules = exports?.get('rules') as { readonly value: RelabelRules } | undefined;
  return rules?.value.rules() ?? [];
}
