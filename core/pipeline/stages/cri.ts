/**
 * `stage.cri`: the log format of container runtimes, `<time> stdout|stderr F|P <content>`. Partial lines (P) are held
 * back until the full one (F) of their stream comes.
 */
import { ArgumentError } from '../../alloy/component.ts';
import { body, t, withDefault } from '../../alloy/schema.ts';
import { compileTimeFormat } from '../gotime/parse.ts';
import { joinPath } from '../unsupported.ts';
import type { StageEntry } from './entry.ts';
import type { StageRun } from './stage.ts';
import { defineStage } from './stage.ts';
import { truncateBytes } from './truncate.ts';

/** A runtime writes the end of a line at once; whoever waited longer lost it, and held lines hold positions back. */
const maxHeldNs = 60_000_000_000n;

interface HeldLine {
  /** The run that touched it last. */
  readonly run: StageRun;
  readonly entry: StageEntry;
  readonly ticket: number;
  readonly sinceNs: bigint;
}

const parseTime = compileTimeFormat('RFC3339Nano');

export const cri = defineStage({
  name: 'stage.cri',
  summary: 'Parses a line of the CRI log format and joins partial lines.',
  schema: body({
    max_partial_lines: withDefault(t.int, 100, {
      doc: 'Streams whose partial lines are held at once; beyond it all go on as they are.',
    }),
    max_partial_line_size: withDefault(t.size, 0, { text: '0', doc: 'Bytes that a joined line may have.' }),
    max_partial_line_size_truncate: withDefault(t.bool, false, { doc: 'Cut joined lines to that size.' }),
  }),
  create(args, context) {
    if (args.max_partial_lines <= 0) {
      throw new ArgumentError(joinPath(context.path, 'max_partial_lines'), 'max_partial_lines must be greater than 0');
    }
    const held = new Map<string, HeldLine>();
    const shorten = (line: string) =>
      args.max_partial_line_size_truncate ? truncateBytes(line, args.max_partial_line_size, '') : line;

    const release = (run: StageRun, isDue: (line: HeldLine) => boolean): StageEntry[] => {
      const due = [...held].filter(([, line]) => isDue(line));
      for (const [key] of due) held.delete(key);
      if (due.length > 0) run.created(due.length);
      return due.map(([, { entry }]) => entry);
    };

    return {
      process(entry, run) {
        const flag = parseCri(entry, run);
        if (flag === undefined) return entry;
        const key = entry.labelsKey;
        const before = held.get(key);
        if (before !== undefined) entry.line = shorten(before.entry.line + entry.line);
        if (flag !== 'P') {
          held.delete(key);
          return entry;
        }
        const displaced = before === undefined && held.size >= args.max_partial_lines ? release(run, () => true) : [];
        // The number is of a batch that will be over when the line goes on.
        entry.origin = undefined;
        entry.line = shorten(entry.line);
        held.set(key, {
          entry,
          run,
          ticket: before?.ticket ?? context.tickets.next(),
          sinceNs: before?.sinceNs ?? run.nowNs,
        });
        run.created(-1);
        return displaced;
      },
      flush: (run) =>
        release(
          run,
          (line) =>
            run.everything === true || (line.run === run && !run.mayHold) || run.nowNs - line.sinceNs >= maxHeldNs,
        ),
      flushAtNs: () => {
        // The order of the map is that in which the streams became partial.
        const oldest = held.values().next().value;
        return oldest === undefined ? undefined : oldest.sinceNs + maxHeldNs;
      },
      oldestHeld: () => held.values().next().value?.ticket,
    };
  },
});

/** Takes the line apart and returns its flag; a line of another form stays as it is. */
function parseCri(entry: StageEntry, run: StageRun): string | undefined {
  const match = /^(\S+) (stdout|stderr) (\S+)(?: ([\s\S]*))?$/.exec(entry.line);
  if (match === null) return undefined;
  const [, time, stream, flag, content = ''] = match;
  entry.setExtracted('flags', flag);
  entry.setExtracted('stream', stream);
  entry.setExtracted('content', content);
  entry.setExtracted('time', time);
  entry.line = content;
  entry.setLabel('stream', stream);
  entry.timestampNs = parseTime(time, run.nowNs) ?? entry.timestampNs;
  return flag;
}
