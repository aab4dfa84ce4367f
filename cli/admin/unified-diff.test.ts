import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const dir = mkdtempSync(join(tmpdir(), 'spillway-diff-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}\n`);

function diff(before: string, after: string): string {
  return unifiedDiff({ name: 'a', text: before }, { name: 'b', text: after });
}

describe('unifiedDiff', () => {
  it.each([
    ['one line changed', numbers(20).join(''), numbers(20).with(9, 'other\n').join('')],
    ['two places', numbers(40).join(''), numbers(40).with(2, 'x\n').with(30, 'y\n').join('')],
    ['places that touch', numbers(20).join(''), numbers(20).with(5, 'x\n').with(12, 'y\n').join('')],
    ['lines added at the end', 'a\n', 'a\nb\nc\n'],
    ['lines removed at the start', 'a\nb\nc\n', 'c\n'],
    ['nothing before', '', 'a\nb\n'],
    ['nothing after', 'a\nb\n', ''],
    ['no line break at the end', 'a\nb\n', 'a\nb'],
  ])('says what diff -u says: %s', (_, before, after) => {
    writeFileSync(join(dir, 'a'), before);
    writeFileSync(join(dir, 'b'), after);
    const { stdout } = spawnSync('diff', ['-u', '--label', 'a', '--label', 'b', 'a', 'b'], { cwd: dir });
    expect(diff(before, after)).toBe(stdout.toString().trimEnd());
  });

  it('is empty where nothing differs', () => {
    expect(diff('a\nb', 'a\nb')).toBe('');
  });

  it('has colours where it is asked to', () => {
    const text = unifiedDiff({ name: 'a', text: 'x\n' }, { name: 'b', text: 'y\n' }, true);
    expect(text).toContain('\u001b[31m-x\u001b[39m');
    expect(text).toContain('\u001b[32m+y\u001b[39m');
  });
});
