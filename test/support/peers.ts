/**
 * The real programs that tests and benchmarks run against: those that scripts/fetch-peers.mjs unpacked, else those on
 * the PATH. Every process listens on a random loopback port, keeps its data in a folder of its own, and is stopped by pid.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from './ports.ts';
import { tempFolder } from './temp-folder.ts';
import { waitUntil } from './wait-until.ts';

const PEERS = join(import.meta.dirname, '../../.cache/peers');

/** Folder below .cache/peers and the file in it. Names on the PATH: Debian's, then upstream's. */
const PROGRAMS = {
  prometheus: { file: 'prometheus/usr/bin/prometheus', onPath: ['prometheus'] },
  promtool: { file: 'prometheus/usr/bin/promtool', onPath: ['promtool'] },
  'prometheus-node-exporter': {
    file: 'prometheus-node-exporter/usr/bin/prometheus-node-exporter',
    onPath: ['prometheus-node-exporter', 'node_exporter'],
  },
  'prometheus-alertmanager': {
    file: 'prometheus-alertmanager/usr/bin/prometheus-alertmanager',
    onPath: ['prometheus-alertmanager', 'alertmanager'],
  },
  vmagent: { file: 'victoria-metrics/usr/bin/vmagent', onPath: ['vmagent'] },
  vmauth: { file: 'victoria-metrics/usr/bin/vmauth', onPath: ['vmauth'] },
  'systemd-journal-remote': {
    file: 'systemd-journal-remote/lib/systemd/systemd-journal-remote',
    onPath: ['systemd-journal-remote'],
  },
  shellcheck: { file: 'shellcheck/usr/bin/shellcheck', onPath: ['shellcheck'] },
  fish: { file: 'fish/usr/bin/fish', onPath: ['fish'] },
  busybox: { file: 'busybox-static/bin/busybox', onPath: ['busybox'] },
  // Its loader, which is its C library too.
  musl: { file: `musl/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-musl/libc.so`, onPath: [] },
  chromium: {
    file: 'chromium/usr/lib/chromium/chromium',
    onPath: ['chromium', 'chromium-browser', 'google-chrome'],
  },
} as const;

export type PeerName = keyof typeof PROGRAMS;

export interface Peer {
  readonly path: string;
  /** Environment the program needs on top of ours: where its unpacked libraries and fonts lie. */
  readonly env: Readonly<Record<string, string>>;
}

/** Where the program is, or undefined. The system's chromium goes before the unpacked one: it has its fonts. */
export function peer(name: PeerName): Peer | undefined {
  const { file, onPath } = PROGRAMS[name];
  const unpacked = unpackedPeer(file);
  const installed = findOnPath(onPath);
  const system = installed === undefined ? undefined : { path: installed, env: {} };
  return name === 'chromium' ? (system ?? unpacked) : (unpacked ?? system);
}

function unpackedPeer(file: string): Peer | undefined {
  const path = join(PEERS, file);
  if (!executable(path)) return undefined;
  const root = join(PEERS, file.split('/', 1)[0] as string);
  const libraries = libraryFolders(root);
  const env: Record<string, string> = {};
  if (libraries.length > 0) env.LD_LIBRARY_PATH = libraries.join(':');
  const fonts = join(root, 'fonts.conf');
  if (existsSync(fonts)) env.FONTCONFIG_FILE = fonts;
  return { path, env };
}

function libraryFolders(root: string): string[] {
  return [join(root, 'usr/lib'), join(root, 'lib')].flatMap((folder) => {
    if (!existsSync(folder)) return [];
    const architectures = readdirSync(folder).filter((name) => name.endsWith('-linux-gnu'));
    return architectures.map((name) => join(folder, name));
  });
}

