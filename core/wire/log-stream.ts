/** Decoded logs: the form between Loki's wire formats and the pipeline. Immutable. */
import type { Labels } from '../labels/labels.ts';

export interface LogEntry {
  readonly timestampNs: bigint;
  readonly line: string;
  readonly metadata: Labels;
  /** Set by a plan while it runs: which line of the input this was, so that it is counted once. Never encoded. */
  readonly origin?: number;
}

export interface LogStream {
  readonly labels: Labels;
  readonly entries: readonly LogEntry[];
}
