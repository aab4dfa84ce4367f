/** The built pages of ui/. A fresh clone has none yet: they are built when a command needs them first. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

export const RECEIVER_PAGE_FOLDER = join(ROOT, 'ui/dist/receiver');

export function ensurePages(): void {
  if (existsSync(join(RECEIVER_PAGE_FOLDER, 'index.html'))) return;
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts/build-ui.mjs')], { encoding: 'utf8' });
  // The command works without its page; the receiver says on `/` what is missing.
  if (built.status !== 0) console.error(`the pages could not be built: ${built.stderr.trim()}`);
}
