/**
 * Runs what was uploaded to the fake Cloudflare: one workerd with the D1 databases of the account and its one Worker, the
 * uploaded module with the uploaded bindings. The databases are SQLite in Durable Objects, behind the code that gives the
 * local gateway its D1, but without migrations of their own: only what wrangler sends is run. Nothing gets out to the network.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { freePort } from '../ports.ts';
import { waitUntil } from '../wait-until.ts';
import type { Account, Binding, Script } from './account.ts';

const ROOT = join(import.meta.dirname, '../../..');
const workerdPath = (createRequire(import.meta.url)('workerd') as { readonly default: string }).default;

export class Runtime {
  readonly #folder: string;
  readonly #account: Account;
  readonly #ports = new Map<string, number>();
  #child: ChildProcess | undefined;
  #built: Promise<void> | undefined;

  constructor(folder: string, account: Account) {
    this.#folder = folder;
    this.#account = account;
  }

  /** Of `d1-<uuid>` or `worker-<name>`. */
  url(socket: string): string | undefined {
    const port = this.#ports.get(socket);
    return port === undefined ? undefined : `http://127.0.0.1:${port}`;
  }

  /** With the databases and scripts that the account has now. */
  async restart(): Promise<void> {
    await this.stop();
    mkdirSync(join(this.#folder, 'storage'), { recursive: true });
    this.#built ??= this.#buildServices();
    await this.#built;
    for (const script of this.#account.scripts.values()) this.#writeScript(script);
    for (const socket of this.#sockets()) if (!this.#ports.has(socket)) this.#ports.set(socket, await freePort());
    const config = join(this.#folder, 'fake.capnp');
    writeFileSync(config, this.#config());
    const child = spawn(workerdPath, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await waitUntil('the uploaded Worker runs', async () => {
      if (child.exitCode !== null) throw new Error(`workerd ended: ${said}`);
      const answers = this.#sockets().map((socket) => fetch(`${this.url(socket)}/-/healthy`));
      return (await Promise.all(answers)).length > 0;
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  #sockets(): string[] {
    const { databases, scripts } = this.#account;
    return [
      ...[...databases.keys()].map((uuid) => `d1-${uuid}`),
      ...[...scripts.keys()].map((name) => `worker-${name}`),
    ];
  }

  async #buildServices(): Promise<void> {
    await build({
      absWorkingDir: ROOT,
      entryPoints: { database: 'worker/local/database.ts', assets: 'worker/local/assets.ts' },
      outdir: this.#folder,
      bundle: true,
      format: 'esm',
      external: ['cloudflare:*'],
      plugins: [
        {
          name: 'no-migrations',
          setup(building) {
            building.onResolve({ filter: /^spillway:migrations$/ }, ({ path }) => ({ path, namespace: 'none' }));
            building.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: '[]', loader: 'json' }));
          },
        },
      ],
    });
  }

  #writeScript(script: Script): void {
    writeFileSync(join(this.#folder, `${script.name}.js`), script.code);
    for (const [path, hash] of Object.entries(script.assets)) {
      const file = join(this.#folder, 'assets', script.name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, this.#account.assetContents.get(hash) as Buffer);
    }
  }

  #config(): string {
    const { databases, scripts } = this.#account;
    const services = [
      `(name = "storage", disk = (path = ${quote(join(this.#folder, 'storage'))}, writable = true))`,
      '(name = "internet", network = (allow = ["local"]))',
      ...[...databases.keys()].map((uuid) => `(name = "d1-${uuid}", worker = ${databaseWorker(uuid)})`),
      ...[...scripts.values()].flatMap((script) => this.#scriptServices(script)),
    ];
    const sockets = this.#sockets().map(
      (socket) =>
        `(name = "${socket}", address = "127.0.0.1:${this.#ports.get(socket)}", http = (), service = "${socket}")`,
    );
    return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')}
  ],
  sockets = [
    ${sockets.join(',\n    ')}
  ],
);
`;
  }

  #scriptServices(script: Script): string[] {
    const { name, compatibilityDate, compatibilityFlags, bindings, sqliteClasses } = script;
    const namespaces = sqliteClasses.map(
      (one) => `(className = "${one}", uniqueKey = "${name}-${one}", enableSql = true)`,
    );
    const worker = `(
      modules = [(name = "index.js", esModule = embed "${name}.js")],
      compatibilityDate = "${compatibilityDate}",
      compatibilityFlags = [${compatibilityFlags.map(quote).join(', ')}],
      durableObjectNamespaces = [${namespaces.join(', ')}],
      durableObjectStorage = (localDisk = "storage"),
      bindings = [${bindings.flatMap((one) => capnpBinding(name, one)).join(',\n        ')}],
    )`;
    const pages = join(this.#folder, 'assets', name);
    mkdirSync(pages, { recursive: true });
    return [
      `(name = "worker-${name}", worker = ${worker})`,
      `(name = "pages-${name}", disk = (path = ${quote(pages)}, writable = false))`,
      `(name = "assets-${name}", worker = (
      modules = [(name = "assets.js", esModule = embed "assets.js")],
      compatibilityDate = "${compatibilityDate}",
      bindings = [(name = "DISK", service = "pages-${name}")],
    ))`,
    ];
  }
}

function databaseWorker(uuid: string): string {
  return `(
      modules = [(name = "database.js", esModule = embed "database.js")],
      compatibilityDate = "2026-10-01",
      durableObjectNamespaces = [(className = "LocalDatabase", uniqueKey = "d1-${uuid}", enableSql = true)],
      durableObjectStorage = (localDisk = "storage"),
      bindings = [(name = "DATABASE", durableObjectNamespace = "LocalDatabase")],
    )`;
}

function capnpBinding(script: string, binding: Binding): string[] {
  const name = `name = ${quote(binding.name)}`;
  switch (binding.type) {
    case 'd1':
      return [
        `(${name}, wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "d1-${binding.id}")]))`,
      ];
    case 'durable_object_namespace':
      return [`(${name}, durableObjectNamespace = "${binding.class_name}")`];
    case 'assets':
      return [`(${name}, service = "assets-${script}")`];
    case 'plain_text':
    case 'secret_text':
      return [`(${name}, text = ${quote(binding.text)})`];
    // Nothing in workerd counts across requests; the gateway does without.
    case 'ratelimit':
      return [];
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}
