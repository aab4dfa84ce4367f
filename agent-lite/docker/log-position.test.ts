import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogStreamName } from './log-messages.ts';
import { LogPosition } from './log-position.ts';

interface Line {
  readonly stream: LogStreamName;
  readonly timestampNs: bigint;
  readonly id: number;
}

/** What an engine sends from `since` on. */
function since(log: readonly Line[], position: LogPosition, filtersEach: boolean): readonly Line[] {
  const [seconds = '0', fraction = '0'] = position.since.split('.');
  const sinceNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
  if (filtersEach) return log.filter(({ timestampNs }) => timestampNs >= sinceNs);
  const first = log.findIndex(({ timestampNs }) => timestampNs >= sinceNs);
  return first < 0 ? [] : log.slice(first);
}

/** Reads `count` lines more, from a position that was stored, and returns the position to store. */
function run(log: readonly Line[], stored: string | undefined, count: number, filtersEach: boolean) {
  const position = (stored === undefined ? undefined : LogPosition.parse(stored)) ?? LogPosition.atTheBeginning();
  const skipper = position.skipper();
  const taken: number[] = [];
  for (const { stream, timestampNs, id } of since(log, position, filtersEach)) {
    if (taken.length >= count) break;
    if (skipper?.isKnown(stream, timestampNs) === true) continue;
    if (skipper?.anchorIsGone === true) {
      skipper.anchorIsGone = false;
      position.forget();
    }
    position.begin(timestampNs, true);
    position.take(stream, timestampNs);
    taken.push(id);
  }
  return { taken, stored: position.text ?? stored };
}

const START_NS = 1_790_000_000_000_000_000n;

/** Steps between lines, some of them none, some back: a little, as two streams do, or far, as a clock that is set. */
const logs = (steps: fc.Arbitrary<number>) =>
  fc.array(fc.record({ isError: fc.boolean(), step: steps }), { maxLength: 60 }).map((made) => {
    let atNs = START_NS;
    return made.map(({ isError, step }, id): Line => {
      atNs += BigInt(step);
      return { stream: isError ? 'stderr' : 'stdout', timestampNs: atNs, id };
    });
  });

const reads = fc.array(fc.nat(12), { maxLength: 12 });

function readAll(log: readonly Line[], counts: readonly number[], filtersEach: boolean): number[] {
  let stored: string | undefined;
  const all: number[] = [];
  for (const count of [...counts, log.length]) {
    const { taken, stored: next } = run(log, stored, count, filtersEach);
    all.push(...taken);
    stored = next;
  }
  return all;
}

describe('a position in the log of a container', () => {
  it('loses and repeats no line wherever reading stopped, whatever the times of the lines', () => {
    const anyStep = fc.oneof(fc.constant(0), fc.integer({ min: -2_000_000_000, max: 3_000_000_000 }));
    fc.assert(
      fc.property(logs(anyStep), reads, (log, counts) => {
        expect(readAll(log, counts, false)).toEqual(log.map(({ id }) => id));
      }),
      { numRuns: 500 },
    );
  });

  it('does so with an engine that leaves out each earlier line, where streams are less than a second out of step', () => {
    const step = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 700_000_000 }));
    const late = fc.integer({ min: 0, max: 900_000_000 });
    const outOfStep = fc.tuple(logs(step), fc.array(late, { maxLength: 60 })).map(([log, lates]) =>
      log.map((line, i) => {
        return line.stream === 'stderr' ? { ...line, timestampNs: line.timestampNs - BigInt(lates[i] ?? 0) } : line;
      }),
    );
    fc.assert(
      fc.property(outOfStep, reads, (log, counts) => {
        // What the engine would never send again was there before the first anchor could be.
        const first = log.findIndex(({ timestampNs }) => timestampNs < (log[0]?.timestampNs ?? 0n));
        fc.pre(first < 0);
        expect(readAll(log, counts, true)).toEqual(log.map(({ id }) => id));
      }),
      { numRuns: 500 },
    );
  });

  it('whose line was rotated away goes on behind the latest time that was read', () => {
    const log = Array.from({ length: 20 }, (_, id): Line => {
      return { stream: 'stdout', timestampNs: START_NS + BigInt(id) * 1_000_000n, id };
    });
    const { stored } = run(log, undefined, 10, false);
    expect(run(log.slice(5), stored, 100, false).taken).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(run(log.slice(15), stored, 2, false).taken).toEqual([15, 16]);
    const next = run(log.slice(15), stored, 2, false);
    expect(run(log.slice(15), next.stored, 100, false).taken).toEqual([17, 18, 19]);
  });

  it('of several destinations is the one that has read least, and no text of another kind', () => {
    const log = [1, 2, 3].map((id): Line => ({ stream: 'stdout', timestampNs: START_NS + BigInt(id), id }));
    const early = run(log, undefined, 1, false).stored!;
    const late = run(log, undefined, 2, false).stored!;
    expect(LogPosition.earliest([late, 'nonsense', '{"anchor":"x"}', early])?.text).toBe(early);
    expect(LogPosition.earliest(['nonsense', '[]', 'null', ''])).toBeUndefined();
  });
});
