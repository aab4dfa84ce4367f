/** What a benchmark table is. A row compares this project with a peer that does the same job in the same run. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly unit: string;
  /** What ran against what, for the human table. */
  readonly what: string;
}

export interface RunOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Progress, for people; never on stdout. */
  readonly progress: (text: string) => void;
}

export interface Table {
  readonly name: string;
  readonly title: string;
  /** Targets of scripts/build.mjs that must be fresh. */
  readonly bundles: readonly string[];
  run(options: RunOptions): Promise<readonly Row[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
