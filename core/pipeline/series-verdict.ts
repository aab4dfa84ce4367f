/**
 * Decides about one series, on the first meeting with its label block: is it valid, which destinations get it, and under
 * which labels. The answer depends on the label bytes and the graph only, which is why it can be remembered.
 */
import { bytesEqual } from '../bytes/equal.ts';
import { utf8Length } from '../bytes/utf8.ts';
import type { Destination } from '../delivery/destination.ts';
import type { Label, Labels } from '../labels/labels.ts';
import { LabelsBuilder, METRIC_NAME_LABEL } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';
import { OutcomeError } from '../outcome.ts';
import { WorkExceededError } from '../regex/work.ts';
import { decodeLabelBlock, encodeLabelBlock, validateLabelBlock } from '../wire/remote-write/v1.ts';
import { FlowPaths } from './flow-paths.ts';
import type { MetricsReceiver, SeriesDestination, SeriesTransform } from './nodes.ts';

export interface SeriesVerdict {
  readonly rejected: Reason | undefined;
  readonly routes: readonly SeriesRoute[];
  /** Indices into `DropTable.causes`: where the series ended on the way to some destination. */
  readonly drops: readonly number[];
  /** It was refused for want of work (regex/work.ts), which the next batch may have: not to be remembered. */
  readonly undecided?: true;
  /** Number of the way it took (flow-paths.ts); a series that was rejected took none. */
  readonly path: number;
}

export interface SeriesRoute {
  /** Index into `PlanIndex.groups`. */
  readonly group: number;
  /** The labels to send, encoded; undefined when they are the bytes that came in. */
  readonly block: Uint8Array | undefined;
}

/** Limits of the receiving tenant, in Mimir's terms. They hold for what comes in and for what leaves the pipeline. */
export interface SeriesLimits {
  readonly maxLabelNames: number;
  /** For series whose name ends in `_info`. */
  readonly maxInfoLabelNames: number;
  readonly maxLabelNameBytes: number;
  readonly maxLabelValueBytes: number;
  /** Is not counted where it is there. */
  readonly uncountedLabel?: string;
}

export interface DropCause {
  readonly componentId: string;
  readonly reason: 'relabel' | 'no_receiver' | 'send_native_histograms';
}

/** Numbers for destinations and drop causes, so that verdicts stay small. */
export class PlanIndex {
  /** Destinations that get the same series under the same labels. */
  readonly groups: Set<Destination>[] = [];
  readonly causes: DropCause[] = [];
  readonly paths = new FlowPaths();
  readonly #shared = new Map<string, SeriesVerdict>();
  readonly #groupNumbers = new Map<string, number>();
  readonly #functions = new Map<SeriesDestination['apply'], number>();
  /** In which lists of receivers each destination stands: only those that always stand together may share a body. */
  readonly #lists = new Map<Destination, string>();

  constructor(entry: readonly MetricsReceiver[] = []) {
    let lists = 0;
    const visited = new Set<SeriesTransform>();
    const visit = (receivers: readonly MetricsReceiver[]) => {
      const list = lists++;
      for (const node of receivers.flatMap((receiver) => receiver.nodes())) {
        if (node.kind === 'destination') {
          this.#lists.set(node.destination, `${this.#lists.get(node.destination) ?? ''},${list}`);
        } else if (!visited.has(node)) {
          visited.add(node);
          visit(node.next());
        }
      }
    };
    visit(entry);
  }

  group({ apply, destination }: SeriesDestination): number {
    let rules = this.#functions.get(apply);
    if (rules === undefined) this.#functions.set(apply, (rules = this.#functions.size));
    const key = `${rules}${this.#lists.get(destination) ?? ''}`;
    let number = this.#groupNumbers.get(key);
    if (number === undefined) {
      number = this.groups.push(new Set()) - 1;
      this.#groupNumbers.set(key, number);
    }
    this.groups[number].add(destination);
    return number;
  }

