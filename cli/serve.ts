/**
 * The gateway on this machine: the same Worker as on Cloudflare, in one workerd process with its state in a folder. The
 * process may be killed at any moment; what was acknowledged is in the folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { consolePages, writeLocalBundle } from './serve/bundle.ts';
import { ADMIN_TOKEN_VARIABLE, workerdConfig } from './serve/config.ts';
import { listenAddress } from './serve/listening.ts';
import { identityOf, isAlive, type ProcessIdentity } from './start/process-identity.ts';

export interface GatewayLogger {
  info(message: string): void;
  warn(message: string): void;
}

export interface GatewayOptions {
  readonly dataDir: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly adminToken: string;
  /** Lets pipelines send to http: and private addresses, as destinations on this machine are. */
  readonly allowPrivateDestinations: boolean;
  readonly logger: GatewayLogger;
  /** Further settings of the Worker, such as OUTBOX_MAX_BYTES. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `host:port` of the debugger's protocol, for benchmarks that ask for the size of the heap. */
  readonly inspectorAddress?: string;
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
  const { allowPrivateDestinations, host, port } = options;
  const settings = { ...LOCAL_SETTINGS, ...options.settings };
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const pagesDir = consolePages();
  const config = { storageDir, pagesDir, address, allowPrivateDestinations, settings };
  writeFileSync(configPath, workerdConfig(config), { mode: 0o600 });

  const inspector = options.inspectorAddress === undefined ? [] : [`--inspector-addr=${options.inspectorAddress}`];
  const child = spawn(workerdPath(), ['serve', '--control-fd=3', ...inspector, configPath], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, [ADMIN_TOKEN_VARIABLE]: options.adminToken },
  });
  // Whatever way this process takes out, short of being killed itself, workerd does not outlive it.
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  const output = forwardOutput(child, options.logger);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolveExit) => {
    child.once('exit', (code, signal) => resolveExit({ code, signal }));
  });
  try {
    const listening = await Promise.race([listenAddress(child, START_TIMEOUT_MS), failOnExit(child, output)]);
    writePidFile(dataDir, child.pid as number);
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
    await Promise.race([untilReady(url), failOnExit(child, output)]);
    return { url, pid: child.pid as number, exited, stop: () => stop(child, dataDir) };
  } catch (error) {
    await stop(child, dataDir);
    throw error;
  }
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
      for (const line of lines.filter((found) => found !== '')) {
        output.lastLines = [...output.lastLines, line].slice(-5);
        if (/"level":"(warn|error)"/.test(line) || stream === child.stderr) logger.warn(line);
        else logger.info(line);
      }
    });
  }
  return output;
}

async function failOnExit(child: ChildProcess, output: { lastLines: string[] }): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => {
      const said = output.lastLines.join('\n');
      const hint = /Address already in use/i.test(said)
        ? ' Another process uses the port; choose one with --port.'
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

async function stop(child: ChildProcess, dataDir: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const ended = new Promise((resolveEnd) => child.once('exit', resolveEnd));
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(killer);
  }
  rmSync(join(dataDir, 'workerd.pid'), { force: true });
}

/** Two lines: workerd, and who started it. */
function writePidFile(dataDir: string, pid: number): void {
  const owner = identityOf(process.pid);
  const ownerLine = owner === undefined ? '' : `${owner.pid} ${owner.startTicks}\n`;
  writeFileSync(join(dataDir, 'workerd.pid'), `${pid}\n${ownerLine}`, { mode: 0o600 });
}

/**
 * Refuses a folder whose gateway is alive and looked after. A command that was killed with -9 leaves its workerd behind, which keeps the port and the storage. It is ended here, but
 * only when /proc proves that the process is a workerd of this very folder: pids are used again.
 */
async function endOrphan(dataDir: string, logger: GatewayLogger): Promise<void> {
  const pid = readOrphanPid(dataDir);
  if (pid === undefined) return;
  const owner = readOwner(dataDir);
  if (owner !== undefined && owner.pid !== process.pid && isAlive(owner)) {
    throw new Error(
      `${dataDir} is in use by a running gateway (pid ${pid}, started by pid ${owner.pid}): stop that one, or choose another folder with --state`,
    );
  }
  logger.warn(`ending the gateway of an earlier run that was killed (pid ${pid})`);
  process.kill(pid, 'SIGKILL');
  for (let i = 0; i < 100 && readOrphanPid(dataDir) !== undefined; i++) await sleep(20);
}

function readOwner(dataDir: string): ProcessIdentity | undefined {
  const [, line = ''] = readFileSync(join(dataDir, 'workerd.pid'), 'utf8').split('\n');
  const [pid, startTicks] = line.split(' ');
  return pid === undefined || startTicks === undefined ? undefined : { pid: Number(pid), startTicks };
}

function readOrphanPid(dataDir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataDir, 'workerd.pid'), 'utf8').split('\n', 1)[0]);
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const isOurs = commandLine.includes('serve') && commandLine.includes(join(dataDir, 'workerd.capnp'));
    return Number.isSafeInteger(pid) && pid > 1 && isOurs ? pid : undefined;
  } catch {
    return undefined;
  }
}
