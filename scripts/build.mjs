/**
 * Builds what runs as a bundle. `node scripts/build.mjs [--stale] [TARGET…]`, without a target all of them. With --stale, and
 * `ensureBuilt(TARGET)`, only where a source is newer than the result. Runs on any Node >= 18.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

const TARGETS = {
  'agent-lite': {
    output: 'dist/agent-lite.cjs',
    sources: ['agent-lite', 'core', 'ui'],
    build: buildAgent,
  },
  ui: {
    output: 'ui/dist/console/page.js',
    sources: ['ui'],
    build: async () => (await import('./build-ui.mjs')).buildUi(),
  },
  // After the two that it takes from and lies beside.
  install: {
    output: 'ui/dist/console/install/manifest.json',
    sources: ['agent-lite', 'core', 'ui', 'deploy/agent', 'dist/agent'],
    build: buildInstallFiles,
  },
};

async function buildInstallFiles(output) {
  const { buildInstall } = await import('./install-assets.mjs');
  await buildInstall(ROOT, await ensureBuilt('agent-lite'), dirname(output));
}

/** One CommonJS file: Node starts it in three quarters of the memory that ES modules take. */
async function buildAgent(output) {
  const { build } = await import('esbuild');
  mkdirSync(dirname(output), { recursive: true });
  const temporary = `${output}.${process.pid}.tmp`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['agent-lite/bundle-entry.ts'],
    outfile: temporary,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    // Names stay, so that a stack trace can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
    plugins: [loadWhenUsed(['re2js', 'yaml']), holdPages(await pageFiles())],
  });
  chmodSync(temporary, 0o755);
  // Renamed, so that a process that starts meanwhile never reads half a file.
  renameSync(temporary, output);
}

async function pageFiles() {
  const { buildPage } = await import('./build-ui.mjs');
  return buildPage('agent');
}

/**
 * Puts the agent's pages into the bundle, in the place of the module that reads them from the disk. Compressed, and in a
 * function of their own: V8 makes a string of them when a browser asks for a page, and not before.
 */
function holdPages(files) {
  const cases = [...files].map(([name, content]) => {
    const compressed = gzipSync(content, { level: 9 }).toString('base64');
    return `if (name === ${JSON.stringify(name)}) return Buffer.from(${JSON.stringify(compressed)}, 'base64');`;
  });
  const contents = `export function builtPage(name) { ${cases.join('\n')} }`;
  return {
    name: 'hold-pages',
    setup: (build) =>
      build.onLoad({ filter: /agent-lite\/server\/built-pages\.ts$/ }, () => ({ contents, loader: 'js' })),
  };
}

/**
 * Packages behind stand-ins that load them when something of them is first used. What re2js and yaml build when they
 * load takes megabytes, and most configurations need neither.
 */
function loadWhenUsed(packages) {
  const filter = new RegExp(`^(${packages.join('|')})$`);
  const namespace = 'load-when-used';
  return {
    name: namespace,
    setup(build) {
      build.onResolve({ filter }, ({ path, pluginData, resolveDir }) =>
        pluginData?.real ? undefined : { path, namespace, pluginData: { resolveDir } },
      );
      build.onLoad({ filter: /.*/, namespace }, async ({ path, pluginData: { resolveDir } }) => {
        const real = await build.resolve(path, { kind: 'require-call', resolveDir, pluginData: { real: true } });
        // Node >= 23 adds the name `module.exports` to what a CommonJS module exports.
        const names = Object.keys(await import(path)).filter((name) => name !== 'default' && /^[\w$]+$/.test(name));
        const contents = `
          let real;
          const load = () => (real ??= require(${JSON.stringify(real.path)}));
          const standIn = (name) => new Proxy(function () {}, {
            get: (_target, key) => Reflect.get(load()[name], key),
            apply: (_target, self, args) => Reflect.apply(load()[name], self, args),
            construct: (_target, args) => Reflect.construct(load()[name], args),
          });
          ${names.map((name) => `export const ${name} = standIn(${JSON.stringify(name)});`).join('\n')}
        `;
        return { contents, resolveDir };
      });
    },
  };
}

/** Path of the built file. */
export async function ensureBuilt(name) {
  const { output, sources, build } = TARGETS[name];
  const path = join(ROOT, output);
  const stale = !existsSync(path) || sources.some((folder) => hasNewer(join(ROOT, folder), statSync(path).mtimeMs));
  if (stale) await build(path);
  return path;
}

function hasNewer(folder, thanMs) {
  if (!existsSync(folder)) return false;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'dist' && entry.name !== 'testdata' && hasNewer(path, thanMs)) return true;
    } else if (!/\.test\.tsx?$/.test(entry.name) && statSync(path).mtimeMs > thanMs) return true;
  }
  return false;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const onlyStale = process.argv.includes('--stale');
  const names = process.argv.slice(2).filter((argument) => argument !== '--stale');
  for (const name of names.length > 0 ? names : Object.keys(TARGETS)) {
    if (TARGETS[name] === undefined) {
      console.error(`unknown target "${name}"; there are ${Object.keys(TARGETS).join(', ')}`);
      process.exit(1);
    }
    if (onlyStale) await ensureBuilt(name);
    else await TARGETS[name].build(join(ROOT, TARGETS[name].output));
    console.error(`built ${TARGETS[name].output}`);
  }
}
