import { describe, expect, it } from 'vitest';
import { countChanges, diffHunks } from './diff.ts';

const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}`);
const marks = { same: ' ', removed: '-', added: '+' } as const;
const shown = (before: readonly string[], after: readonly string[]) =>
  diffHunks(before.join('\n'), after.join('\n')).map((hunk) => hunk.map(({ kind, text }) => marks[kind] + text));

/** What patch does. */
function applied(before: string, hunks: ReturnType<typeof diffHunks>): string {
  const old = before.split('\n');
  const out: string[] = [];
  let at = 1;
  for (const line of hunks.flat()) {
    while (line.before !== undefined && at < line.before) out.push(old[at++ - 1]!);
    if (line.kind === 'added') {
      while (out.length + 1 < line.after!) out.push(old[at++ - 1]!);
      out.push(line.text);
    } else {
      if (line.kind === 'same') out.push(line.text);
      at++;
    }
  }
  return [...out, ...old.slice(at - 1)].join('\n');
}

describe('the difference of two texts', () => {
  it('of the same text is nothing', () => {
    expect(shown(lines(5), lines(5))).toEqual([]);
  });

  it('shows changed lines with three around them, and leaves out what lies between', () => {
    const after = lines(30);
    after[9] = 'changed';
    after.splice(24, 1);
    expect(shown(lines(30), after)).toEqual([
      [' line 7', ' line 8', ' line 9', '-line 10', '+changed', ' line 11', ' line 12', ' line 13'],
      [' line 22', ' line 23', ' line 24', '-line 25', ' line 26', ' line 27', ' line 28'],
    ]);
  });

  it('counts what was added and removed, and numbers the lines of both', () => {
    const hunks = diffHunks('a\nb\nc', 'a\nc\nd');
    expect(countChanges(hunks)).toEqual({ added: 1, removed: 1 });
    expect(hunks[0]!.find(({ text }) => text === 'c')).toEqual({ kind: 'same', text: 'c', before: 3, after: 2 });
  });

  it('turns the old text into the new one, whatever they are', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let run = 0; run < 300; run++) {
      const text = () => Array.from({ length: random(14) }, () => 'abc'[random(3)]).join('\n');
      const [before, after] = [text(), text()];
      expect(applied(before, diffHunks(before, after)), JSON.stringify([before, after])).toBe(after);
    }
  });

  it('of texts with nothing in common is the one and then the other, soon', () => {
    const before = lines(5_000).join('\n');
    const after = lines(5_000)
      .map((line) => `${line}!`)
      .join('\n');
    expect(countChanges(diffHunks(before, after))).toEqual({ added: 5_000, removed: 5_000 });
  });
});