  /** The one verdict for all series that go out as they came, or nowhere, by the same way: most of what is remembered. */
  shared(verdict: SeriesVerdict): SeriesVerdict {
    const { rejected, routes, drops, path } = verdict;
    if (verdict.undecided === true || routes.some(({ block }) => block !== undefined)) return verdict;
    const key = `${rejected}|${routes.map(({ group }) => group)}|${drops}|${path}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    this.#shared.set(key, verdict);
    return verdict;
  }

  cause(componentId: string, reason: DropCause['reason']): number {
    const known = this.causes.findIndex((cause) => cause.componentId === componentId && cause.reason === reason);
    return known >= 0 ? known : this.causes.push({ componentId, reason }) - 1;
  }
}

export interface VerdictOptions {
  readonly validate: boolean;
  readonly limits?: SeriesLimits;
}

export function decideSeries(
  block: Uint8Array,
  entry: readonly MetricsReceiver[],
  index: PlanIndex,
  options: VerdictOptions,
): SeriesVerdict {
  const labels = decodeOrReason(block);
  if (typeof labels === 'string') return rejection(labels, index);
  const problem = (options.validate ? validateLabelBlock(labels) : undefined) ?? limitProblem(labels, options.limits);
  if (problem !== undefined) return rejection(problem, index);
  const decision = new Decision(block, index, options);
  try {
    decision.visit(entry, new LabelsBuilder(labels), '');
  } catch (error) {
    // Rules that make too much of one series spoil that series only.
    if (!(error instanceof OutcomeError)) throw error;
    const refused = rejection(error.failure.reason, index);
    return error instanceof WorkExceededError ? { ...refused, undecided: true } : refused;
  }
  return decision.verdict();
}

function rejection(rejected: Reason, index: PlanIndex): SeriesVerdict {
  return { rejected, routes: [], drops: [], path: index.paths.path(new Set()) };
}

/** Text that is not UTF-8 spoils its own series only; anything else that is malformed spoils the request. */
function decodeOrReason(block: Uint8Array): Label[] | Reason {
  try {
    return decodeLabelBlock(block);
  } catch (error) {
    if (error instanceof OutcomeError && error.failure.reason === 'invalid_utf8') return 'invalid_utf8';
    throw error;
  }
}

function limitProblem(labels: Labels, limits: SeriesLimits | undefined): Reason | undefined {
  if (limits === undefined) return undefined;
  if (labels.length > limits.maxLabelNames) {
    const problem = labelCountProblem(labels, limits);
    if (problem !== undefined) return problem;
  }
  for (const { name, value } of labels) {
    if (exceeds(name, limits.maxLabelNameBytes)) return 'label_name_too_long';
    if (exceeds(value, limits.maxLabelValueBytes)) return 'label_value_too_long';
  }
  return undefined;
}

function labelCountProblem(labels: Labels, limits: SeriesLimits): Reason | undefined {
  const count = labels.length - (labels.some(({ name }) => name === limits.uncountedLabel) ? 1 : 0);
  if (count <= limits.maxLabelNames) return undefined;
  const isInfo = labels.some(({ name, value }) => name === METRIC_NAME_LABEL && value.endsWith('_info'));
  if (!isInfo) return 'max_label_names_per_series';
  return count > limits.maxInfoLabelNames ? 'max_label_names_per_info_series' : undefined;
}

function exceeds(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most three bytes, so most texts need no counting.
  return text.length * 3 > maxBytes && utf8Length(text) > maxBytes;
}

class Decision {
  readonly #block: Uint8Array;
  readonly #index: PlanIndex;
  readonly #options: VerdictOptions;
  readonly #routes: SeriesRoute[] = [];
  readonly #drops = new Set<number>();
  readonly #edges = new Set<number>();
  #problem: Reason | undefined;

  constructor(block: Uint8Array, index: PlanIndex, options: VerdictOptions) {
    this.#block = block;
    this.#index = index;
    this.#options = options;
  }

  visit(receivers: readonly MetricsReceiver[], labels: LabelsBuilder, from: string): void {
    const all = receivers.flatMap((receiver) => receiver.nodes());
    if (all.length === 0) this.#drops.add(this.#index.cause(from, 'no_receiver'));
    for (const { componentId } of all) this.#edges.add(this.#index.paths.edge(from, componentId));
    const nodes = this.#oncePerGroup(all);
    for (const [i, node] of nodes.entries()) {
      // Each branch changes labels of its own; the last one may have the original.
      this.#enter(node, i === nodes.length - 1 ? labels : new LabelsBuilder(labels.labels()));
    }
  }

  /** Leaves one node of each group; a destination that is listed twice gets its series twice, as in Alloy. */
  #oncePerGroup(nodes: readonly (SeriesTransform | SeriesDestination)[]): (SeriesTransform | SeriesDestination)[] {
    const seen = new Map<number, Set<Destination>>();
    return nodes.filter((node) => {
      if (node.kind === 'transform') return true;
      const group = this.#index.group(node);
      const members = seen.get(group);
      if (members !== undefined && !members.has(node.destination)) {
        members.add(node.destination);
        return false;
      }
      seen.set(group, new Set([node.destination]));
      return true;
    });
  }

  #enter(node: SeriesTransform | SeriesDestination, labels: LabelsBuilder): void {
    if (!node.apply(labels)) this.#drops.add(this.#index.cause(node.componentId, 'relabel'));
    else if (node.kind === 'transform') this.visit(node.next(), labels, node.componentId);
    else this.#arrive(node, labels.labels());
  }

  #arrive(node: SeriesDestination, labels: Labels): void {
    const encoded = encodeLabelBlock(labels);
    const block = bytesEqual(encoded, this.#block) ? undefined : encoded;
    const { validate, limits } = this.#options;
    // Rules may make a name that no label may have, or take the metric's name away.
    const problem = limitProblem(labels, limits) ?? (validate && block ? validateLabelBlock(labels) : undefined);
    if (problem !== undefined) {
      this.#problem ??= problem;
      return;
    }
    this.#routes.push({ group: this.#index.group(node), block });
  }

  /** A series that outgrew the limits on one path and arrived on another counts as delivered. */
  verdict(): SeriesVerdict {
    if (this.#problem !== undefined && this.#routes.length === 0) return rejection(this.#problem, this.#index);
    const path = this.#index.paths.path(this.#edges);
    return { rejected: undefined, routes: this.#routes, drops: [...this.#drops], path };
  }
}
