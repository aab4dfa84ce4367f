/** The flags of `agent-lite run`: Alloy's names. What a flag asks for and the agent cannot do is refused, not ignored. */
import { parseArgs } from 'node:util';
import type { Stability } from '../../core/alloy/component.ts';
import { type ListenAddress, parseListenAddress } from '../runtime/listen-address.ts';
import { CommandError } from './command-io.ts';
import { CONFIG_FORMAT_USAGE, type ConfigFormat, configFormat } from './source-format.ts';

export interface RunFlags {
  readonly configPath: string;
  readonly configFormat: ConfigFormat;
  readonly listen: ListenAddress;
  readonly storagePath: string;
  readonly stability: Stability;
}

export const RUN_USAGE = `Run the agent with a configuration file or folder

Usage:
  agent-lite run [flags] PATH

PATH is a file, or a folder whose *.alloy files are read as one configuration.

Flags:
  --server.http.listen-addr string   address of the agent's HTTP server (default "127.0.0.1:12345")
  --storage.path string              folder of spools and positions (default "data-agent-lite/")
  --stability.level string           minimum stability level of features to enable: experimental, public-preview
                                     or generally-available (default "generally-available")
${CONFIG_FORMAT_USAGE.trimEnd()}
  --disable-reporting                accepted for Alloy's sake; nothing is ever reported
  -h, --help                         this text

Other flags of alloy run are accepted with their default values.

Signals: SIGHUP reloads the configuration, SIGTERM and SIGINT put everything on the spools and stop.
`;

const STABILITIES: readonly string[] = ['experimental', 'public-preview', 'generally-available'];

/** Flags of Alloy that the agent does not act on, with the one value it accepts. */
const ONLY_DEFAULT: Readonly<Record<string, string>> = {
  'server.http.ui-path-prefix': '/',
  'server.http.memory-addr': 'alloy.internal:12345',
  'feature.component-shutdown-deadline': '10m',
  'cluster.name': '',
  'cluster.node-name': '',
  'cluster.join-addresses': '',
  'cluster.discover-peers': '',
};
const ONLY_OFF: readonly string[] = [
  'cluster.enabled',
  'feature.community-components.enabled',
  'server.http.enable-graphql',
  'server.http.enable-graphql-playground',
];
const IGNORED_SWITCHES: readonly string[] = [
  'disable-reporting',
  'server.http.disable-support-bundle',
  'server.http.enable-pprof',
];

const OWN_SWITCHES: readonly string[] = ['config.bypass-conversion-errors'];

/** undefined: help was asked for. Throws CommandError. */
export function parseRunFlags(args: readonly string[]): RunFlags | undefined {
  const text = { type: 'string' } as const;
  const named = {
    'server.http.listen-addr': text,
    'storage.path': text,
    'stability.level': text,
    'config.format': text,
    'config.bypass-conversion-errors': text,
    'config.extra-args': text,
  };
  const others = Object.fromEntries(
    [...Object.keys(ONLY_DEFAULT), ...ONLY_OFF, ...IGNORED_SWITCHES].map((name) => [name, text]),
  );
  const { values, positionals } = parse(normaliseSwitches(args), { ...named, ...others });
  if (values.help === true) return undefined;
  refuseOthers(values);
  if (positionals.length !== 1) throw new CommandError(`accepts 1 arg(s), received ${positionals.length}`);
  const format = configFormat(
    String(values['config.format'] ?? 'alloy'),
    values['config.bypass-conversion-errors'] === 'true',
    String(values['config.extra-args'] ?? ''),
  );
  const stability = String(values['stability.level'] ?? 'generally-available');
  if (!STABILITIES.includes(stability)) {
    throw new CommandError(
      `invalid stability level ${JSON.stringify(stability)}: it must be one of ${STABILITIES.join(', ')}`,
    );
  }
  const listenText = String(values['server.http.listen-addr'] ?? '127.0.0.1:12345');
  const listen = parseListenAddress(listenText);
  if (listen === undefined)
    throw new CommandError(
      `--server.http.listen-addr: ${JSON.stringify(listenText)} is not an address like 127.0.0.1:12345`,
    );
  const storagePath = String(values['storage.path'] ?? 'data-agent-lite/');
  if (storagePath === '') throw new CommandError('--storage.path must not be empty');
  return { configPath: positionals[0]!, configFormat: format, listen, storagePath, stability: stability as Stability };
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parse(args: string[], options: Record<string, { type: 'string' }>): { values: Values; positionals: string[] } {
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    return parseArgs({ args, allowPositionals: true, options: { ...options, help } }) as {
      values: Values;
      positionals: string[];
    };
  } catch (error) {
    throw new CommandError((error as Error).message.split('. ')[0]!);
  }
}

/** Go's switches stand alone or take `=true` and `=false`; parseArgs knows only one of the two for an option. */
function normaliseSwitches(args: readonly string[]): string[] {
  const switches = new Set([...ONLY_OFF, ...IGNORED_SWITCHES, ...OWN_SWITCHES].map((name) => `--${name}`));
  return args.map((arg) => (switches.has(arg) ? `${arg}=true` : arg));
}

function refuseOthers(values: Values): void {
  for (const [name, accepted] of Object.entries(ONLY_DEFAULT)) {
    const value = values[name];
    if (value !== undefined && value !== accepted)
      throw new CommandError(`--${name} is not supported yet; leave it out`);
  }
  for (const name of ONLY_OFF) {
    if (values[name] === 'true') throw new CommandError(`--${name} is not supported yet; leave it out`);
  }
}
