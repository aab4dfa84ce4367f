/** The ways on which targets, series and lines reach a component, with what is known of their labels. */
import type { Expression } from '../alloy/ast.ts';
import { discoveredPrefixes, internalPrefix, isDiscovered, ownerOfInternal } from './discovered-labels.ts';
import { afterRule, type Flow, unknownFlow, withNames, withoutNames, withPresence } from './flow.ts';
import { afterStages } from './log-stages.ts';
import type { LintModel, LintNode } from './model.ts';
import { ruleBlocks } from './relabel-rules.ts';
import { attribute, type Reader, unwrapped } from './syntax.ts';
import { literalTargets } from './targets.ts';

/** Ways multiply where they fork and join; beyond this many they are no longer told apart. */
const MAX_FLOWS = 256;
const RECEIVER = /^(receiver|input|metrics_receiver|logs_receiver|traces_input)$/;

export class Flows {
  readonly #model: LintModel;
  readonly #read: Reader;
  readonly #into = new Map<LintNode, readonly Flow[]>();

  constructor(model: LintModel, read: Reader) {
    this.#model = model;
    this.#read = read;
  }

  /** What the first rule, stage or writer of a component meets. */
  into(node: LintNode): readonly Flow[] {
    const known = this.#into.get(node);
    if (known !== undefined) return known;
    this.#into.set(node, [unknownFlow(node.id)]);
    const flows = node.block.name === 'discovery.relabel' ? this.#intoTargets(node) : this.#intoReceiver(node);
    const bounded = flows.length > MAX_FLOWS ? [unknownFlow(node.id)] : flows;
    this.#into.set(node, bounded);
    return bounded;
  }

  /** Labels of the targets that an expression lists. */
  targets(expression: Expression, from: LintNode): readonly Flow[] {
    const inner = unwrapped(expression);
    const literal = literalTargets(inner, this.#read);
    if (literal !== undefined) return literal.length === 0 ? [] : [literalFlow(literal, from)];
    if (inner.kind === 'array') return inner.elements.flatMap((element) => this.#element(element, from));
    if (inner.kind === 'call' && isConcat(inner.value)) return inner.args.flatMap((each) => this.targets(each, from));
    if (inner.kind !== 'access') return [unknownFlow(from.id)];
    const found = this.#resolve(inner, from);
    return found === undefined ? [unknownFlow(from.id)] : this.#exportedTargets(found.target);
  }

  #element(element: Expression, from: LintNode): readonly Flow[] {
    const keys = this.#read.keys(element);
    return [keys === undefined ? unknownFlow(from.id) : literalFlow([new Set(keys)], from)];
  }

  #resolve(expression: Expression, from: LintNode) {
    const names: string[] = [];
    let at = expression;
    while (at.kind === 'access') {
      names.unshift(at.name.name);
      at = at.value;
    }
    return at.kind === 'identifier' ? this.#model.resolve([at.name, ...names], from) : undefined;
  }

  #exportedTargets(node: LintNode): readonly Flow[] {
    const { name } = node.block;
    if (name === 'discovery.relabel') return this.#afterRules(node, this.#intoTargetsOnly(node));
    if (name === 'local.file_match') {
      const paths = attribute(node.block, 'path_targets');
      return paths === undefined ? [] : this.targets(paths.value, node).map((flow) => withNames(flow, ['__path__']));
    }
    if (name.startsWith('prometheus.exporter.')) return [{ ...unknownFlow(node.id), openIdentity: true }];
    const prefixes = discoveredPrefixes(node, this.#read);
    if (node.kind !== 'component' || prefixes === undefined) return [unknownFlow(node.id)];
    return [
      {
        source: node.id,
        presence: (label) => (isDiscovered(label, prefixes) ? 'possible' : 'never'),
        identity: new Set(['__address__']),
        openIdentity: false,
        many: true,
      },
    ];
  }

