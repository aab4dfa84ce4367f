/**
 * `npm start`: the whole of Spillway on this machine. Receiver and metrics store, gateway, tenant, agent, in this order;
 * then it watches, and stops all of it in the reverse order. It claims nothing that it has not looked up.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { VERSION } from '../core/version.ts';
import { Children } from './start/children.ts';
import { type Flow, readFlow } from './start/flow.ts';
import { CTRL_C, onKeys } from './start/keys.ts';
import { LocalStack } from './start/local-stack.ts';
import { addStartOptions, type StartOptions, settlePorts } from './start/options.ts';
import { count, Screen } from './start/screen.ts';
import { DEFAULT_STATE_FOLDER, StateFolder } from './start/state-folder.ts';
import { TENANT } from './start/tenant.ts';

const ROOT = join(import.meta.dirname, '..');
const FLOW_POLL_MS = 500;
const FLOW_PATIENCE_MS = 60_000;

export function addStartCommand(program: Command): void {
  addStartOptions(program.command('start'))
    .description('run gateway, agent and destinations on this machine; Ctrl-C stops all of it')
    .action(async (options: StartOptions) => {
      process.exitCode = await start(options);
    });
}

/** Returns the exit code. */
async function start(options: StartOptions): Promise<number> {
  const state = new StateFolder(options.state);
  const screen = new Screen(state.file('logs', 'start.log'));
  const children = new Children(state);
  const stopping = new AbortController();
  // A second signal is the same wish: npm and a terminal both pass one on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());
  screen.line(`\nSpillway ${VERSION} on this machine\n`);
  try {
    for (const left of await children.takeOver()) screen.done('cleaned up', `${left} of a start that was killed`);
  } catch (error) {
    screen.fail((error as Error).message);
    return 1;
  }
  try {
    await runUntilStopped(options, { state, screen, children, stopping });
    return 0;
  } catch (error) {
    if (stopping.signal.aborted && !(stopping.signal.reason instanceof GaveUp)) return 0;
    screen.fail((error as Error).message);
    return 1;
  } finally {
    children.close();
  }
}

interface Session {
  readonly state: StateFolder;
  readonly screen: Screen;
  readonly children: Children;
  readonly stopping: AbortController;
}

/** One of our own processes cannot be kept alive. */
class GaveUp extends Error {}

