/**
 * Decides about one series, on the first meeting with its label block: is it valid, which destinations get it, and under
 * which labels. The answer depends on the label bytes and the graph only, which is why it can be remembered.
 */
import { bytesEqual } from '../bytes/equal.ts';
import { utf8Length } from '../bytes/utf8.ts';
import type { Destination } from '../delivery/destination.ts';
import type { Label, Labels } from '../labels/labels.ts';
import { LabelsBuilder } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';
import { OutcomeError } from '../outcome.ts';
import { decodeLabelBlock, encodeLabelBlock, validateLabelBlock } from '../wire/remote-write-v1.ts';
import { FlowPaths } from './flow-paths.ts';
import type { MetricsReceiver, SeriesDestination, SeriesTransform } from './nodes.ts';

export interface SeriesVerdict {
  readonly rejected: Reason | undefined;
  readonly routes: readonly SeriesRoute[];
  /** Indices into `DropTable.causes`: where the series ended on the way to some destination. */
  readonly drops: readonly number[];
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
  readonly maxLabelNameBytes: number;
  readonly maxLabelValueBytes: number;
}

export interface DropCause {
  readonly componentId: string;
  readonly reason: 'relabel' | 'no_receiver';
}

/** Numbers for destinations and drop causes, so that verdicts stay small. */
export class PlanIndex {
  /** Destinations that get the same series under the same labels. */
  readonly groups: Set<Destination>[] = [];
  readonly causes: DropCause[] = [];
  readonly paths = new FlowPaths();
  readonly #groupNumbers = new Map<SeriesDestination['apply'], number>();

  group({ apply, destination }: SeriesDestination): number {
    let number = this.#groupNumbers.get(apply);
    if (number === undefined) {
      number = this.groups.push(new Set()) - 1;
      this.#groupNumbers.set(apply, number);
    }
    this.groups[number].add(destination);
    return number;
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
  const decision = new Decision(block, index, options.limits);
  decision.visit(entry, new LabelsBuilder(labels), '');
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
  if (labels.length > limits.maxLabelNames) return 'max_label_names_per_series';
  for (const { name, value } of labels) {
    if (exceeds(name, limits.maxLabelNameBytes)) return 'label_name_too_long';
    if (exceeds(value, limits.maxLabelValueBytes)) return 'label_value_too_long';
  }
  return undefined;
}

function exceeds(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most three bytes, so most texts need no counting.
  return text.length * 3 > maxBytes && utf8Length(text) > maxBytes;
}

class Decision {
  readonly #block: Uint8Array;
  readonly #index: PlanIndex;
  readonly #limits: SeriesLimits | undefined;
  readonly #routes: SeriesRoute[] = [];
  readonly #drops = new Set<number>();
  readonly #edges = new Set<number>();
  #problem: Reason | undefined;

  constructor(block: Uint8Array, index: PlanIndex, limits: SeriesLimits | undefined) {
    this.#block = block;
    this.#index = index;
    this.#limits = limits;
  }

  visit(receivers: readonly MetricsReceiver[], labels: LabelsBuilder, from: string): void {
    const nodes = this.#oncePerGroup(receivers.flatMap((receiver) => receiver.nodes()));
    if (nodes.length === 0) this.#drops.add(this.#index.cause(from, 'no_receiver'));
    for (const [i, node] of nodes.entries()) {
      this.#edges.add(this.#index.paths.edge(from, node.componentId));
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
    const problem = limitProblem(labels, this.#limits);
    if (problem !== undefined) {
      this.#problem ??= problem;
      return;
    }
    const encoded = encodeLabelBlock(labels);
    const block = bytesEqual(encoded, this.#block) ? undefined : encoded;
    this.#routes.push({ group: this.#index.group(node), block });
  }

  /** A series that outgrew the limits on one path and arrived on another counts as delivered. */
  verdict(): SeriesVerdict {
    if (this.#problem !== undefined && this.#routes.length === 0) return rejection(this.#problem, this.#index);
    const path = this.#index.paths.path(this.#edges);
    return { rejected: undefined, routes: this.#routes, drops: [...this.#drops], path };
  }
}
