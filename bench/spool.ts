/**
 * Table `spool`: how fast the agent's spool is appended to and replayed, beside the rate of the disk itself with the same
 * sizes in the same run: a plain file written in sequence with fdatasync after each write, and read again.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../test/support/temp-folder.ts';
import { median, type Row, type RunOptions, type Table } from './table.ts';

const ONCE = join(import.meta.dirname, 'spool-once.ts');

/** A scrape of some 2,000 series, compressed; and the small batches that a quiet host writes. */
const SIZES = [
  { name: '32k', payloadBytes: 32 * 1024, totalBytes: 100_000_000 },
  { name: '2k', payloadBytes: 2 * 1024, totalBytes: 4_000_000 },
] as const;

type Job = 'append' | 'replay' | 'raw_write' | 'raw_read' | 'start';

export const spoolTable: Table = {
  name: 'spool',
  title: "The agent's spool beside its disk",
  bundles: [],
  run: runSpool,
};

async function runSpool({ rounds, progress }: RunOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) {
    const results: Record<Job, number[]> = { append: [], replay: [], raw_write: [], raw_read: [], start: [] };
    for (let round = 1; round <= rounds; round++) {
      const folder = tempFolder('bench-spool');
      // In this order: a replay finds what was appended, and empties it.
      for (const job of ['raw_write', 'append', 'start', 'raw_read', 'replay'] as const) {
        results[job].push(once(folder.path, job, size.totalBytes, size.payloadBytes));
      }
      rmSync(folder.path, { recursive: true, force: true });
      progress(`${size.name}, round ${round} of ${rounds}: append ${results.append.at(-1)?.toFixed(1)} MB/s`);
    }
    const what = (ours: string, disk: string) => `${ours} of ${size.payloadBytes} B payloads | ${disk}`;
    const row = (name: string, ours: Job, disk: Job, text: string): Row => {
      return {
        name: `${name}_${size.name}`,
        ours: median(results[ours]),
        peer: median(results[disk]),
        unit: 'MB/s',
        what: text,
      };
    };
    rows.push(row('append', 'append', 'raw_write', what('spool append', 'write + fdatasync')));
    rows.push(row('replay', 'replay', 'raw_read', what('spool peek + acknowledge', 'read, cached')));
    if (size.name === '32k') progress(`opening a spool of 100 MB took ${Math.round(median(results.start))} ms`);
  }
  return rows;
}

function once(folder: string, job: Job, totalBytes: number, payloadBytes: number): number {
  const args = ['--no-warnings', ONCE, folder, job, String(totalBytes), String(payloadBytes)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${job}: ${stderr}`);
  return Number(stdout);
}