async function runUntilStopped(options: StartOptions, session: Session): Promise<void> {
  const { state, screen, children, stopping } = session;
  await build();
  const ports = await settlePorts(options, state);
  stopping.signal.throwIfAborted();
  const adminToken = state.admin()?.adminToken ?? randomBytes(24).toString('base64url');
  const giveUp = (error: Error) => stopping.abort(new GaveUp(error.message));
  const stack = new LocalStack({
    ports,
    state,
    children,
    screen,
    adminToken,
    shown,
    giveUp,
    stopping: stopping.signal,
  });
  const releaseKeys = onKeys({
    [CTRL_C]: () => stopping.abort(),
    q: () => stopping.abort(),
    s: () => void stack.receiver.toggle(),
    m: () => void stack.metricsStore?.toggle(),
  });
  try {
    const startedAtMs = Date.now();
    await stack.up();
    showWhere(stack, screen, state, adminToken);
    await showFlow(stack, screen, startedAtMs, stopping.signal);
    if (options.open === true) openBrowser(consoleUrl(stack, adminToken), screen);
    await aborted(stopping.signal);
    if (stopping.signal.reason instanceof GaveUp) throw stopping.signal.reason;
  } finally {
    releaseKeys();
    screen.line('\n  Stopping …');
    await stack.down();
    screen.line('  Everything is stopped. The next npm start continues from here.');
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The pages and the agent: from this source tree, so that what runs is what is here. */
async function build(): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/build.mjs'), '--stale'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  // Behind the compiler's own message comes the stack of the compiler.
  if (code !== 0) throw new Error(`the build failed:\n${errors.split('\n\n/')[0]}`);
}

/** Waits until the destinations have data, and says what they have; or what is missing, once patience ends. */
async function showFlow(stack: LocalStack, screen: Screen, sinceMs: number, stopping: AbortSignal): Promise<void> {
  screen.line('  Waiting until the first data has arrived …');
  const deadline = Date.now() + FLOW_PATIENCE_MS;
  let flow: Flow = { series: 0, lines: 0 };
  let problem = '';
  while (!stopping.aborted && Date.now() < deadline) {
    try {
      flow = await readFlow(stack.metrics, stack.receiverUrl, sinceMs);
      problem = '';
    } catch (error) {
      problem = (error as Error).message;
    }
    if (flow.series > 0 && flow.lines > 0) break;
    await new Promise((resolve) => setTimeout(resolve, FLOW_POLL_MS));
  }
  stopping.throwIfAborted();
  const seconds = Math.round((Date.now() - sinceMs) / 1000);
  const store = stack.metrics.title === 'receiver' ? 'the receiver' : stack.metrics.title;
  const metrics = `${count(flow.series, 'series')} in ${store}`;
  const lines = `${count(flow.lines, 'log line')} in the receiver`;
  if (flow.series > 0 && flow.lines > 0)
    screen.event(`Data is flowing: ${metrics}, ${lines}, ${seconds} s after the start.`, 'good');
  else screen.event(`After ${seconds} s not everything has arrived: ${metrics}, ${lines}. ${problem}`, 'bad');
}

function consoleUrl(stack: LocalStack, adminToken: string): string {
  return `${stack.gatewayUrl}/#token=${encodeURIComponent(adminToken)}`;
}

function showWhere(stack: LocalStack, screen: Screen, state: StateFolder, adminToken: string): void {
  screen.title('Look here');
  screen.item('console', consoleUrl(stack, adminToken));
  screen.item('receiver', `${stack.receiverUrl}/`);
  if (stack.metricsStore) screen.item(stack.metrics.title, stack.metrics.pageUrl);
  screen.item('agent', `${stack.agentUrl}/graph`);

  screen.title('What goes where');
  const through = `agent → gateway (tenant ${TENANT}) →`;
  const store = stack.metricsStore ? stack.metrics.title : 'receiver';
  screen.item('metrics', `this host and the agent itself, every 5 s: ${through} ${store}`);
  screen.item('logs', `${logsText(stack, state)}: ${through} receiver`);
  screen.item('traces', `send OTLP/HTTP to ${stack.otlpUrl}/v1/traces: ${through} receiver`);

  screen.title('Play an outage');
  const kill = `kill ${stack.receiver.pid} stops the receiver`;
  const back = `npx spillway receiver --port ${new URL(stack.receiverUrl).port} starts it again`;
  if (process.stdin.isTTY) {
    screen.item(
      'key s',
      'stops the receiver; watch the backlog grow in the console; s again starts it, watch it drain',
    );
    if (stack.metricsStore) screen.item('key m', `the same for ${stack.metrics.title}`);
    screen.item('or', `${kill}, ${back}`);
  } else {
    screen.item('stop', kill);
    screen.item('start', back);
  }
  const stateFolder = shown(state.file());
  if (stateFolder !== DEFAULT_STATE_FOLDER) screen.item('commands', `npx spillway … --state ${stateFolder}`);
  screen.line(`\n  Logs of every process: ${shown(state.file('logs'))}/. Ctrl-C stops everything.\n`);
}

function logsText(stack: LocalStack, state: StateFolder): string {
  const own = shown(state.file('logs', 'start.log'));
  const files = [...stack.logs.fromStart, ...stack.logs.fromEnd];
  if (files.length === 0) return `no file under /var/log can be read, so only ${own}, which npm start writes`;
  const more = files.length > 3 ? `, ${files.length - 3} more` : '';
  return `${files.slice(0, 3).join(', ')}${more}, and ${own}, which npm start writes`;
}

/** As people type it from where they are. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function openBrowser(url: string, screen: Screen): void {
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  child.once('error', () => screen.event('no browser could be opened: xdg-open is missing', 'bad'));
  child.unref();
}
