/**
 * `stage.multiline`: joins lines to blocks, such as stack traces. A block ends where the next begins, at `max_lines`, or
 * when no line came for `max_wait_time`.
 */
import { ArgumentError } from '../../alloy/component.ts';
import { body, required, t, withDefault } from '../../alloy/schema.ts';
import { joinPath } from '../unsupported.ts';
import type { StageEntry } from './entry.ts';
import type { StageRun } from './stage.ts';
import { compileStageRegex, defineStage } from './stage.ts';

/** Streams whose last block start is remembered; beyond it the least recently used is let go. */
const maxStreams = 10_000;

/** The block of one label set. It stays when its lines have gone on: lines that follow belong to the same start. */
interface Block {
  readonly start: StageEntry;
  lines: string[];
  ticket: number;
  /** When its latest line came, and with which run. */
  touchedNs: bigint;
  run: StageRun;
}

export const multiline = defineStage({
  name: 'stage.multiline',
  summary: 'Joins lines that belong together.',
  schema: body({
    firstline: required(t.string, { doc: 'RE2 expression that matches the first line of a block.' }),
    max_lines: withDefault(t.int, 128, { doc: 'Lines that a block may have.' }),
    max_wait_time: withDefault(t.duration, 3000, { text: '3s', doc: 'How long a block waits for its next line.' }),
    trim_newlines: withDefault(t.bool, true, { doc: 'Remove line breaks at the end of each line first.' }),
  }),
  create(args, context) {
    if (args.firstline === '') throw new ArgumentError(joinPath(context.path, 'firstline'), 'firstline is required');
    if (args.max_lines <= 0) throw new ArgumentError(joinPath(context.path, 'max_lines'), 'must be greater than 0');
    const firstLine = compileStageRegex(args.firstline, 'firstline', context);
    const maxWaitNs = BigInt(Math.round(args.max_wait_time * 1e6));
    const blocks = new Map<string, Block>();

    return {
      process(entry, run) {
        const key = entry.labelsKey;
        const before = blocks.get(key);
        const starts = firstLine.test(entry.line);
        if (!starts && before === undefined) return entry;
        const finished = starts && before !== undefined ? takeLines(before, run) : [];
        const block = starts || before === undefined ? startBlock(entry, run) : before;
        blocks.delete(key);
        blocks.set(key, block);
        if (block.lines.length === 0) block.ticket = context.tickets.next();
        block.lines.push(args.trim_newlines ? entry.line.replace(/[\r\n]+$/, '') : entry.line);
        block.touchedNs = run.nowNs;
        block.run = run;
        run.created(-1);
        if (block.lines.length >= args.max_lines) finished.push(...takeLines(block, run));
        return [...finished, ...evict(blocks, run)];
      },
      flush(run) {
        const isDue = ({ run: last, touchedNs }: Block) =>
          run.everything === true || (last === run && !run.mayHold) || run.nowNs - touchedNs >= maxWaitNs;
        return [...blocks.values()].filter(isDue).flatMap((block) => takeLines(block, run));
      },
      flushAtNs() {
        const waiting = [...blocks.values()].filter(({ lines }) => lines.length > 0);
        const [first] = waiting.map(({ touchedNs }) => touchedNs).sort((a, b) => (a < b ? -1 : 1));
        return first === undefined ? undefined : first + maxWaitNs;
      },
      oldestHeld() {
        const tickets = [...blocks.values()].filter(({ lines }) => lines.length > 0).map(({ ticket }) => ticket);
        return tickets.length === 0 ? undefined : Math.min(...tickets);
      },
    };
  },
});

function startBlock(start: StageEntry, run: StageRun): Block {
  // The number is of a batch that may be over when the block goes on.
  start.origin = undefined;
  return { start, lines: [], ticket: 0, touchedNs: run.nowNs, run };
}

function takeLines(block: Block, run: StageRun): StageEntry[] {
  if (block.lines.length === 0) return [];
  const joined = block.start.withLine(block.lines.join('\n'));
  block.lines = [];
  run.created(1);
  return [joined];
}

function evict(blocks: Map<string, Block>, run: StageRun): StageEntry[] {
  if (blocks.size <= maxStreams) return [];
  const [key, oldest] = blocks.entries().next().value as [string, Block];
  blocks.delete(key);
  return takeLines(oldest, run);
}
