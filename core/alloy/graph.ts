/** Dependencies between the nodes of a module: an order in which each comes after what it needs, and the cycles. */

export interface Ordered {
  /** Every id, dependencies first; otherwise in the order given. */
  readonly order: readonly string[];
  /** Ids that need each other, or one id that needs itself. */
  readonly cycles: readonly (readonly string[])[];
}

interface Visit {
  readonly id: string;
  readonly needs: Iterator<string>;
}

/** Tarjan's algorithm with its own stack: a chain of ten thousand components must not overflow the call stack. */
export function orderByDependency(needs: ReadonlyMap<string, ReadonlySet<string>>): Ordered {
  const order: string[] = [];
  const cycles: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();

  const enter = (id: string): Visit => {
    index.set(id, index.size);
    low.set(id, index.get(id)!);
    open.push(id);
    isOpen.add(id);
    return { id, needs: (needs.get(id) ?? new Set<string>()).values() };
  };
  const lower = (id: string, value: number): void => {
    if (value < low.get(id)!) low.set(id, value);
  };
  const leave = (id: string): void => {
    if (low.get(id) !== index.get(id)) return;
    const component = open.splice(open.lastIndexOf(id));
    for (const member of component) {
      isOpen.delete(member);
      order.push(member);
    }
    if (component.length > 1 || needs.get(id)?.has(id)) cycles.push(component);
  };

  for (const root of needs.keys()) {
    if (index.has(root)) continue;
    const stack = [enter(root)];
    while (stack.length > 0) {
      const { id, needs: rest } = stack.at(-1)!;
      const next = rest.next();
      if (next.done) {
        stack.pop();
        leave(id);
        if (stack.length > 0) lower(stack.at(-1)!.id, low.get(id)!);
      } else if (!index.has(next.value)) {
        if (needs.has(next.value)) stack.push(enter(next.value));
      } else if (isOpen.has(next.value)) {
        lower(id, index.get(next.value)!);
      }
    }
  }
  return { order, cycles };
}
