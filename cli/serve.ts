/**
 * The gateway on this machine: the same Worker as on Cloudflare, in one workerd process with its state in a folder. The
 * process may be killed at any moment; what was acknowledged is in the folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from './admin/table.ts';
import { consolePages, writeLocalBundle } from './serve/bundle.ts';
import { ADMIN_TOKEN_VARIABLE, SECRETS_KEY_VARIABLE, workerdConfig } from './serve/config.ts';
import { hostPort, localUrl } from './serve/listen-option.ts';
import { listenAddress } from './serve/listening.ts';
import { endOrphan, removePidFile, writePidFile } from './serve/pid-file.ts';
import { endWithThisProcess } from './serve/watchdog.ts';

export interface GatewayLogger {
  info(message: string): void;
  warn(message: string): void;
}

export interface GatewayOptions {
  readonly dataDir: string;
  /** `*`: every address of the machine. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly adminToken: string;
  /** What seals pipelines and secrets at rest; StateFolder.secretsKey() makes and keeps one. */
  readonly secretsKey: string;
  /** Lets pipelines send to http: and private addresses, as destinations on this machine are. */
  readonly allowPrivateDestinations: boolean;
  /** Hosts, `*.suffix`, addresses and CIDRs that pipelines may send to beyond public https. */
  readonly allowedDestinations?: readonly string[];
  /** Addresses and CIDRs of reverse proxies, whose X-Forwarded-For says who the client is. */
  readonly trustedProxies?: readonly string[];
  readonly logger: GatewayLogger;
  /** Further settings of the Worker, such as OUTBOX_MAX_BYTES. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `host:port` of the debugger's protocol, for benchmarks that ask for the size of the heap. */
  readonly inspectorAddress?: string;
  /** How long requests under way may take once it is to stop. */
  readonly drainTimeoutMs?: number;
}

export interface RunningGateway {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process has ended, whoever ended it. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
}

/** Here a call to the hub costs nothing, and the console shows what happened a moment ago. */
const LOCAL_SETTINGS = { REPORT_DELAY_MS: '1000' };
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;

export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const dataDir = resolve(options.dataDir);
  const storageDir = join(dataDir, 'storage');
  mkdirSync(storageDir, { recursive: true, mode: 0o700 });
  await endOrphan(dataDir, options.logger);

  await writeLocalBundle(join(dataDir, 'bundle'));
  const configPath = join(dataDir, 'workerd.capnp');
  const { allowPrivateDestinations, allowedDestinations = [], trustedProxies = [], host, port } = options;
  const settings = {
    ...LOCAL_SETTINGS,
    ALLOWED_DESTINATIONS: allowedDestinations.join(','),
    TRUSTED_PROXIES: trustedProxies.join(','),
    GATEWAY_HOSTS: port === 0 ? '' : ownHosts(host, port).join(','),
    ...options.settings,
  };
  const address = hostPort({ host, port });
  const pagesDir = consolePages();
  const allowedNetworks = allowedDestinations.map(networkOf).filter((network) => network !== undefined);
  const config = { storageDir, pagesDir, address, allowPrivateDestinations, allowedNetworks, settings };
  writeFileSync(configPath, workerdConfig(config), { mode: 0o600 });

  const inspector = options.inspectorAddress === undefined ? [] : [`--inspector-addr=${options.inspectorAddress}`];
  const child = spawn(workerdPath(), ['serve', '--control-fd=3', ...inspector, configPath], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, [ADMIN_TOKEN_VARIABLE]: options.adminToken, [SECRETS_KEY_VARIABLE]: options.secretsKey },
  });
  // Whatever way this process takes out, workerd does not outlive it.
  if (child.pid !== undefined) endWithThisProcess(child);
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  const output = forwardOutput(child, options.logger);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolveExit) => {
    child.once('exit', (code, signal) => resolveExit({ code, signal }));
  });
  try {
    const listening = await Promise.race([listenAddress(child, START_TIMEOUT_MS), failOnExit(child, output, address)]);
    writePidFile(dataDir, child.pid as number);
    const url = localUrl({ host, port: listening });
    await Promise.race([untilReady(url), failOnExit(child, output, address)]);
    return { url, pid: child.pid as number, exited, stop: () => stop(child, dataDir, options.drainTimeoutMs) };
  } catch (error) {
    await stop(child, dataDir);
    throw error;
  }
}

/** What this gateway is reached by on its own machine: a pipeline that sends there would go in circles. */
function ownHosts(host: string, port: number): string[] {
  return [host.includes(':') ? `[${host}]` : host, 'localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port}`);
}

/** As workerd's network service takes them; undefined for names, whose addresses have to be listed beside them. */
export function networkOf(entry: string): string | undefined {
  const [address = '', prefix, ...more] = entry.replace(/^\[(.*)\]$/, '$1').split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  if (prefix === undefined) return `${address}/${bits}`;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? `${address}/${prefix}` : undefined;
}

/** The binary itself and not its Node wrapper, so that the pid is workerd's and a kill reaches it. */
function workerdPath(): string {
  const workerd = createRequire(import.meta.url)('workerd') as { readonly default: string };
  return workerd.default;
}

function forwardOutput(child: ChildProcess, logger: GatewayLogger): { lastLines: string[] } {
  const output = { lastLines: [] as string[] };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      // Ours are JSON; of workerd's own, nothing that a peer wrote may reach the terminal as it is.
      for (const line of lines.filter((found) => found !== '').map(printable)) {
        output.lastLines = [...output.lastLines, line].slice(-5);
        if (/"level":"(warn|error)"/.test(line) || stream === child.stderr) logger.warn(line);
        else logger.info(line);
      }
    });
  }
  return output;
}

async function failOnExit(child: ChildProcess, output: { lastLines: string[] }, address: string): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => {
      const said = output.lastLines.join('\n');
      const hint = /Address already in use/i.test(said)
        ? ` Another process listens on ${address}: stop it, or choose another address.`
        : '';
      reject(new Error(`the gateway ended while it started.${hint}\n${said}`));
    };
    // The last output may still be on its way when the exit is reported.
    child.once('exit', () => setTimeout(fail, 50));
    child.once('error', (error) => reject(new Error(`workerd cannot be started: ${error.message}`)));
  });
}

/** Ready means that the database answers: /-/ready asks it. */
async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let answer = 'no answer';
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) });
      answer = `HTTP ${response.status}: ${(await response.text()).trim()}`;
      if (response.ok) return;
    } catch (error) {
      answer = String(error);
    }
    await sleep(50);
  }
  throw new Error(`the gateway did not become ready within ${START_TIMEOUT_MS / 1000} s: ${answer}`);
}

/** workerd ends on SIGTERM when the requests under way are answered. */
async function stop(child: ChildProcess, dataDir: string, timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const ended = new Promise((resolveEnd) => child.once('exit', resolveEnd));
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    await ended;
    clearTimeout(killer);
  }
  removePidFile(dataDir);
}
