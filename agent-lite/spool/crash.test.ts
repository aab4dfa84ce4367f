import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openSpool, temporaryFolder } from './testing.ts';

const RECORDS = /^(\d+)$/gm;

/** Appends numbered records without end and prints each number once the spool has acknowledged it. */
function appendingProcess(folder: string): string {
  const here = (name: string) => pathToFileURL(join(import.meta.dirname, name)).href;
  return `
    import { Spool } from '${here('spool.ts')}';
    import { spoolDefaults } from '${here('spool-types.ts')}';
    import { nodeFileSystem } from '${here('file-system.ts')}';
    import { writeSync } from 'node:fs';
    const quiet = { delivered() {}, rejected() {}, dropped() {}, warning() {} };
    const platform = { fs: nodeFileSystem, nowMs: Date.now, monotonicMs: Date.now, after() {}, randomSalt: () => Math.floor(Math.random() * 2 ** 32) };
    const spool = await Spool.open({ ...spoolDefaults, folder: ${JSON.stringify(folder)}, segmentBytes: 20_000 }, platform, quiet);
    for (let n = Number(process.argv[2]); ; n++) {
      const body = Buffer.alloc(100 + (n % 50) * 40, String(n) + ' ');
      await spool.append([{ signal: 'logs', contentType: '', contentEncoding: '', body, items: 1 }], [{ source: 's', key: 'k', position: String(n) }], 'refuse');
      writeSync(1, n + '\\n');
    }
  `;
}

describe('a spool whose process is killed', () => {
  it('has every acknowledged record and a mark that fits them, five times in a row', async () => {
    const folder = join(temporaryFolder(), 'q');
    const script = join(temporaryFolder(), 'append.ts');
    writeFileSync(script, appendingProcess(folder));
    const acknowledged: number[] = [];
    let next = 0;
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, ['--no-warnings', script, String(next)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if ((output.match(RECORDS)?.length ?? 0) > 20 + round * 13) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.on('close', resolve));
      acknowledged.push(...[...output.matchAll(/^(\d+)\n/gm)].map((match) => Number(match[1])));

      const { spool, observer } = await openSpool({ folder });
      const found = (await spool.peek(Number.MAX_SAFE_INTEGER)).map(({ body }) =>
        Number.parseInt(Buffer.from(body).toString(), 10),
      );
      await spool.close();
      expect(new Set(found).size).toBe(found.length);
      expect(acknowledged.filter((n) => !found.includes(n))).toEqual([]);
      // At most the one append that was under way may be there without having been acknowledged.
      expect(found.length - acknowledged.length).toBeLessThanOrEqual(round + 1);
      expect(spool.marks('s').get('k')).toBe(String(found.at(-1)));
      expect(observer.sum('dropped')).toBe(0);
      next = found.at(-1)! + 1;
    }
    expect(acknowledged.length).toBeGreaterThan(100);
  });
});
