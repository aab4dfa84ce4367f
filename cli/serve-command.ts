/** `spillway serve`: the gateway alone, in workerd on this machine. */
import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ensurePages } from './pages.ts';
import { assertPortFree } from './ports.ts';
import { isLoopback, type ListenAddress, parseListen } from './serve/listen-option.ts';
import { networkOf, startGateway } from './serve.ts';
import { DEFAULT_STATE_FOLDER, StateFolder } from './start/state-folder.ts';

interface ServeOptions {
  readonly data: string;
  readonly listen: ListenAddress;
  readonly adminToken?: string;
  readonly allowPrivateDestinations?: boolean;
  readonly allowDestination: readonly string[];
  readonly trustedProxy: readonly string[];
}

const DEFAULT_LISTEN = '127.0.0.1:8787';
/** A push waits for its destinations: as long as the slowest of them may take. */
const DRAIN_TIMEOUT_MS = 30_000;

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the gateway alone on this machine, in workerd, with its data in a folder')
    .addOption(
      new Option('--data <dir>', 'folder for everything it keeps, its admin token and key included')
        .env('SPILLWAY_DATA')
        .default(DEFAULT_STATE_FOLDER),
    )
    .addOption(
      new Option('--listen <addr>', 'host:port, :port for every address, [::1]:port; port 0: a free one')
        .env('SPILLWAY_LISTEN')
        .default(parseListen(DEFAULT_LISTEN), DEFAULT_LISTEN)
        .argParser(parseListen),
    )
    .addOption(
      new Option('--admin-token <token>', 'admin token (default: kept in admin.json, made on the first run)')
        .env('SPILLWAY_ADMIN_TOKEN')
        .argParser(parseAdminToken),
    )
    .option(
      '--allow-private-destinations',
      'let pipelines send to http: and private addresses (env: SPILLWAY_ALLOW_PRIVATE_DESTINATIONS=true)',
    )
    .addOption(
      new Option(
        '--allow-destination <list>',
        'hosts, *.suffix, addresses and CIDRs that pipelines may reach beyond public https, comma-separated; may be repeated',
      )
        .env('SPILLWAY_ALLOW_DESTINATION')
        .default([], 'none')
        .argParser((text: string, before: readonly string[]) => [...before, ...parseDestinations(text)]),
    )
    .addOption(
      new Option(
        '--trusted-proxy <list>',
        'addresses and CIDRs of your reverse proxies, whose X-Forwarded-For and X-Forwarded-Proto say who the client is and how it came, comma-separated; may be repeated',
      )
        .env('SPILLWAY_TRUSTED_PROXY')
        .default([], 'none')
        .argParser((text: string, before: readonly string[]) => [...before, ...parseProxies(text)]),
    )
    .action(async (options: ServeOptions) => {
      process.exitCode = await serve(options);
    });
}

async function serve(options: ServeOptions): Promise<number> {
  const { listen, allowDestination, trustedProxy } = options;
  const allowPrivateDestinations =
    options.allowPrivateDestinations === true || isTrue('SPILLWAY_ALLOW_PRIVATE_DESTINATIONS');
  const state = new StateFolder(options.data, '--data');
  const adminToken = options.adminToken ?? state.admin()?.adminToken ?? randomBytes(24).toString('base64url');
  await assertPortFree(listen.host === '*' ? undefined : listen.host, listen.port, '--listen');
  ensurePages();
  // Signals count from here on, so that none is lost while it starts.
  const wish = stopWish();
  const gateway = await startGateway({
    ...listen,
    dataDir: state.file('gateway'),
    adminToken,
    secretsKey: state.secretsKey((message) => console.error(`warning: ${message}`)),
    allowPrivateDestinations,
    allowedDestinations: allowDestination,
    trustedProxies: trustedProxy,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    logger: { info: (line) => console.log(line), warn: (line) => console.error(line) },
  });
  const isOurs = options.adminToken === undefined;
  state.writeAdmin({ gateway: gateway.url, ...(isOurs && { adminToken }) });
  const tokenPlace = isOurs ? `in ${state.file('admin.json')}` : 'the one that was given';
  console.log(`gateway: ${gateway.url}/ (pid ${gateway.pid}); its admin token is ${tokenPlace}`);
  if (!isLoopback(listen)) console.error(BEYOND_LOOPBACK);
  const end = await Promise.race([wish.first, gateway.exited]);
  void wish.second.then(() => process.kill(gateway.pid, 'SIGKILL'));
  await gateway.stop();
  if (end === 'stop') return 0;
  console.error(`the gateway ended by itself (${end.signal ?? `exit code ${end.code}`})`);
  return 1;
}

const BEYOND_LOOPBACK =
  'warning: it listens beyond this machine and speaks plain HTTP: tokens cross the network as they are. ' +
  'Put a proxy with TLS in front (docs/deploy.md)';

/** The first signal asks for an end in good order, the second for an end now. */
function stopWish(): { readonly first: Promise<'stop'>; readonly second: Promise<'stop'> } {
  let asked = 0;
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const nth = (wanted: number) =>
    new Promise<'stop'>((resolve) => {
      for (const signal of signals) process.on(signal, () => asked >= wanted && resolve('stop'));
    });
  for (const signal of signals) process.on(signal, () => asked++);
  return { first: nth(1), second: nth(2) };
}

/** A shorter one could be guessed from many addresses, each of which may try for a while. */
const MIN_ADMIN_TOKEN_LENGTH = 16;

function parseAdminToken(text: string): string {
  if (text.length >= MIN_ADMIN_TOKEN_LENGTH) return text;
  throw new InvalidArgumentError(`An admin token has at least ${MIN_ADMIN_TOKEN_LENGTH} characters.`);
}

/** Only these words: a switch that opens the network is not to be set by "0" or "no". */
function isTrue(variable: string): boolean {
  const text = process.env[variable] ?? '';
  if (['true', 'false', ''].includes(text)) return text === 'true';
  throw new Error(`${variable}=${text}: write true or false`);
}

/** A misspelt entry would allow nothing, and be noticed when data waits. */
function parseDestinations(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim().toLowerCase());
  const wrong = entries.find((entry) => networkOf(entry) === undefined && !HOST_OR_SUFFIX.test(entry));
  if (wrong === undefined) return entries;
  throw new InvalidArgumentError(`${JSON.stringify(wrong)} is not a host, *.suffix, address or CIDR.`);
}

/** Whoever is trusted may pass for anybody: not everybody at once, and not by a slip of the pen. */
function parseProxies(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  for (const entry of entries) {
    const network = networkOf(entry);
    if (network === undefined) throw new InvalidArgumentError(`${JSON.stringify(entry)} is not an address or CIDR.`);
    if (network.endsWith('/0'))
      throw new InvalidArgumentError(`${entry} are all addresses: name those of your proxies.`);
  }
  return entries.map((entry) => entry.replace(/^\[(.*)\]/, '$1'));
}

const HOST_OR_SUFFIX = /^(?!(?:[\d.]+|.*\/.*)$)(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/;
