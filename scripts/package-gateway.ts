/**
 * `npm run package:gateway -- DIR`: everything that `spillway serve` needs, in one folder for machines of this one's kind: the
 * command as one file, what workerd runs, the console's pages, workerd itself and a Node. What the systemd unit and the
 * container image run.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { buildLocalBundle } from '../cli/serve/bundle.ts';
import { VERSION } from '../core/version.ts';

const ROOT = join(import.meta.dirname, '..');
const PACKAGE_NAME = 'spillway-gateway';

const [target, ...more] = process.argv.slice(2);
if (target === undefined || more.length > 0) {
  console.error('usage: npm run package:gateway -- DIR');
  process.exit(2);
}
if (!mayBeReplaced(resolve(target))) {
  console.error(`package:gateway: ${resolve(target)} has files that are no packaged gateway: give a folder of its own`);
  process.exit(2);
}
await packageGateway(resolve(target));

/** What is there is removed, so `/opt` in place of `/opt/spillway` must not be taken. */
function mayBeReplaced(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).name === PACKAGE_NAME;
  return !existsSync(folder) || (statSync(folder).isDirectory() && readdirSync(folder).length === 0);
}

async function packageGateway(folder: string): Promise<void> {
  const built = spawnSync(process.execPath, ['scripts/build.mjs', '--stale'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (built.status !== 0) throw new Error('the build failed');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['cli/main.ts'],
    outfile: join(folder, 'spillway.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['workerd', 'esbuild'],
    legalComments: 'none',
    // CommonJS packages inside ask for Node's modules by require.
    banner: {
      js: "import { createRequire as packagedRequire } from 'node:module'; const require = packagedRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  // cli/serve/bundle.ts looks for both beside itself.
  await buildLocalBundle(ROOT, join(folder, 'local'));
  cpSync(join(ROOT, 'ui/dist/console'), join(folder, 'ui'), { recursive: true });
  const [wrapper, binary] = workerdPackages();
  copyPackage(wrapper, ['package.json', 'lib'], folder);
  copyPackage(binary, ['package.json', 'bin'], folder);
  cpSync(process.execPath, join(folder, 'node'), { dereference: true });
  const manifest = { name: PACKAGE_NAME, version: VERSION, type: 'module', private: true };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  console.log(`packaged ${folder}`);
}

function copyPackage(name: string, parts: readonly string[], folder: string): void {
  const source = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  for (const part of parts)
    cpSync(join(source, part), join(folder, 'node_modules', name, part), { recursive: true, dereference: true });
}

/** What finds the binary, and the binary of this machine. */
function workerdPackages(): readonly [wrapper: string, binary: string] {
  const architecture = process.arch === 'x64' ? '64' : process.arch;
  return ['workerd', `@cloudflare/workerd-${process.platform}-${architecture}`];
}
