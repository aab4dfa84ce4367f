/**
 * What is known of the labels on one way from a source to a component. `presence` answers for any name, because most
 * sets are open: a scraped application may expose whatever it likes.
 */
import type { RuleBlock } from './relabel-rules.ts';
import { literalPrefix } from './relabel-rules.ts';

/** A label that is never there, one that only the observed application itself could set, and one that may well be there. */
export type Presence = 'never' | 'exposed' | 'possible';

export interface Flow {
  /** Where it begins, for messages: `discovery.kubernetes.pods`. */
  readonly source: string;
  readonly presence: (name: string) => Presence;
  /** Labels that tell the targets of the source apart. */
  readonly identity: ReadonlySet<string>;
  /** There may be others of that kind, with names that are not known. */
  readonly openIdentity: boolean;
  /** The source has, or may have, more than one target. */
  readonly many: boolean;
}

const NOTHING: ReadonlySet<string> = new Set();

/** A way of which nothing is known: everything is possible. */
export function unknownFlow(source: string): Flow {
  return { source, presence: () => 'possible', identity: NOTHING, openIdentity: true, many: false };
}

export function withPresence(flow: Flow, presence: Flow['presence']): Flow {
  return { ...flow, presence };
}

export function withNames(flow: Flow, names: Iterable<string>): Flow {
  const added = new Set(names);
  return withPresence(flow, (name) => (added.has(name) ? 'possible' : flow.presence(name)));
}

export function withoutNames(flow: Flow, isRemoved: (name: string) => boolean): Flow {
  return {
    ...flow,
    presence: (name) => (isRemoved(name) ? 'never' : flow.presence(name)),
    identity: new Set([...flow.identity].filter((name) => !isRemoved(name))),
  };
}

/** The flow behind one rule. */
export function afterRule(flow: Flow, rule: RuleBlock): Flow {
  const { action, regex } = rule;
  switch (action) {
    case 'keep':
    case 'drop':
    case 'keepequal':
    case 'dropequal':
      return flow;
    case 'labeldrop':
      return regex === undefined ? flow : withoutNames(flow, (name) => regex.test(name));
    case 'labelkeep':
      return regex === undefined ? flow : withoutNames(flow, (name) => !regex.test(name));
    case 'labelmap':
      return afterLabelmap(flow, rule);
    case 'replace':
    case 'hashmod':
    case 'lowercase':
    case 'uppercase':
      return afterAssignment(flow, rule);
    default:
      return unknownFlow(flow.source);
  }
}

function afterLabelmap(flow: Flow, { replacement, pattern }: RuleBlock): Flow {
  // The names that it makes come from the names of labels that are there, so any may appear.
  const prefix = /^[A-Za-z0-9_]*/.exec(replacement ?? '')?.[0] ?? '';
  // Labels copied by name tell targets apart only where the originals do.
  const copies = pattern !== undefined && literalPrefix(pattern).startsWith('__meta_');
  return {
    ...flow,
    presence: (name) => (name.startsWith(prefix) && !isInternal(name, prefix) ? 'possible' : flow.presence(name)),
    openIdentity: flow.openIdentity || copies,
  };
}

/** `labelmap` to `$1` makes ordinary labels; one that begins with `__` would take a source named `…__x`. */
function isInternal(name: string, prefix: string): boolean {
  return name.startsWith('__') && !prefix.startsWith('__');
}

function afterAssignment(flow: Flow, rule: RuleBlock): Flow {
  const { targetLabel, sourceLabels, replacement, action } = rule;
  if (targetLabel === undefined || targetLabel.includes('$') || sourceLabels === undefined) {
    return { ...flow, presence: () => 'possible', openIdentity: true };
  }
  const identity = new Set(flow.identity);
  const varies = action !== 'replace' || replacement === undefined || replacement.includes('$');
  if (varies && sourceLabels.length > 0) identity.add(targetLabel);
  else if (rule.pattern === '(.*)') identity.delete(targetLabel);
  return { ...withNames(flow, [targetLabel]), identity };
}

/** The strongest answer of several ways. */
export function presenceIn(flows: readonly Flow[], name: string): Presence {
  let best: Presence = 'never';
  for (const flow of flows) {
    const presence = flow.presence(name);
    if (presence === 'possible') return presence;
    if (presence === 'exposed') best = presence;
  }
  return best;
}
