/** What a simulation tells: for each item the way it took, what every component made of it, and where it ended. */
import type { Labels } from '../labels/labels.ts';

export type SimulatedSignal = 'metrics' | 'logs' | 'targets';

/** A sample, a line or a target at one point of its way. */
export interface ItemState {
  readonly labels: Labels;
  /** Of a sample, as text. */
  readonly value?: string;
  readonly line?: string;
  readonly metadata?: Labels;
  /** Absent: the time at which the item came in. */
  readonly timestampNs?: bigint;
}

export interface Change {
  readonly what: 'label' | 'extracted' | 'metadata' | 'line' | 'timestamp';
  /** '' for the line and the timestamp. */
  readonly name: string;
  /** Undefined: there was none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** One rule or stage. */
export interface TraceStep {
  /** The block: `rule[1]`, `stage.match[0].stage.json[0]`. */
  readonly path: string;
  /** Where the block is, '' and 0 where that is not known. */
  readonly filename: string;
  readonly line: number;
  /** The rule's action, or '' for stages. */
  readonly action: string;
  /** The joined source labels of a rule that looks at values. */
  readonly source?: string;
  readonly matched?: boolean;
  /** The expression that it matched, or did not. */
  readonly pattern?: string;
  readonly changes: readonly Change[];
  readonly outcome: 'passed' | 'dropped' | 'held' | 'split';
  /** Why it was dropped, or why a rule that matched did nothing. */
  readonly reason?: string;
}

export interface Hop {
  readonly componentId: string;
  /** A stand-in is a component that the simulation does not run; it passes on what it gets. */
  readonly kind: 'transform' | 'destination' | 'stand_in' | 'consumer';
  readonly steps: readonly TraceStep[];
  readonly before: ItemState;
  readonly results: readonly HopResult[];
  /** Set where nothing comes out. */
  readonly end?: HopEnd;
  /** Of a destination: its id and URL; of a scrape: the URL that would be asked. */
  readonly destination?: string;
  readonly url?: string;
}

export interface HopEnd {
  readonly outcome: 'dropped' | 'held' | 'no_receiver' | 'refused';
  readonly reason: string;
  /** The step that did it. */
  readonly step?: TraceStep;
}

export interface HopResult {
  readonly state: ItemState;
  readonly next: readonly Hop[];
}

export interface Trace {
  /** Counted from 1; 0 for what is let go when the input has ended. */
  readonly number: number;
  readonly input: ItemState | undefined;
  readonly ways: readonly Way[];
}

export interface Way {
  /** The components at which the item enters. */
  readonly from: readonly string[];
  readonly hops: readonly Hop[];
}

export interface Simulation {
  readonly signal: SimulatedSignal;
  readonly traces: readonly Trace[];
}
