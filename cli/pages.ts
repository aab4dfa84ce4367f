/** The built pages of ui/, and what hosts install. A fresh clone has none yet: they are built when a command needs them first. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BUILD_SCRIPT = join(ROOT, 'scripts/build.mjs');

export const RECEIVER_PAGE_FOLDER = join(ROOT, 'ui/dist/receiver');
const INSTALL_MANIFEST = join(ROOT, 'ui/dist/console/install/manifest.json');

export function ensurePages(): void {
  const built = [join(RECEIVER_PAGE_FOLDER, 'index.html'), INSTALL_MANIFEST].every((path) => existsSync(path));
  // A packaged command has its pages beside it, and nothing to build them from.
  if (built || !existsSync(BUILD_SCRIPT)) return;
  const build = spawnSync(process.execPath, [BUILD_SCRIPT, '--stale'], { encoding: 'utf8' });
  // The command works without its page; the receiver says on `/` what is missing.
  if (build.status !== 0) console.error(`the pages could not be built: ${build.stderr.trim()}`);
}
