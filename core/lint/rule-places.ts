/** Every relabelling rule of a configuration, with what is known of the labels that it meets. */
import { afterRule, type Flow, withNames } from './flow.ts';
import type { LintNode } from './model.ts';
import { type RuleBlock, ruleBlocks } from './relabel-rules.ts';
import type { LintInput } from './rule.ts';
import { attribute, blocksNamed } from './syntax.ts';

export interface RulePlace {
  readonly node: LintNode;
  readonly rule: RuleBlock;
  /** Before the rule. Empty: nothing is known to come here. */
  readonly flows: readonly Flow[];
  /** Before the first rule of the component. */
  readonly arriving: readonly Flow[];
  readonly signal: 'targets' | 'metrics' | 'logs';
}

const SIGNALS: Readonly<Record<string, RulePlace['signal']>> = {
  'discovery.relabel': 'targets',
  'prometheus.relabel': 'metrics',
  'loki.relabel': 'logs',
};

export function* rulePlaces(input: LintInput): Generator<RulePlace> {
  for (const node of input.model.nodes()) {
    const signal = SIGNALS[node.block.name];
    if (node.kind !== 'component') continue;
    if (signal !== undefined) yield* along(node, ruleBlocks(node.block, input.read), input.flows.into(node), signal);
    if (node.block.name === 'prometheus.remote_write') yield* writeRules(node, input);
  }
}

function* writeRules(node: LintNode, { flows, read }: LintInput): Generator<RulePlace> {
  const external = attribute(node.block, 'external_labels');
  const names = external === undefined ? [] : read.keys(external.value);
  // External labels that are not known may be any.
  if (names === undefined) return;
  const arriving = flows.into(node).map((flow) => withNames(flow, names));
  for (const endpoint of blocksNamed(node.block, 'endpoint')) {
    yield* along(node, ruleBlocks(endpoint, read, 'write_relabel_config'), arriving, 'metrics');
  }
}

function* along(
  node: LintNode,
  rules: readonly RuleBlock[],
  arriving: readonly Flow[],
  signal: RulePlace['signal'],
): Generator<RulePlace> {
  let flows = arriving;
  for (const rule of rules) {
    yield { node, rule, flows, arriving, signal };
    flows = flows.map((flow) => afterRule(flow, rule));
  }
}