function findOnPath(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'].filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(executable);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * For `describe.skipIf(!requirePeer('prometheus'))`: false skips with the reason printed; under CI=true a missing peer
 * is an error, so that no test can vanish unnoticed.
 */
export function requirePeer(name: PeerName): boolean {
  if (peer(name) !== undefined) return true;
  const reason = `${name} is not here: run \`node scripts/fetch-peers.mjs\` (Debian), or put it on the PATH`;
  if (process.env.CI === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return false;
}

export interface PeerProcess {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** `127.0.0.1:<port>` */
  readonly address: string;
  readonly pid: number;
  /** All it has written to stdout and stderr so far. */
  output(): string;
  /** Ends the process and removes its data. */
  stop(): Promise<void>;
}

export interface PeerOptions {
  /** Text of its configuration file. */
  readonly config?: string;
  /** Further command-line flags, as the program spells them. */
  readonly flags?: readonly string[];
  /** Its data folder, kept at stop; a temporary one otherwise. */
  readonly dataDir?: string;
  /** Where it listens, for one that comes back; a free one otherwise. */
  readonly port?: number;
}

interface Launch {
  readonly name: PeerName;
  readonly ready: string;
  readonly flags: (paths: { readonly address: string; readonly config: string; readonly data: string }) => string[];
  readonly defaultConfig?: string;
}

const STOP_TIMEOUT_MS = 10_000;

async function launch(start: Launch, options: PeerOptions): Promise<PeerProcess> {
  const program = peer(start.name);
  if (program === undefined) throw new Error(`${start.name} is not here: run \`node scripts/fetch-peers.mjs\``);
  const address = `127.0.0.1:${options.port ?? (await freePort())}`;
  const url = `http://${address}`;
  const folder = tempFolder(start.name);
  const config = join(folder.path, 'config.yml');
  writeFileSync(config, options.config ?? start.defaultConfig ?? '');
  const data = options.dataDir ?? join(folder.path, 'data');
  const child = spawn(program.path, [...start.flags({ address, config, data }), ...(options.flags ?? [])], {
    cwd: folder.path,
    env: { ...process.env, ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  child.once('error', (error) => (output += String(error)));
  const stop = async () => {
    await end(child);
    folder.remove();
  };
  try {
    const ended = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    await waitUntil(`${start.name} is ready`, async () => ended() || (await fetch(`${url}${start.ready}`)).ok);
    if (ended()) throw new Error(`${start.name} ended with ${child.exitCode ?? child.signalCode}`);
  } catch (error) {
    await stop();
    throw new Error(`${error}\n${start.name} wrote:\n${output}`);
  }
  return { url, address, pid: child.pid as number, output: () => output, stop };
}

/** SIGTERM, and SIGKILL for one that does not listen. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(timer);
}

export function startPrometheus(options: PeerOptions = {}): Promise<PeerProcess> {
  return launch(
    {
      name: 'prometheus',
      ready: '/-/ready',
      defaultConfig: 'global: {}\n',
      flags: ({ address, config, data }) => [
        `--web.listen-address=${address}`,
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
      ],
    },
    options,
  );
}

export function startNodeExporter(options: PeerOptions = {}): Promise<PeerProcess> {
  return launch(
    {
      name: 'prometheus-node-exporter',
      ready: '/metrics',
      flags: ({ address }) => [`--web.listen-address=${address}`],
    },
    options,
  );
}

/** `config` is a Prometheus scrape config; `-remoteWrite.url` must be among the flags. */
export function startVmagent(options: PeerOptions): Promise<PeerProcess> {
  return launch(
    {
      name: 'vmagent',
      ready: '/health',
      defaultConfig: 'scrape_configs: []\n',
      flags: ({ address, config, data }) => [
        `-httpListenAddr=${address}`,
        `-promscrape.config=${config}`,
        `-remoteWrite.tmpDataPath=${data}`,
      ],
    },
    options,
  );
}

/** `config` is vmauth's `users:` file. */
export function startVmauth(options: PeerOptions & { readonly config: string }): Promise<PeerProcess> {
  return launch(
    {
      name: 'vmauth',
      ready: '/health',
      flags: ({ address, config }) => [`-httpListenAddr=${address}`, `-auth.config=${config}`],
    },
    options,
  );
}
