/** Real journal files without a journald: systemd-journal-remote writes them from texts of the journal export format. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { peer, requirePeer } from './peers.ts';

export interface WrittenEntry {
  readonly realtimeUs: bigint;
  readonly bootId?: string;
  /** A name may come more than once. */
  readonly fields: readonly (readonly [name: string, value: string | Uint8Array])[];
}

export const BOOT_ID = '0123456789abcdef0123456789abcdef';

/** For `describe.skipIf`: both the real journalctl and what writes files for it are here. */
export function requireJournal(): boolean {
  return requirePeer('systemd-journal-remote') && hasJournalctl();
}

function hasJournalctl(): boolean {
  const found = (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'journalctl'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!found && process.env.CI === 'true') throw new Error('journalctl is not here: install systemd');
  if (!found) console.warn('skipped: journalctl is not here');
  return found;
}

/** Appends to `<folder>/system.journal`. */
export function writeJournal(folder: string, entries: readonly WrittenEntry[]): void {
  const program = peer('systemd-journal-remote');
  if (program === undefined) throw new Error('systemd-journal-remote is not here: run `node scripts/fetch-peers.mjs`');
  const { status, stderr } = spawnSync(program.path, [`--output=${join(folder, 'system.journal')}`, '-'], {
    input: Buffer.concat(entries.map(exported)),
    env: { ...process.env, ...program.env },
    encoding: 'buffer',
  });
  if (status !== 0) throw new Error(`systemd-journal-remote: ${stderr.toString()}`);
}

let rotations = 0;

/** As journald does: the file gets the name of an archived one, and the next entry begins another. */
export function rotateJournal(folder: string): string {
  const archived = join(
    folder,
    `system@${String(++rotations).padStart(32, '0')}-${'1'.padStart(16, '0')}-${'1'.padStart(16, '0')}.journal`,
  );
  renameSync(join(folder, 'system.journal'), archived);
  return archived;
}

/** systemd's JOURNAL_EXPORT_FORMATS: what is not plain text in one line goes with its length. */
function exported({ realtimeUs, bootId = BOOT_ID, fields }: WrittenEntry): Buffer {
  const address = `__REALTIME_TIMESTAMP=${realtimeUs}\n__MONOTONIC_TIMESTAMP=${realtimeUs % 1_000_000_000_000n}\n_BOOT_ID=${bootId}\n`;
  return Buffer.concat([Buffer.from(address), ...fields.map(([name, value]) => field(name, value)), Buffer.from('\n')]);
}

function field(name: string, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string);
  if (typeof value === 'string' && !/[\0-\x1f]/.test(value)) return Buffer.from(`${name}=${value}\n`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
}
