/** `stage.timestamp`: the time of a line from an extracted value. */
import { ArgumentError } from '../../alloy/component.ts';
import { body, optional, required, t, withDefault } from '../../alloy/schema.ts';
import { findLocation, utc } from '../gotime/location.ts';
import { compileTimeFormat } from '../gotime/parse.ts';
import { joinPath } from '../unsupported.ts';
import { toText } from './convert.ts';
import { defineStage, mapStage } from './stage.ts';

/** Label sets whose last time is kept; the least recently used goes first. */
const maxStreams = 10_000;

interface LastTime {
  readonly parsedNs: bigint;
  readonly givenNs: bigint;
}

export const timestamp = defineStage({
  name: 'stage.timestamp',
  summary: 'Sets the time of a line.',
  schema: body({
    source: required(t.string, { doc: 'Extracted value that holds the time.' }),
    format: required(t.string, { doc: 'A Go layout, a name such as RFC3339, or Unix, UnixMs, UnixUs, UnixNs.' }),
    fallback_formats: optional(t.list(t.string), { doc: 'Formats to try when the first does not fit.' }),
    location: optional(t.string, { doc: 'IANA time zone for layouts without one.' }),
    action_on_failure: withDefault(t.oneOf('fudge', 'skip'), 'fudge', {
      doc: 'What a line without readable time gets: the last time of its stream plus 1 ns, or its own.',
    }),
    action_on_duplicate_timestamp: withDefault(t.oneOf('fudge', 'keep'), 'fudge', {
      doc: 'What a line with the same time as the one before it gets: 1 ns more, or the same.',
    }),
  }),
  create(args, context) {
    if (args.source === '')
      throw new ArgumentError(joinPath(context.path, 'source'), 'timestamp source value is required');
    if (args.format === '') throw new ArgumentError(joinPath(context.path, 'format'), 'timestamp format is required');
    const location = args.location === undefined ? utc : findLocation(args.location);
    if (location === undefined) {
      throw new ArgumentError(joinPath(context.path, 'location'), `unknown time zone ${JSON.stringify(args.location)}`);
    }
    const parsers = [args.format, ...(args.fallback_formats ?? [])].map((format) =>
      compileTimeFormat(format, location),
    );
    const lastTimes = new Map<string, LastTime>();
    const fudgesDuplicates = args.action_on_duplicate_timestamp === 'fudge';
    const remembers = fudgesDuplicates || args.action_on_failure === 'fudge';

    return mapStage((entry, run) => {
      const text = toText(entry.extracted(args.source));
      const parsedNs = text === undefined ? undefined : firstOf(parsers, (parser) => parser(text, run.nowNs));
      if (!remembers) {
        entry.timestampNs = parsedNs ?? entry.timestampNs;
        return;
      }
      const key = entry.labelsKey;
      const last = lastTimes.get(key);
      if (parsedNs === undefined) {
        if (last === undefined || args.action_on_failure === 'skip') return;
        entry.timestampNs = last.givenNs + 1n;
      } else {
        const isDuplicate = fudgesDuplicates && last !== undefined && last.parsedNs === parsedNs;
        entry.timestampNs = isDuplicate ? last.givenNs + 1n : parsedNs;
      }
      lastTimes.delete(key);
      lastTimes.set(key, { parsedNs: parsedNs ?? last?.parsedNs ?? 0n, givenNs: entry.timestampNs });
      if (lastTimes.size > maxStreams) lastTimes.delete(lastTimes.keys().next().value ?? '');
    });
  },
});

function firstOf<T, R>(list: readonly T[], of: (item: T) => R | undefined): R | undefined {
  for (const item of list) {
    const result = of(item);
    if (result !== undefined) return result;
  }
  return undefined;
}
