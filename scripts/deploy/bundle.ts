/**
 * What is uploaded, built and checked on this machine before anything leaves it: wrangler's own bundle of the Worker, its
 * bindings, the sizes that the platform takes.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plan } from './config.ts';
import { DeployFailure } from './failure.ts';
import type { Wrangler } from './wrangler.ts';

const MIB = 1024 * 1024;
/** https://developers.cloudflare.com/workers/platform/limits/: of a free account, compressed; and of one asset. */
const MAX_COMPRESSED_BYTES = 3 * MIB;
const MAX_ASSET_BYTES = 25 * MIB;

export interface CheckedBundle {
  readonly bytes: number;
  readonly compressedBytes: number;
  readonly assets: number;
  readonly bindings: readonly string[];
}

export async function checkBundle(wrangler: Wrangler, plan: Plan): Promise<CheckedBundle> {
  const outFolder = join(dirname(plan.configPath), 'worker');
  const args = ['deploy', '--dry-run', '--outdir', outFolder, '--config', plan.configPath];
  await wrangler.orFail('Bundle the Worker', args);
  const code = readFileSync(join(outFolder, 'index.js'));
  checkClasses(plan, code.toString('utf8'));
  const compressedBytes = gzipSync(code).byteLength;
  if (compressedBytes > MAX_COMPRESSED_BYTES)
    throw new DeployFailure(
      `the Worker has ${compressedBytes} bytes compressed; Cloudflare takes ${MAX_COMPRESSED_BYTES}`,
    );
  return { bytes: code.byteLength, compressedBytes, assets: checkAssets(plan), bindings: bindingsOf(plan) };
}

/** Each class of a Durable Object is exported, and created by a migration of the configuration. */
function checkClasses({ raw }: Plan, code: string): void {
  const exported = [...code.matchAll(/^export \{([^}]*)\}/gm)].at(-1)?.[1] ?? '';
  const names = exported.split(',').map((part) =>
    part
      .trim()
      .split(/\s+as\s+/)
      .at(-1),
  );
  const created = raw.migrations?.flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes) ?? [];
  for (const { name, class_name } of raw.durable_objects?.bindings ?? []) {
    if (!names.includes(class_name))
      throw new DeployFailure(`the Worker does not export ${class_name} (binding ${name})`);
    if (!created.includes(class_name))
      throw new DeployFailure(`wrangler.toml: no [[migrations]] entry creates ${class_name} (binding ${name})`);
  }
}

function checkAssets({ raw }: Plan): number {
  const folder = raw.assets?.directory;
  if (folder === undefined) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (!files.some(({ name }) => name === 'index.html'))
    throw new DeployFailure(`${folder} has no index.html: the console was not built`);
  for (const { parentPath, name } of files) {
    const { size } = statSync(join(parentPath, name));
    if (size > MAX_ASSET_BYTES)
      throw new DeployFailure(
        `${join(parentPath, name)} has ${size} bytes; Cloudflare takes files of ${MAX_ASSET_BYTES}`,
      );
  }
  return files.length;
}

function bindingsOf({ raw }: Plan): string[] {
  return [
    ...(raw.d1_databases ?? []).map(({ binding }) => binding),
    ...(raw.durable_objects?.bindings ?? []).map(({ name }) => name),
    ...(raw.assets?.binding === undefined ? [] : [raw.assets.binding]),
    ...(raw.ratelimits ?? []).map(({ name }) => name),
    ...Object.keys(raw.vars ?? {}),
  ];
}
