/** Executables of the agent for this machine, as `npm run build:agent` makes them. */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureExecutable } from '../../scripts/agent-executable/executable.ts';
import { isTarget, problemWith, runtimeFiles, TARGETS } from '../../scripts/agent-executable/runtimes.ts';
import { peer } from './peers.ts';
import { throwingProgram } from './throwing-program.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/agent-executable');

export const PLATFORM = `${process.platform}-${process.arch}`;
export const HAS_EXECUTABLE = isTarget(PLATFORM);

/** Of the bundle that was built before; its path. */
export function agentExecutable(
  progress: (text: string) => void = () => undefined,
  target = PLATFORM,
): Promise<string> {
  if (!isTarget(target)) throw new Error(`there is no executable for ${target}; there are ${TARGETS.join(', ')}`);
  return ensureExecutable(target, join(ROOT, 'dist/agent-lite.cjs'), CACHE, progress);
}

const MUSL = `${PLATFORM}-musl`;

/** For `describe.skipIf(!requireMusl())`, as requirePeer does it. */
export function requireMusl(): boolean {
  const reason = muslProblem();
  if (reason === undefined) return true;
  if (process.env.CI === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return false;
}

function muslProblem(): string | undefined {
  if (!isTarget(MUSL)) return `there is no executable for ${MUSL}`;
  if (process.getuid?.() !== 0) return 'only root can give a program a root of its own';
  if (peer('musl') === undefined) return 'musl is not here: run `node scripts/fetch-peers.mjs` (Debian)';
  return problemWith(MUSL, CACHE);
}

/**
 * Starts the executable for musl in a root that has musl's loader, and no other program and no other library. Temporary
 * folders, /proc and /sys are the host's. The pid is the agent's.
 */
export async function muslAgentExecutable(folder: string): Promise<string> {
  return inMuslRoot(folder, readFileSync(await agentExecutable(() => undefined, MUSL)));
}

/** Ends at once, by what the C++ library says of an exception that it caught. */
export function muslThrowingProgram(folder: string): string {
  if (!isTarget(MUSL)) throw new Error(`there is no executable for ${MUSL}`);
  const [node, ...libraries] = runtimeFiles(MUSL, CACHE, () => undefined);
  return inMuslRoot(folder, throwingProgram(node, libraries as [Buffer, ...Buffer[]]));
}

function inMuslRoot(folder: string, program: Buffer): string {
  const root = join(folder, 'musl-root');
  const loader = join(root, `lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`);
  const temporary = tmpdir();
  for (const name of ['lib', 'etc', 'dev', 'proc', 'sys', `.${temporary}`])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync((peer('musl') as { path: string }).path, loader);
  chmodSync(loader, 0o755);
  writeFileSync(join(root, 'agent-lite'), program, { mode: 0o755 });
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  const launcher = join(folder, 'agent-lite-on-musl');
  const mounts = ['/dev', '/proc', '/sys', temporary].map((path) => `mount --rbind ${path} ${root}${path}`);
  const script = ['mount --make-rprivate /', ...mounts, `exec chroot ${root} /agent-lite "$@"`].join(' && ');
  writeFileSync(
    launcher,
    `#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin exec unshare --mount sh -c '${script}' sh "$@"\n`,
    { mode: 0o755 },
  );
  return launcher;
}
