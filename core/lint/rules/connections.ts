/** Components that are not connected: nothing comes in, nothing goes out, or nobody looks at what was found. */
import type { LintModel, LintNode } from '../model.ts';
import type { LintRule } from '../rule.ts';
import { attribute, blocksNamed, unwrapped } from '../syntax.ts';

const RECEIVES: ReadonlySet<string> = new Set([
  'MetricsReceiver',
  'LogsReceiver',
  'ProfilesReceiver',
  'Consumer',
  'otelcol.Consumer',
]);

export const receiverNeverFed: LintRule = {
  name: 'receiver_never_fed',
  check({ model, wired }, report) {
    if (!wired || !hasSource(model)) return;
    for (const node of componentsOf(model)) {
      const receives = Object.values(node.definition?.exports ?? {}).some((type) => RECEIVES.has(type));
      // Rules alone, or an exporter that also makes targets, are of use without anything coming in.
      if (!receives || model.uses(node).length > 0) continue;
      report(node.block.nameSpan, `nothing sends to ${node.id}`, {
        hint: `name ${node.id}.${receiverName(node)} in the forward_to or output of a source, or remove the component`,
      });
    }
  },
};

/** Without any source this is a part of a configuration, and what feeds it stands elsewhere. */
function hasSource(model: LintModel): boolean {
  for (const node of componentsOf(model)) {
    const receives = Object.values(node.definition?.exports ?? {}).some((type) => RECEIVES.has(type));
    const gives = ['forward_to', 'metrics', 'logs', 'traces', 'profiles'].some(
      (name) => attribute(node.block, name) !== undefined,
    );
    if (!receives && (gives || blocksNamed(node.block, 'output').length > 0)) return true;
  }
  return false;
}

function receiverName(node: LintNode): string {
  const found = Object.entries(node.definition?.exports ?? {}).find(([, type]) => RECEIVES.has(type));
  return found?.[0] ?? 'receiver';
}

export const forwardsNowhere: LintRule = {
  name: 'forwards_nowhere',
  check({ model, wired }, report) {
    if (!wired) return;
    for (const node of componentsOf(model)) {
      const given = attribute(node.block, 'forward_to');
      const output = blocksNamed(node.block, 'output')[0];
      if (given !== undefined && isEmptyList(given.value)) {
        if (isRulesOnly(node, model) || givesTargets(node)) continue;
        report(given.span, `${node.id} forwards to nothing, so all that it gets is lost`, {
          hint: 'list the receivers that are to get it',
        });
      } else if (output !== undefined && isOtelSource(node) && outputsNothing(node)) {
        report(output.span, `${node.id} has no consumer, so all that it gets is lost`, {
          hint: 'list the inputs that are to get its metrics, logs or traces',
        });
      }
    }
  },
};

/** A relabel component from which only `rules` is taken needs no receivers. */
function isRulesOnly(node: LintNode, model: LintModel): boolean {
  if (!('rules' in (node.definition?.exports ?? {}))) return false;
  return model.uses(node).every(({ field }) => field === 'rules');
}

/** Some components export targets besides what they forward. */
function givesTargets(node: LintNode): boolean {
  return 'targets' in (node.definition?.exports ?? {});
}

function isOtelSource(node: LintNode): boolean {
  return /^otelcol\.(receiver|processor)\./.test(node.block.name);
}

function outputsNothing(node: LintNode): boolean {
  const outputs = blocksNamed(node.block, 'output').flatMap((block) => block.body);
  return outputs.every((each) => each.kind === 'attribute' && isEmptyList(each.value));
}

function isEmptyList(expression: Parameters<typeof unwrapped>[0]): boolean {
  const list = unwrapped(expression);
  return list.kind === 'array' && list.elements.length === 0;
}

const FINDS_TARGETS = /^(discovery\.|prometheus\.exporter\.|local\.file_match$)/;

export const targetsNeverUsed: LintRule = {
  name: 'targets_never_used',
  check({ model, wired }, report) {
    if (!wired || !hasSource(model)) return;
    for (const node of componentsOf(model)) {
      if (!FINDS_TARGETS.test(node.block.name)) continue;
      const exported = Object.entries(node.definition?.exports ?? {});
      const [name] = exported.find(([, type]) => type === 'list(map(string))') ?? [];
      const onlyTargets = exported.every(([, type]) => type === 'list(map(string))' || type === 'RelabelRules');
      if (name === undefined || !onlyTargets || model.uses(node).length > 0) continue;
      report(node.block.nameSpan, `nobody uses the targets of ${node.id}`, {
        hint: `name ${node.id}.${name} in the targets of a component that scrapes or reads them`,
      });
    }
  },
};

function* componentsOf(model: LintModel): Generator<LintNode> {
  for (const node of model.nodes()) if (node.kind === 'component') yield node;
}
