/**
 * The JavaScript that the local workerd runs. From a source tree it is built here with esbuild; a packaged command finds
 * the three files that `buildLocalBundle` wrote beside it when it was packaged.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Message } from 'esbuild';

/** Services of the local workerd, by the name of their file. */
export const LOCAL_SERVICES = ['gateway', 'database', 'assets'] as const;

const ENTRY_POINTS: Readonly<Record<(typeof LOCAL_SERVICES)[number], string>> = {
  gateway: 'worker/local/index.ts',
  database: 'worker/local/database.ts',
  assets: 'worker/local/assets.ts',
};

const HERE = dirname(fileURLToPath(import.meta.url));

/** Puts gateway.js, database.js and assets.js into the folder, always anew: the code may have changed since last time. */
export async function writeLocalBundle(outDir: string): Promise<void> {
  const packaged = join(HERE, 'local');
  const root = sourceRoot();
  if (root !== undefined) await buildLocalBundle(root, outDir);
  else if (existsSync(join(packaged, 'gateway.js'))) cpSync(packaged, outDir, { recursive: true });
  else throw new Error(`the gateway's bundle is missing: there is no ${packaged}/gateway.js`);
}

/** The built pages of the console; undefined where they were not built. */
export function consolePages(): string | undefined {
  const root = sourceRoot();
  return [join(HERE, 'ui'), ...(root === undefined ? [] : [join(root, 'ui/dist/console')])].find((path) =>
    existsSync(path),
  );
}

export async function buildLocalBundle(root: string, outDir: string): Promise<void> {
  const { build } = await import('esbuild');
  mkdirSync(outDir, { recursive: true });
  const migrations = JSON.stringify(readMigrations(join(root, 'migrations')));
  const built = build({
    absWorkingDir: root,
    entryPoints: { ...ENTRY_POINTS },
    outdir: outDir,
    bundle: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    // What goes wrong is thrown, and told once.
    logLevel: 'silent',
    plugins: [
      {
        name: 'migrations',
        setup(building) {
          building.onResolve({ filter: /^spillway:migrations$/ }, ({ path }) => ({ path, namespace: 'migrations' }));
          building.onLoad({ filter: /.*/, namespace: 'migrations' }, () => ({ contents: migrations, loader: 'json' }));
        },
      },
    ],
  });
  await built.catch((error: Error & { errors?: readonly Message[] }) => {
    const [first] = error.errors ?? [];
    // Without a place in the code it is none of the code's: the disk is full, the folder may not be written.
    throw first?.location === null ? new Error(`cannot build the gateway: ${first.text}`) : error;
  });
}

function readMigrations(folder: string): { name: string; sql: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }));
}

function sourceRoot(): string | undefined {
  const root = join(HERE, '../..');
  return existsSync(join(root, ENTRY_POINTS.gateway)) ? root : undefined;
}
