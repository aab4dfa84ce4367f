/**
 * The configuration that is deployed: wrangler.toml with the names, the account and the id of the database filled in, in a
 * file of its own below dist/. The tracked file is never written.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { DeployFailure } from './failure.ts';
import type { DeployOptions } from './options.ts';

/** In wrangler.toml: no database yet. */
export const NO_DATABASE = '00000000-0000-0000-0000-000000000000';
const BINDING = 'DB';

/** What this reads of wrangler.toml; the rest is passed on as it is. */
export interface WorkerConfig {
  readonly name?: string;
  readonly main?: string;
  readonly assets?: { readonly directory?: string; readonly binding?: string };
  readonly d1_databases?: readonly {
    readonly binding: string;
    readonly database_name?: string;
    readonly database_id?: string;
    readonly migrations_dir?: string;
  }[];
  readonly durable_objects?: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
  readonly migrations?: readonly { readonly new_sqlite_classes?: readonly string[] }[];
  readonly ratelimits?: readonly { readonly name: string }[];
  readonly routes?: readonly unknown[];
  readonly vars?: Readonly<Record<string, unknown>>;
}

export interface Plan {
  readonly name: string;
  readonly databaseName: string;
  /** Where wrangler.toml names the database by id, as the Deploy to Cloudflare button writes it. */
  readonly databaseId: string | undefined;
  readonly migrationsFolder: string;
  readonly configPath: string;
  readonly raw: WorkerConfig;
}

export function readPlan(root: string, options: DeployOptions, env: NodeJS.ProcessEnv): Plan {
  const raw = experimental_readRawConfig({ config: join(root, 'wrangler.toml') }).rawConfig as WorkerConfig;
  const database = raw.d1_databases?.find(({ binding }) => binding === BINDING);
  if (raw.name === undefined || database?.database_name === undefined)
    throw new DeployFailure(`wrangler.toml names no Worker, or no D1 database with the binding ${BINDING}`);
  // Workers Builds sets the variable where the Worker was given another name in the dashboard.
  const name = options.name ?? env.WRANGLER_CI_OVERRIDE_NAME ?? raw.name;
  const isOther = options.name !== undefined && options.name !== raw.name;
  return {
    name,
    // A second gateway in the account has a database of its own.
    databaseName: isOther ? name : database.database_name,
    databaseId: isOther || database.database_id === NO_DATABASE ? undefined : database.database_id,
    migrationsFolder: resolve(root, database.migrations_dir ?? 'migrations'),
    configPath: join(root, 'dist/deploy', name, 'wrangler.json'),
    raw: withAbsolutePaths(root, raw),
  };
}

export function writeConfig(plan: Plan, databaseId: string, options: DeployOptions): void {
  const { name, databaseName, migrationsFolder, raw, configPath } = plan;
  const others = raw.d1_databases?.filter(({ binding }) => binding !== BINDING) ?? [];
  const database = {
    binding: BINDING,
    database_name: databaseName,
    database_id: databaseId,
    migrations_dir: migrationsFolder,
  };
  const config = {
    ...raw,
    name,
    d1_databases: [database, ...others],
    ...(options.domain === undefined ? {} : domainSettings(raw, options.domain)),
  };
  mkdirSync(dirname(configPath), { recursive: true });
  writeFileSync(configPath, `${JSON.stringify(config, null, 2)}\n`);
}

function domainSettings({ routes = [], vars = {} }: WorkerConfig, domain: string): Partial<WorkerConfig> {
  return {
    routes: [...routes, { pattern: domain, custom_domain: true }],
    // No pipeline may send to the gateway itself.
    vars: { ...vars, GATEWAY_HOSTS: [vars.GATEWAY_HOSTS, domain].filter((host) => host).join(',') },
  };
}

function withAbsolutePaths(root: string, raw: WorkerConfig): WorkerConfig {
  return {
    ...raw,
    ...(raw.main === undefined ? {} : { main: resolve(root, raw.main) }),
    ...(raw.assets?.directory === undefined
      ? {}
      : { assets: { ...raw.assets, directory: resolve(root, raw.assets.directory) } }),
  };
}
