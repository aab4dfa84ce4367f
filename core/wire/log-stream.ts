/** Decoded logs: the form between Loki's wire formats and the pipeline. Immutable. */
import type { Labels } from '../labels/labels.ts';
import type { OutcomeError } from '../outcome.ts';

export interface LogEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly metadata: Labels;
  /** Set by a plan while it runs: which line of the input this was, so that it is counted once. Never encoded. */
  readonly origin?: number;
}

/** Told of a stream that is left out because its labels are not right; its lines do not come. */
export type InvalidStream = (lines: number, problem: OutcomeError) => void;

export interface LogStream {
  readonly labels: Labels;
  readonly entries: readonly LogEntry[];
}
