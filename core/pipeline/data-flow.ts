/**
 * Which component sends its data to which: from whoever holds a receiver to whoever exported it, and for anything else
 * that one component takes from another (targets, rules) in the direction of the value. Alloy draws its graph so.
 */
import { Capsule } from '../alloy/values.ts';
import { RECEIVER_TYPES } from './capsules.ts';

export interface FlowPart {
  readonly id: string;
  /** Decoded. */
  readonly args: unknown;
  readonly exports: ReadonlyMap<string, unknown> | undefined;
  /** Ids of components that its expressions refer to. */
  readonly references: readonly string[];
}

/** Ids by id, in the order of the arguments. A component that sends nothing on has no entry. */
export function dataFlow(parts: readonly FlowPart[]): ReadonlyMap<string, ReadonlySet<string>> {
  const exporters = new Map<unknown, string>();
  for (const { id, exports } of parts) {
    for (const value of exports?.values() ?? []) if (value instanceof Capsule) exporters.set(value.value, id);
  }
  const edges = new Map<string, Set<string>>();
  const add = (from: string, to: string) => {
    if (from === to) return;
    const known = edges.get(from);
    if (known === undefined) edges.set(from, new Set([to]));
    else known.add(to);
  };
  for (const { id, args, references } of parts) {
    const receivers = new Set<string>();
    for (const capsule of capsulesIn(args)) {
      const owner = RECEIVER_TYPES.has(capsule.typeName) ? exporters.get(capsule.value) : undefined;
      if (owner !== undefined) receivers.add(owner);
    }
    for (const to of receivers) add(id, to);
    for (const from of references) if (!receivers.has(from)) add(from, id);
  }
  return edges;
}

/** Whether the component hands data on or takes it in, so that there is something to watch. */
export function carriesData({ args, exports }: Pick<FlowPart, 'args' | 'exports'>): boolean {
  const values = [...capsulesIn(args), ...(exports?.values() ?? [])];
  return values.some((value) => value instanceof Capsule && RECEIVER_TYPES.has(value.typeName));
}

function* capsulesIn(value: unknown): Generator<Capsule> {
  if (value instanceof Capsule) yield value;
  else if (Array.isArray(value) || value instanceof Map) for (const item of value.values()) yield* capsulesIn(item);
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* capsulesIn(item);
}
