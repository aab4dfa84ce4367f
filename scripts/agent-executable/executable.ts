/**
 * Makes one file of a Node and the agent's bundle: a Node "single executable application". The same bundle, runtime and
 * options give the same bytes, on any machine.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inject } from 'postject';
import { BuildError, type Say, sha256 } from './build-step.ts';
import { withoutSections } from './elf.ts';
import { linkTogether } from './linker/link.ts';
import { NODE_VERSION, RUNTIMES, runtimeFiles, type Target } from './runtimes.ts';

const RESOURCE = 'NODE_SEA_BLOB';
/** Node looks for this in itself; the digit behind it says whether a program is inside. */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * agent-lite/bundle-entry.ts says what `execArgv` is for. No code cache and no snapshot: they work only on the
 * architecture, and in part the CPU, that wrote them.
 */
const SEA_OPTIONS = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  useCodeCache: false,
  execArgv: ['--max-semi-space-size=1', '--use-system-ca'],
  execArgvExtension: 'env',
};

/** Path of the executable; the one of the last build where it was made of the same things. */
export async function ensureExecutable(target: Target, bundle: string, cacheFolder: string, say: Say): Promise<string> {
  if (process.version !== `v${NODE_VERSION}`) {
    throw new BuildError(
      `executables are built by Node ${NODE_VERSION}, and this is ${process.version}: run \`npm run build:agent\`. ` +
        'Where the package "node" was updated, scripts/agent-executable/runtimes.ts has to follow.',
    );
  }
  const folder = join(cacheFolder, target);
  const executable = join(folder, 'agent-lite');
  const keyFile = join(folder, 'made-of.json');
  const key = madeOf(target, bundle);
  if (existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return executable;
  mkdirSync(cacheFolder, { recursive: true });
  const part = mkdtempSync(join(cacheFolder, `${target}-`));
  try {
    say(
      `${target}: putting ${Math.round(readFileSync(bundle).length / 1024)} KiB of agent into Node ${RUNTIMES[target].version} …`,
    );
    await build(target, bundle, cacheFolder, part, say);
    writeFileSync(join(part, 'made-of.json'), key);
    rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return executable;
}

/** Everything that the bytes of the result depend on. */
function madeOf(target: Target, bundle: string): string {
  const { version: postject } = createRequire(import.meta.url)('postject/package.json') as { version: string };
  const linker = readdirSync(join(import.meta.dirname, 'linker')).map((file) => join('linker', file));
  const code = ['executable.ts', 'elf.ts', ...linker.sort()].map((file) => [
    file,
    sha256(readFileSync(join(import.meta.dirname, file))),
  ]);
  return JSON.stringify({ bundle: sha256(readFileSync(bundle)), runtime: RUNTIMES[target], postject, code });
}

async function build(target: Target, bundle: string, cacheFolder: string, folder: string, say: Say): Promise<void> {
  const output = join(folder, 'agent-lite');
  const blob = makeBlob(bundle, folder);
  const [program, ...libraries] = runtimeFiles(target, cacheFolder, say);
  if (libraries.length > 0) {
    const linked = linkTogether(program, libraries, { name: RESOURCE, content: blob });
    lightFuse(linked);
    writeFileSync(output, linked, { mode: 0o755 });
    return;
  }
  writeFileSync(output, withoutSections(program), { mode: 0o755 });
  await quietly(() => inject(output, RESOURCE, blob, { sentinelFuse: SENTINEL }));
}

/** postject does it for the others. It adds notes to this one in a way that it does not start after. */
function lightFuse(program: Buffer): void {
  const at = program.indexOf(`${SENTINEL}:0`);
  if (at < 0 || program.includes(SENTINEL, at + 1)) throw new BuildError('the Node for musl takes no program');
  program.write('1', at + SENTINEL.length + 1);
}

/** The names of files become part of the blob, so they are relative and always the same. */
function makeBlob(bundle: string, folder: string): Buffer {
  const scratch = mkdtempSync(join(folder, 'blob-'));
  try {
    copyFileSync(bundle, join(scratch, 'agent-lite.cjs'));
    const config = { main: 'agent-lite.cjs', output: 'blob', ...SEA_OPTIONS };
    writeFileSync(join(scratch, 'sea.json'), JSON.stringify(config));
    const args = ['--experimental-sea-config', 'sea.json'];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: scratch, encoding: 'utf8' });
    if (status !== 0) throw new BuildError(`node ${args.join(' ')} failed:\n${stderr}`);
    return readFileSync(join(scratch, 'blob'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** postject's ELF library warns about the section table that is gone. */
async function quietly(work: () => Promise<void>): Promise<void> {
  const { warn, error } = console;
  console.warn = console.error = () => undefined;
  try {
    await work();
  } finally {
    Object.assign(console, { warn, error });
  }
}
