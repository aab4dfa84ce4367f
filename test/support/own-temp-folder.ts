/**
 * Vitest's global set-up: a run has a folder for temporary files of its own, and fails if a test leaves something in it.
 * A run that was killed cannot clean up, so the next one does it.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'spillway-test-';
/** Of programs that do not clean up behind themselves: Cloudflare's plugin, Chromium, V8, npm, TypeScript. */
const NOT_OURS =
  /^(miniflare-|wrangler|playwright|\.?org\.chromium\.|\.com\.google|isolate-.*\.log$|node-compile-cache$|v8-compile-cache|npm-|tsx-)/;
const LISTED = 20;
/** No run takes this long: what was not touched since is of one that was killed. */
const LEFTOVER_AGE_MS = 24 * 60 * 60 * 1000;

export default function useOwnTempFolder(): () => void {
  const parent = tmpdir();
  removeLeftovers(parent);
  const folder = mkdtempSync(join(parent, PREFIX));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  return () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    const left = readdirSync(folder).filter((name) => !NOT_OURS.test(name));
    removeFolder(folder);
    if (left.length > 0) throw new Error(leftBehind(left));
  };
}

function leftBehind(names: readonly string[]): string {
  const more = names.length > LISTED ? `, and ${names.length - LISTED} more` : '';
  return `tests left ${names.length} temporary files or folders behind: ${names.slice(0, LISTED).join(', ')}${more}`;
}

function removeLeftovers(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    // It may be gone by now: another run cleans up too.
    const touchedAtMs = name.startsWith(PREFIX) ? statSync(path, { throwIfNoEntry: false })?.mtimeMs : undefined;
    if (touchedAtMs !== undefined && Date.now() - touchedAtMs > LEFTOVER_AGE_MS) removeFolder(path);
  }
}

/** Tests mount disks and whole systems in theirs: what is still mounted must not be emptied through its mount point. */
function removeFolder(folder: string): void {
  const mounts = existsSync('/proc/self/mountinfo') ? readFileSync('/proc/self/mountinfo', 'utf8') : '';
  const mounted = mounts.split('\n').find((line) => line.split(' ')[4]?.startsWith(folder));
  if (mounted === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  else console.error(`${folder} stays: a test left ${mounted.split(' ')[4]} mounted`);
}
