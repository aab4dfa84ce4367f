/**
 * Runs a batch of log lines through the graph of log receivers. What each destination gets is a batch of its own; lines
 * that components dropped, made or held are counted by component, so that the books of a batch close exactly.
 */
import type { Destination } from '../delivery/destination.ts';
import type { LineReport, LogsDestination, LogsReceiver, LogsTransform } from './nodes.ts';
import { type LogsObserver, tellFlow } from './observer.ts';
import type { LogEntry, LogsBatch } from './signals.ts';
import { countLines } from './signals.ts';

export interface LogsPlanOutput {
  readonly destination: Destination;
  readonly batch: LogsBatch;
  readonly lines: number;
}

/** In lines. Without forks: received + created = dropped + lines of the output. */
export interface LogsPlanResult {
  readonly outputs: readonly LogsPlanOutput[];
  readonly received: number;
  /**
   * Lines that no destination got, because stages dropped them or nothing was connected. Where paths fork and a stage
   * behind the fork holds lines back, those count as held even if the other path delivered them.
   */
  readonly dropped: number;
  /** Where lines ended, also of those that reached another destination; so these may add up to more than `dropped`. */
  readonly drops: readonly { readonly componentId: string; readonly reason: string; readonly lines: number }[];
  /** Lines that stages made out of others; negative where they joined some or hold them back for a later batch. */
  readonly created: number;
  /**
   * Some stage holds lines back (an unfinished block of lines) until then: run the plan again with a batch without
   * streams and marks. Until those lines have gone on, the marks that cover them stay behind with them.
   */
  readonly flushAtNs?: bigint;
}

/**
 * A destination without lines still gets the batch when it carries marks: they say how far the source has read, and a
 * dropped line must not be read again.
 */
export function runLogsPlan(
  entry: readonly LogsReceiver[],
  batch: LogsBatch,
  nowNs: bigint,
  observer?: LogsObserver,
): LogsPlanResult {
  const run = new Run(nowNs, observer);
  const forked = forks(entry);
  run.visit(entry, forked ? withOrigins(batch) : batch, '');
  return run.result(countLines(batch), forked);
}

class Run {
  readonly #nowNs: bigint;
  readonly #observer: LogsObserver | undefined;
  readonly #outputs: LogsPlanOutput[] = [];
  readonly #drops = new Map<string, { componentId: string; reason: string; lines: number }>();
  #created = 0;
  #held = 0;
  #flushAtNs: bigint | undefined;

  constructor(nowNs: bigint, observer: LogsObserver | undefined) {
    this.#nowNs = nowNs;
    this.#observer = observer;
  }

  visit(receivers: readonly LogsReceiver[], batch: LogsBatch, from: string): void {
    const nodes = receivers.flatMap((receiver) => receiver.nodes());
    if (nodes.length === 0) this.#drop(from, 'no_receiver', countLines(batch));
    if (this.#observer !== undefined) tellFlow(this.#observer, from, nodes, countLines(batch));
    for (const node of nodes) this.#enter(node, batch);
  }

  #enter(node: LogsTransform | LogsDestination, batch: LogsBatch): void {
    if (node.kind === 'destination') {
      const output = node.transform(batch, this.#nowNs);
      this.#observer?.logs?.(node.componentId, batch, output);
      const lines = countLines(output);
      if (lines > 0 || output.marks.length > 0) {
        this.#outputs.push({ destination: node.destination, batch: output, lines });
      }
      return;
    }
    const { componentId } = node;
    const report: LineReport = {
      dropped: (reason, lines) => this.#drop(componentId, reason, lines),
      created: (lines) => {
        this.#created += lines;
        if (lines < 0) this.#held -= lines;
      },
    };
    const transformed = node.transform(batch, this.#nowNs, report);
    this.#observer?.logs?.(componentId, batch, transformed);
    const dueNs = node.flushAtNs?.();
    if (dueNs !== undefined && (this.#flushAtNs === undefined || dueNs < this.#flushAtNs)) this.#flushAtNs = dueNs;
    this.visit(node.next(), transformed, componentId);
  }

  #drop(componentId: string, reason: string, lines: number): void {
    if (lines === 0) return;
    const key = `${componentId}\n${reason}`;
    const known = this.#drops.get(key);
    if (known === undefined) this.#drops.set(key, { componentId, reason, lines });
    else known.lines += lines;
  }

  result(received: number, forked: boolean): LogsPlanResult {
    const drops = [...this.#drops.values()];
    const dropped = forked
      ? Math.max(0, received - this.#held - this.#distinctOrigins())
      : drops.reduce((lines, drop) => lines + drop.lines, 0);
    const flush = this.#flushAtNs === undefined ? {} : { flushAtNs: this.#flushAtNs };
    return { outputs: this.#outputs, received, dropped, drops, created: this.#created, ...flush };
  }

  #distinctOrigins(): number {
    const origins = new Set<number>();
    for (const { batch } of this.#outputs) {
      for (const { entries } of batch.streams) {
        for (const { origin } of entries) if (origin !== undefined) origins.add(origin);
      }
    }
    return origins.size;
  }
}

/** Whether a line can go more than one way: only then must it be told apart from others to be counted. */
function forks(receivers: readonly LogsReceiver[]): boolean {
  const nodes = receivers.flatMap((receiver) => receiver.nodes());
  return nodes.length > 1 || nodes.some((node) => node.kind === 'transform' && forks(node.next()));
}

function withOrigins(batch: LogsBatch): LogsBatch {
  let origin = 0;
  const number = (entry: LogEntry): LogEntry => ({ ...entry, origin: origin++ });
  return { ...batch, streams: batch.streams.map((stream) => ({ ...stream, entries: stream.entries.map(number) })) };
}