  #intoTargetsOnly(node: LintNode): readonly Flow[] {
    const targets = attribute(node.block, 'targets');
    return targets === undefined ? [] : this.targets(targets.value, node);
  }

  /** The rules of discovery.relabel also run where its `rules` are used. */
  #intoTargets(node: LintNode): readonly Flow[] {
    return [...this.#intoTargetsOnly(node), ...this.#whereRulesAreUsed(node)];
  }

  #whereRulesAreUsed(node: LintNode): readonly Flow[] {
    const uses = this.#model.uses(node).filter(({ field }) => field === 'rules' || field === '');
    return uses.map(({ user }) => {
      const own = user.kind === 'component' ? internalPrefix(user.block.name) : undefined;
      if (own === undefined) return unknownFlow(user.id);
      return withPresence(unknownFlow(user.id), (label) => {
        const owner = label.startsWith(own) ? undefined : ownerOfInternal(label);
        return owner === undefined ? 'possible' : 'never';
      });
    });
  }

  #intoReceiver(node: LintNode): readonly Flow[] {
    const uses = this.#model.uses(node).filter(({ field }) => field === '' || RECEIVER.test(field));
    const flows = uses.flatMap(({ user }) =>
      user.kind === 'component' && user.module === node.module ? this.#outOf(user) : [unknownFlow(user.id)],
    );
    return [...flows, ...this.#whereRulesAreUsed(node)];
  }

  #outOf(node: LintNode): readonly Flow[] {
    const { name } = node.block;
    if (name === 'prometheus.scrape') return this.#scraped(node);
    if (name === 'prometheus.relabel' || name === 'loki.relabel') {
      return this.#afterRules(node, this.into(node));
    }
    if (name === 'loki.process') return this.into(node).map((flow) => afterStages(flow, node.block, this.#read));
    if (name.startsWith('loki.source.')) return this.#tailed(node);
    if (node.definition?.sides.includes('edge')) return [unknownFlow(node.id)];
    return /^(prometheus|otelcol\.exporter\.prometheus)/.test(name) ? [madeSeries(node)] : [unknownFlow(node.id)];
  }

  #afterRules(node: LintNode, flows: readonly Flow[]): readonly Flow[] {
    const rules = ruleBlocks(node.block, this.#read);
    return flows.map((flow) => rules.reduce(afterRule, flow));
  }

  /** A scrape removes every label that begins with `__`, adds `job` and `instance`, and what the target exposes. */
  #scraped(node: LintNode): readonly Flow[] {
    const targets = attribute(node.block, 'targets');
    const flows = targets === undefined ? [unknownFlow(node.id)] : this.targets(targets.value, node);
    return flows.map((flow) => ({
      ...flow,
      presence: (name) => {
        if (name.startsWith('__')) return MADE_BY_SCRAPE.has(name) ? 'possible' : 'never';
        if (name === 'job' || name === 'instance') return 'possible';
        return flow.presence(name) === 'possible' ? 'possible' : 'exposed';
      },
      identity: new Set([...flow.identity].filter((name) => !name.startsWith('__')).concat('instance')),
    }));
  }

  #tailed(node: LintNode): readonly Flow[] {
    const isInternal = (name: string) => name.startsWith('__') && name !== '__tenant_id__';
    // Alloy then hands on what was discovered, internal labels and all.
    if (attribute(node.block, 'preserve_discovered_labels') !== undefined) return [unknownFlow(node.id)];
    if (node.block.name !== 'loki.source.file') return [withoutNames(unknownFlow(node.id), isInternal)];
    const targets = attribute(node.block, 'targets');
    const flows = targets === undefined ? [] : this.targets(targets.value, node);
    return flows.map((flow) => withNames(withoutNames(flow, isInternal), ['filename']));
  }
}

const MADE_BY_SCRAPE: ReadonlySet<string> = new Set(['__name__', '__type__', '__unit__']);

/** Series of operators, of receivers, of OpenTelemetry: any labels, but none that is internal. */
function madeSeries(node: LintNode): Flow {
  const isInternal = (name: string) => name.startsWith('__') && !MADE_BY_SCRAPE.has(name);
  return withoutNames(unknownFlow(node.id), isInternal);
}

function literalFlow(targets: readonly ReadonlySet<string>[], from: LintNode): Flow {
  return {
    source: from.id,
    presence: (name) => (targets.some((keys) => keys.has(name)) ? 'possible' : 'never'),
    identity: new Set(targets.flatMap((keys) => [...keys])),
    openIdentity: false,
    many: targets.length > 1,
  };
}

function isConcat(callee: Expression): boolean {
  if (callee.kind === 'identifier') return callee.name === 'concat';
  return callee.kind === 'access' && callee.name.name === 'concat';
}
