/**
 * A work tree of a Git repository in a component's folder, at one revision: fetched, checked out and read. Nothing of the
 * repository is ever run, and nothing outside of its work tree is read.
 */
import { existsSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type GitEnvironment, type GitRun, git } from './git-command.ts';
import { type ModuleFiles, readModuleFiles } from './module-files.ts';

export interface GitSource {
  readonly repository: string;
  readonly revision: string;
  readonly path: string;
}

const FETCH_MS = 120_000;
/** The remote's HEAD under a name of ours: a branch of the remote may be called HEAD too. */
const REMOTE_HEAD = 'refs/spillway/head';

export class GitCheckout {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Gets what the repository holds now. Rejects with a text for people. */
  async fetch(source: GitSource, env: GitEnvironment, signal: AbortSignal): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const run: GitRun = { folder: this.#folder, env, signal, timeoutMs: FETCH_MS };
    if (!existsSync(join(this.#folder, '.git'))) await git(['init', '--quiet'], run);
    await git(
      [
        'fetch',
        '--quiet',
        '--force',
        '--prune',
        '--tags',
        '--no-recurse-submodules',
        '--',
        source.repository,
        `+HEAD:${REMOTE_HEAD}`,
        '+refs/heads/*:refs/remotes/origin/*',
      ],
      run,
    );
    const commit = await this.#resolve(source.revision, run);
    await git(['checkout', '--quiet', '--force', '--detach', commit], run);
    // So that after a restart it is known what this folder is of.
    await git(['config', 'spillway.source', sourceKey(source)], run);
  }

  /** Whether an earlier run has left a work tree of the same source. */
  async isOf(source: GitSource, signal: AbortSignal): Promise<boolean> {
    if (!existsSync(join(this.#folder, '.git'))) return false;
    const run: GitRun = { folder: this.#folder, env: {}, signal, timeoutMs: FETCH_MS };
    const known = await git(['config', '--get', 'spillway.source'], run).catch(() => '');
    return known.trim() === sourceKey(source);
  }

  /** Throws an Error with a text for people. */
  read(path: string): ModuleFiles {
    const root = realpathSync(this.#folder);
    const wanted = resolve(root, path);
    if (!existsSync(wanted)) throw new Error(`the repository has no ${path}`);
    // A link in the repository must not lead to files of the machine.
    const inside = relative(root, realpathSync(wanted));
    const outside = inside === '..' || inside.startsWith(`..${sep}`) || inside.split(sep)[0] === '.git';
    if (outside) throw new Error(`${path} leads out of the repository`);
    const files = readModuleFiles(wanted);
    for (const name of Object.keys(files.texts)) {
      if (relative(root, realpathSync(name)).startsWith('..')) throw new Error(`${name} leads out of the repository`);
    }
    return files;
  }

  async #resolve(revision: string, run: GitRun): Promise<string> {
    const names = revision === 'HEAD' ? [REMOTE_HEAD] : [`refs/remotes/origin/${revision}`, `refs/tags/${revision}`];
    for (const name of [...names, revision]) {
      const commit = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], run).catch(
        () => undefined,
      );
      if (commit !== undefined) return commit.trim();
    }
    throw new Error(`the repository has no branch, tag or commit ${JSON.stringify(revision)}`);
  }
}

function sourceKey({ repository, revision }: GitSource): string {
  return JSON.stringify([repository, revision]);
}
