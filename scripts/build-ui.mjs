/** Bundles the pages into ui/dist/<page>/: one script, one style sheet, one icon each, nothing from elsewhere. */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const PAGES = ['console', 'receiver'];

export async function buildUi() {
  for (const page of PAGES) {
    const folder = join(ROOT, 'ui/dist', page);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await build({
      entryPoints: { page: join(ROOT, 'ui', page, 'main.tsx') },
      outdir: folder,
      bundle: true,
      minify: true,
      format: 'esm',
      target: ['es2022'],
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'warning',
    });
    await copyFile(join(ROOT, 'ui', page, 'index.html'), join(folder, 'index.html'));
    await copyFile(join(ROOT, 'ui/parts/icon.svg'), join(folder, 'icon.svg'));
  }
}

if (import.meta.main || process.argv[1] === fileURLToPath(import.meta.url)) await buildUi();
