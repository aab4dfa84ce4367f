/**
 * The ways that series take through the graph, as numbers, so that a remembered verdict carries one number for all the
 * edges it took and counting is one addition per series.
 */

export interface FlowEdge {
  /** '' where series enter the plan. */
  readonly from: string;
  readonly to: string;
}

export class FlowPaths {
  readonly #edges: FlowEdge[] = [];
  readonly #edgeNumbers = new Map<string, number>();
  readonly #paths: (readonly number[])[] = [];
  readonly #pathNumbers = new Map<string, number>();

  edge(from: string, to: string): number {
    const key = `${from}\n${to}`;
    let number = this.#edgeNumbers.get(key);
    if (number === undefined) {
      number = this.#edges.push({ from, to }) - 1;
      this.#edgeNumbers.set(key, number);
    }
    return number;
  }

  /** Each edge counts once, however often the walk used it: two endpoints of one writer are one edge. */
  path(edges: ReadonlySet<number>): number {
    const key = [...edges].join();
    let number = this.#pathNumbers.get(key);
    if (number === undefined) {
      number = this.#paths.push([...edges]) - 1;
      this.#pathNumbers.set(key, number);
    }
    return number;
  }

  edgesOf(path: number): readonly FlowEdge[] {
    return this.#paths[path].map((edge) => this.#edges[edge]);
  }
}
