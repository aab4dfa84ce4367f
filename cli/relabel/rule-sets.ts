/**
 * The lists of relabel rules in a file: of every component of an Alloy configuration that has some, or the one of a YAML
 * file. An Alloy file is loaded as `agent-lite test` loads it, so expressions are evaluated and nothing is started.
 */
import { hostTestEnvironment } from '../../agent-lite/commands/test-environment.ts';
import type { ConfigSource } from '../../core/alloy/configuration.ts';
import type { Diagnostic } from '../../core/alloy/diagnostics.ts';
import { parseFile } from '../../core/alloy/parser.ts';
import type { Labels } from '../../core/labels/labels.ts';
import type { RelabelRules } from '../../core/pipeline/capsules.ts';
import type { LogsReceiver, MetricsReceiver, NodeStep } from '../../core/pipeline/nodes.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { explainRules } from '../../core/pipeline/rule-block.ts';
import { compileRelabelRules, RelabelConfigError } from '../../core/relabel/compile.ts';
import {
  type Info,
  loadSimulation,
  type SimulatedConfig,
  type SimulatedPipeline,
} from '../../core/simulate/pipeline.ts';
import { parseRelabelYaml, RelabelYamlError } from './yaml-rules.ts';

export interface RuleSet {
  /** `prometheus.relabel.node`, `prometheus.remote_write.mimir/0`; of a YAML file its name. */
  readonly name: string;
  /** What each rule does with the labels; ends with the one that drops. */
  readonly explain: (labels: Labels) => readonly NodeStep[];
  /** `config.alloy:12` for a step, where that is known. */
  readonly place: (path: string) => string;
}

/** Lists of rules that an item meets one after the other. */
export type Way = readonly RuleSet[];

export type RuleSets =
  | {
      readonly ok: true;
      readonly sets: readonly RuleSet[];
      /** The lists that a series, or a log stream, meets on each of its ways through the pipeline, from where it enters. */
      readonly ways: Readonly<Record<'metrics' | 'logs', readonly Way[]>>;
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Throws RelabelYamlError. */
export function yamlRuleSets(filename: string, text: string): RuleSets {
  const configs = parseRelabelYaml(text);
  try {
    const rules = compileRelabelRules(configs);
    const explain = (labels: Labels) => explainRules(rules, labels);
    const sets = rules.length === 0 ? [] : [{ name: filename, explain, place: () => '' }];
    const ways = sets.map((set) => [set]);
    return { ok: true, sets, ways: { metrics: ways, logs: ways } };
  } catch (error) {
    if (error instanceof RelabelConfigError)
      throw new RelabelYamlError(`rule ${error.ruleIndex + 1}: ${error.message}`);
    throw error;
  }
}

export function alloyRuleSets(source: ConfigSource): RuleSets {
  const loaded = loadSimulation(simulated(source));
  if (!loaded.ok) return loaded;
  const { pipeline } = loaded;
  // In the order of the file, not that of evaluation.
  const components = [...pipeline.components].sort((a, b) => a.block.span.start - b.block.span.start);
  const sets = components.flatMap((info) => setsOf(info, pipeline));
  const waysOf = (receivers: readonly (MetricsReceiver | LogsReceiver)[]) => {
    const named = receivers.flatMap((receiver) => waysFrom(receiver));
    const ways = named.map((names) => names.flatMap((name) => sets.find((set) => set.name === name) ?? []));
    return distinct(ways.filter((way) => way.length > 0));
  };
  const metrics = waysOf(pipeline.entries('metrics', []).flatMap((entry) => entry.metrics));
  const logs = waysOf(pipeline.entries('logs', []).flatMap((entry) => entry.logs));
  return { ok: true, sets, ways: { metrics, logs } };
}

/** Names of the nodes that are passed. */
function waysFrom(receiver: MetricsReceiver | LogsReceiver): string[][] {
  return receiver.nodes().flatMap((node) => {
    if (node.kind === 'destination') return [[node.destination.id]];
    const rest = node.next().flatMap((next) => waysFrom(next));
    return (rest.length > 0 ? rest : [[]]).map((names) => [node.componentId, ...names]);
  });
}

function distinct(ways: readonly Way[]): readonly Way[] {
  return [...new Map(ways.map((way) => [way.map(({ name }) => name).join(' '), way] as const)).values()];
}

/** A file that receives at the gateway is a tenant's pipeline; any other is an agent's. */
function simulated(source: ConfigSource): SimulatedConfig {
  const { file } = parseFile(source.text, source.filename);
  const atTheEdge = file.body.some((each) => each.kind === 'block' && each.name === 'spillway.receive');
  const env = (name: string) => process.env[name];
  if (atTheEdge) {
    return {
      sources: [source],
      side: 'edge',
      registry: sharedRegistry,
      env: () => '',
      constants: { tenant: 'tenant' },
    };
  }
  return { sources: [source], side: 'host', env, ...hostTestEnvironment(false).host };
}

function setsOf({ id, exports }: Info, pipeline: SimulatedPipeline): RuleSet[] {
  const sets: RuleSet[] = [];
  const add = (name: string, explain: RuleSet['explain'] | undefined) => {
    if (explain === undefined || sets.some((set) => set.name === name)) return;
    sets.push({ name, explain, place: (path) => placeText(pipeline, id, path) });
  };
  for (const capsule of exports?.values() ?? []) {
    if (typeof capsule !== 'object' || capsule === null || !('typeName' in capsule)) continue;
    const { typeName, value } = capsule as { readonly typeName: string; readonly value: unknown };
    if (typeName === 'storage.Appendable' || typeName === 'loki.LogsReceiver') {
      for (const node of (value as MetricsReceiver | LogsReceiver).nodes()) {
        add(node.kind === 'destination' ? node.destination.id : id, 'explain' in node ? node.explain : undefined);
      }
    } else if (typeName === 'relabel.Rules') {
      add(id, (labels) => explainRules((value as RelabelRules).rules(), labels));
    }
  }
  return sets.filter((set) => hasRules(set));
}

/** Stages of log pipelines explain themselves too, and a writer without rules has nothing to explain. */
function hasRules({ explain }: RuleSet): boolean {
  return explain([{ name: '__name__', value: 'probe' }]).some(({ path }) =>
    /(?:^|\.)(?:rule|write_relabel_config)\[/.test(path),
  );
}

function placeText(pipeline: SimulatedPipeline, componentId: string, path: string): string {
  const { filename, line } = pipeline.place(componentId, path);
  return line === 0 ? '' : `${filename}:${line}`;
}
