/** The log files of this host that the agent can follow, found at the first start. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files that other systems name without `.log`. */
const NAMES = new Set(['syslog', 'messages', 'secure', 'cron', 'maillog']);
const MAX_FILES = 12;
/** Larger files are followed from their end: nobody wants gigabytes of the past in a first look. */
const MAX_BYTES_FROM_START = 8 * 1024 * 1024;

export interface FoundLogs {
  readonly fromStart: readonly string[];
  readonly fromEnd: readonly string[];
}

/** The files changed last come first. */
export function findLogFiles(folder = '/var/log'): FoundLogs {
  const found: { path: string; bytes: number; changedMs: number }[] = [];
  for (const name of namesIn(folder)) {
    if (!name.endsWith('.log') && !NAMES.has(name)) continue;
    const path = join(folder, name);
    const stat = readableFile(path);
    if (stat && stat.size > 0) found.push({ path, bytes: stat.size, changedMs: stat.mtimeMs });
  }
  found.sort((a, b) => b.changedMs - a.changedMs);
  const kept = found.slice(0, MAX_FILES);
  const paths = (files: typeof found) => files.map(({ path }) => path).sort();
  return {
    fromStart: paths(kept.filter(({ bytes }) => bytes <= MAX_BYTES_FROM_START)),
    fromEnd: paths(kept.filter(({ bytes }) => bytes > MAX_BYTES_FROM_START)),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readableFile(path: string): { size: number; mtimeMs: number } | undefined {
  try {
    accessSync(path, constants.R_OK);
    const stat = statSync(path);
    return stat.isFile() ? stat : undefined;
  } catch {
    return undefined;
  }
}
