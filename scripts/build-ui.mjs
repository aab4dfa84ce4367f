/** Bundles the pages into ui/dist/<page>/: one script, one style sheet, one icon each, nothing from elsewhere. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const PAGES = ['agent', 'console', 'receiver'];

export async function buildUi() {
  for (const page of PAGES) {
    const folder = join(ROOT, 'ui/dist', page);
    const files = await buildPage(page);
    await mkdir(folder, { recursive: true });
    // Folders stay: what hosts install lies beside the console (install-assets.mjs).
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isFile() && !files.has(entry.name)) await rm(join(folder, entry.name));
    }
    for (const [name, content] of files) await writeFile(join(folder, name), content);
  }
}

/** The files of one page by name, without writing any. */
export async function buildPage(page) {
  const { outputFiles } = await build({
    entryPoints: { page: join(ROOT, 'ui', page, 'main.tsx') },
    outdir: join(ROOT, 'ui/dist', page),
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return new Map([
    ...outputFiles.map(({ path, contents }) => [basename(path), contents]),
    ['index.html', await readFile(join(ROOT, 'ui', page, 'index.html'))],
    ['icon.svg', await readFile(join(ROOT, 'ui/parts/icon.svg'))],
  ]);
}

if (import.meta.main || process.argv[1] === fileURLToPath(import.meta.url)) await buildUi();
