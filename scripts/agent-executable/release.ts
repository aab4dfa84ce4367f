/**
 * The folder of a release: executables, their compressed copies, the bundle, licenses, SHA256SUMS, and manifest.json, which
 * `npm run build` reads to tell the gateway what there is (scripts/install-assets.mjs).
 */
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Say, sha256 } from './build-step.ts';
import type { Target } from './runtimes.ts';

interface FileEntry {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface ExecutableEntry extends FileEntry {
  readonly gzip: FileEntry;
}

export interface Manifest {
  readonly version: string;
  readonly bundle: { readonly path: string; readonly sha256: string; readonly bytes: number };
  readonly executables: Partial<Record<Target, ExecutableEntry>>;
}

export interface Release {
  readonly version: string;
  /** Paths of what was built. */
  readonly bundle: string;
  readonly executables: ReadonlyMap<Target, string>;
  readonly licenses: Readonly<Record<string, string>>;
}

export function layOut(folder: string, release: Release, say: Say): Manifest {
  return replaced(folder, (part) => fill(part, release, say));
}

export function copyRelease(from: string, to: string): void {
  replaced(to, (part) => cpSync(from, part, { recursive: true }));
}

/** Written beside `folder` and moved, so that nobody uploads parts of two releases. */
function replaced<T>(folder: string, write: (part: string) => T): T {
  const part = `${folder}.${process.pid}.tmp`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  try {
    const result = write(part);
    rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
    return result;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function fill(folder: string, { version, bundle, executables, licenses }: Release, say: Say): Manifest {
  const manifest: Manifest = { version, bundle: bundleEntry(add(folder, basename(bundle), bundle)), executables: {} };
  for (const [target, path] of executables) {
    const entry = add(folder, `agent-lite-${target}`, path);
    chmodSync(join(folder, entry.file), 0o755);
    say(`${target}: compressing ${megabytes(entry.bytes)} …`);
    manifest.executables[target] = { ...entry, gzip: addCompressed(folder, entry.file) };
  }
  for (const [name, path] of Object.entries(licenses)) add(folder, name, path);
  writeFileSync(join(folder, 'SHA256SUMS'), sums(manifest));
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

function add(folder: string, file: string, path: string): FileEntry {
  copyFileSync(path, join(folder, file));
  return entryOf(file, readFileSync(path));
}

/** Neither a name nor a time is in it, so the same executable gives the same bytes. */
function addCompressed(folder: string, file: string): FileEntry {
  const content = gzipSync(readFileSync(join(folder, file)), { level: 9 });
  writeFileSync(join(folder, `${file}.gz`), content);
  return entryOf(`${file}.gz`, content);
}

function entryOf(file: string, content: Uint8Array): FileEntry {
  return { file, sha256: sha256(content), bytes: content.length };
}

function bundleEntry({ file, sha256, bytes }: FileEntry): Manifest['bundle'] {
  return { path: `/install/${file}`, sha256, bytes };
}

/** As `sha256sum --check` reads it. */
function sums({ bundle, executables }: Manifest): string {
  const files = Object.values(executables).flatMap((entry) => [entry, entry.gzip]);
  const all = [{ file: basename(bundle.path), sha256: bundle.sha256 }, ...files];
  return all.map((entry) => `${entry.sha256}  ${entry.file}\n`).join('');
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
