/** `npm run build:agent`: executables of the agent for hosts without Node. docs/agent-builds.md. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BuildError } from './agent-executable/build-step.ts';
import { ensureExecutable } from './agent-executable/executable.ts';
import { copyRelease, layOut, megabytes } from './agent-executable/release.ts';
import {
  isTarget,
  MUSL_NODE_VERSION,
  NODE_VERSION,
  problemWith,
  runtimeLicense,
  TARGETS,
  type Target,
} from './agent-executable/runtimes.ts';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, '.cache/agent-executable');
const BUNDLE = join(ROOT, 'dist/agent-lite.cjs');
const DEFAULT_FOLDER = join(ROOT, 'dist/agent');

const USAGE = `npm run build:agent [-- OPTIONS]

Builds the agent as single executables for hosts without Node, each with a gzip'd copy, and beside them the bundle for
hosts with Node, SHA256SUMS and manifest.json, in dist/agent. The next \`npm run build\` or \`npm run deploy\` tells the
gateway about them. The Node inside (${NODE_VERSION}) comes from the npm registry, the one for musl (${MUSL_NODE_VERSION}) with pip;
both are checked against hashes in this repository.

  --target NAME[,NAME]  ${TARGETS.join(', ')}.
                        Without this option all, those for musl only where pip is. Can be repeated.
  --publish-dir DIR     a second copy: the files to upload to where AGENT_DOWNLOAD_URL points.
                        DIR is new, empty, or an earlier copy, which is replaced.
  --help                this text`;

const say = (line: string) => console.error(`build:agent: ${line}`);

interface Options {
  readonly help: boolean;
  readonly targets: readonly Target[];
  readonly folders: readonly string[];
}

try {
  const options = readOptions();
  if (options.help) console.log(USAGE);
  else await buildAll(options);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`build:agent: ${error.message}`);
  process.exitCode = 1;
}

async function buildAll({ targets, folders }: Options): Promise<void> {
  const startedAtMs = Date.now();
  const built = spawnSync(process.execPath, ['scripts/build.mjs', '--stale', 'agent-lite'], {
    cwd: ROOT,
    stdio: [0, 2, 2],
  });
  if (built.status !== 0) throw new BuildError('the bundle of the agent could not be built, see above');
  const executables = new Map<Target, string>();
  const licenses: Record<string, string> = { LICENSE: join(ROOT, 'LICENSE') };
  for (const target of targets) {
    const executable = await ensureExecutable(target, BUNDLE, CACHE, say);
    tryOut(target, executable);
    executables.set(target, executable);
    licenses['LICENSE-node'] = runtimeLicense(target, CACHE, say);
  }
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const [folder, ...copies] = folders;
  const manifest = layOut(folder as string, { version, bundle: BUNDLE, executables, licenses }, say);
  for (const copy of copies) copyRelease(folder as string, copy);
  for (const { file, bytes, sha256, gzip } of Object.values(manifest.executables)) {
    console.log(`${file}  ${megabytes(bytes)} (${megabytes(gzip.bytes)} as ${gzip.file})  sha256 ${sha256}`);
  }
  say(`done in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s: ${folders.join(', ')}`);
}

function readOptions(): Options {
  const { values } = parse();
  const targets = values.help ? [] : chooseTargets(values.target?.flatMap((list) => list.split(',')));
  const published = values['publish-dir'] === undefined ? [] : [resolve(values['publish-dir'])];
  for (const folder of published) checkReplaceable(folder);
  return { help: values.help, targets, folders: [DEFAULT_FOLDER, ...published] };
}

function chooseTargets(named: readonly string[] | undefined): Target[] {
  return [...new Set(named ?? TARGETS)].filter(isBuildable);

  function isBuildable(name: string): name is Target {
    if (!isTarget(name)) throw new BuildError(`there is no target "${name}"; there are ${TARGETS.join(', ')}`);
    const problem = problemWith(name, CACHE);
    if (problem === undefined) return true;
    if (named !== undefined) throw new BuildError(`no executable for ${name}: ${problem}`);
    say(`${name} is left out: ${problem}`);
    return false;
  }
}

function parse() {
  try {
    return parseArgs({
      options: {
        target: { type: 'string', multiple: true },
        'publish-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new BuildError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

/** A slip of the pen must not cost anybody a folder. */
function checkReplaceable(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length === 0 || (names.includes('manifest.json') && names.includes('SHA256SUMS'))) return;
  throw new BuildError(`${folder} holds other files than a build of the agent: name a folder of its own`);
}

/** An executable that this machine can run is run once before anybody gets it. */
function tryOut(target: Target, executable: string): void {
  if (target !== `${process.platform}-${process.arch}`) return;
  const { status, stdout, stderr, error } = spawnSync(executable, ['--version'], { encoding: 'utf8' });
  if (status !== 0) throw new BuildError(`the executable for ${target} does not start: ${error?.message ?? stderr}`);
  say(`${target}: ${stdout.trim()}`);
}
