/**
 * Run by npm after an install: links the project's own commands into node_modules/.bin, so that `npx agent-lite` and
 * `npx spillway` work in the clone without being published anywhere.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const BIN = join(ROOT, 'node_modules/.bin');

mkdirSync(BIN, { recursive: true });
const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
for (const [name, path] of Object.entries(bin)) {
  const target = join(ROOT, path);
  const link = join(BIN, name);
  rmSync(link, { force: true });
  symlinkSync(relative(BIN, target), link);
  chmodSync(target, 0o755);
}
