/**
 * Fetches a Node for musl: a wheel of the Python package index that pip is set up with, because npm's registry has none.
 * Nothing is unpacked before its check, and nothing of it is run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, checkIntegrity, onceWhole, run, type Say } from './build-step.ts';

export interface PipRuntime {
  readonly from: 'pip';
  readonly package: string;
  readonly version: string;
  /** Of the wheel, as in its name. */
  readonly platform: string;
  /** SHA-256 of the wheel, as the index names it. */
  readonly sha256: string;
  /** SHA-256 of the program and of the libraries that it needs beside the C library, in the order in which it names them. */
  readonly files: Readonly<Record<string, string>>;
}

/** pip of the same Python that unpacks: there may be several. */
const PYTHON = 'python3';
/** A wheel is a zip archive. */
const UNPACK = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], sys.argv[3:])';

/** Why it cannot be fetched here, if so. */
export function pipProblem(runtime: PipRuntime, cache: string, env = process.env): string | undefined {
  if (existsSync(folderOf(runtime, cache))) return undefined;
  const { status } = spawnSync(PYTHON, ['-m', 'pip', '--version'], { env, stdio: 'ignore' });
  if (status === 0) return undefined;
  return `the Node for musl comes with pip, and \`${PYTHON} -m pip\` does not run here (Debian: apt install python3-pip)`;
}

/** A folder with `files`. */
export function fetchWithPip(runtime: PipRuntime, cache: string, say: Say): string {
  const name = `${runtime.package}==${runtime.version}`;
  return onceWhole(folderOf(runtime, cache), (part) => {
    say(`fetching ${name} for ${runtime.platform} (about 65 MB) with pip …`);
    const options = [
      '--no-deps',
      '--only-binary=:all:',
      `--platform=${runtime.platform}`,
      '--disable-pip-version-check',
    ];
    run(PYTHON, ['-m', 'pip', 'download', '--quiet', ...options, `--dest=${part}`, name], part);
    const wheel = readdirSync(part).find((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw new BuildError(`pip download ${name} left no wheel`);
    checkIntegrity(wheel, readFileSync(join(part, wheel)), runtime.sha256);
    const unpacked = join(part, 'unpacked');
    run(PYTHON, ['-c', UNPACK, wheel, unpacked, ...Object.keys(runtime.files)], part);
    return unpacked;
  });
}

function folderOf({ package: packageName, version, platform }: PipRuntime, cache: string): string {
  return join(cache, `${packageName}@${version}-${platform}`);
}
