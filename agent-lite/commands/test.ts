/**
 * `agent-lite test CONFIG --input FILE`: feeds samples, log lines or targets into a configuration and shows what every
 * component makes of them. Nothing is started and nothing is sent. With --expect it is a test of the configuration.
 */
import { parseArgs } from 'node:util';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { decodeSourceText } from '../../core/alloy/source.ts';
import { type Labels, LabelsBuilder } from '../../core/labels/labels.ts';
import { compileTimeFormat } from '../../core/pipeline/gotime/parse.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';
import { diffLines, formatDiff } from '../../core/simulate/diff.ts';
import { expectationOf, significantLines } from '../../core/simulate/expectation.ts';
import { simulationJson } from '../../core/simulate/json.ts';
import type { SimulatedConfig } from '../../core/simulate/pipeline.ts';
import { coloured, formatSimulation, type Paint, plain } from '../../core/simulate/report.ts';
import { simulate } from '../../core/simulate/simulate.ts';
import type { ResolveTarget } from '../../core/simulate/targets-trace.ts';
import type { SimulatedSignal, Simulation } from '../../core/simulate/trace.ts';
import { resolveTarget, TargetError } from '../scrape/target.ts';
import { CommandError, type CommandIo, exitCode, readText } from './command-io.ts';
import { readSources } from './validate.ts';

export const TEST_USAGE = `Show what a configuration makes of samples, log lines or targets

Usage:
  agent-lite test [flags] CONFIG --input FILE

Nothing is started and nothing is sent. FILE holds samples (Prometheus text, OpenMetrics), log lines (plain text, JSON
lines with line, labels, timestamp and metadata, or a Loki push) or targets (JSON); "-" is stdin.

Flags:
  --input string       what to feed in
  --type string        what the input is: metrics, logs or targets (default: found out)
  --from string        the component at which it enters; may be given more than once (default: every source)
  --label name=value   a label of plain log lines; may be given more than once
  --expect string      compare the result with this file; exit with 1 and the differences if there are any
  --update             write the result to the file of --expect
  --edge               CONFIG is a tenant's pipeline at the gateway
  --env NAME=VALUE     a variable for sys.env; may be given more than once. The environment itself is not used
  --now string         the time at which everything comes in, RFC 3339 (default: the current time)
  --json               print JSON
  --color string       auto, always or never (default "auto")
`;

const TYPES: readonly string[] = ['metrics', 'logs', 'targets'];

export interface TestEnvironment {
  readonly isTerminal: boolean;
  readonly nowMs: () => number;
  /** The agent's registry and blocks; the gateway's are known here. */
  readonly host: Pick<SimulatedConfig, 'registry' | 'blocks' | 'constants'>;
}

export function runTest(args: readonly string[], io: CommandIo, environment: TestEnvironment): Promise<number> {
  return exitCode(io, async () => {
    const { values, positionals } = parseTestArgs(args);
    if (values.help) {
      io.stdout(TEST_USAGE);
      return 0;
    }
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) {
      throw new CommandError(`accepts 1 arg(s), received ${positionals.length}`);
    }
    if (values.input === undefined) throw new CommandError('--input is required');
    if (values.update === true && values.expect === undefined) throw new CommandError('--update needs --expect');
    const sources = await readSources(path, io);
    const side = values.edge === true ? ('edge' as const) : ('host' as const);
    const shared = { sources, side, env: variables(values.env ?? []) };
    const config =
      side === 'edge'
        ? { ...shared, registry: sharedRegistry, constants: { tenant: 'tenant' } }
        : { ...shared, ...environment.host };
    const input = await readInput(values.input, io);
    const signal = signalOf(values.type);
    const result = simulate(config, input, {
      ...(signal && { signal }),
      from: values.from ?? [],
      labels: labelsOf(values.label ?? []),
      nowNs: timeOf(values.now, environment.nowMs),
      resolveTarget: scrapeTarget,
    });
    if (!result.ok) {
      io.stderr(`${formatDiagnostics(result.diagnostics, sources)}\n`);
      throw new CommandError('the configuration cannot be loaded');
    }
    const paint = paintOf(values.color ?? 'auto', environment.isTerminal);
    return finish(result.simulation, { ...values, paint }, io);
  });
}

function parseTestArgs(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      input: { type: 'string' },
      type: { type: 'string' },
      from: { type: 'string', multiple: true },
      label: { type: 'string', multiple: true },
      expect: { type: 'string' },
      update: { type: 'boolean' },
      edge: { type: 'boolean' },
      env: { type: 'string', multiple: true },
      now: { type: 'string' },
      json: { type: 'boolean' },
      color: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

interface Output {
  readonly expect?: string | undefined;
  readonly update?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly paint: Paint;
}

async function finish(simulation: Simulation, { expect, update, json, paint }: Output, io: CommandIo): Promise<number> {
  if (expect === undefined) {
    io.stdout(json ? `${JSON.stringify(simulationJson(simulation), null, 2)}\n` : formatSimulation(simulation, paint));
    return 0;
  }
  const actual = expectationOf(simulation);
  if (update) {
    await io.writeFile(expect, actual);
    io.stdout(`wrote ${expect}: ${counted(simulation)}\n`);
    return 0;
  }
  const expected = significantLines(await readText(io, expect, decodeSourceText));
  const diff = formatDiff(diffLines(expected, significantLines(actual)));
  if (diff.length === 0) {
    io.stdout(`${paint('green', 'ok')} ${expect}: ${counted(simulation)} as expected\n`);
    return 0;
  }
  const signs = { same: ' ', expected: '-', actual: '+' } as const;
  const styles = { same: 'dim', expected: 'red', actual: 'green' } as const;
  for (const { kind, text } of diff) io.stdout(`${paint(styles[kind], `${signs[kind]} ${text}`)}\n`);
  throw new CommandError(`the result is not what ${expect} says; run with --update to accept it`);
}

function counted({ traces }: Simulation): string {
  const items = traces.filter(({ input }) => input !== undefined).length;
  return items === 1 ? '1 item' : `${items} items`;
}

/** What prometheus.scrape would ask, by the same function. */
const scrapeTarget: ResolveTarget = (target, args, componentId) => {
  const text = (name: string, fallback: string) => (typeof args[name] === 'string' ? args[name] : fallback);
  try {
    return resolveTarget(target, {
      job: text('job_name', componentId),
      scheme: text('scheme', 'http'),
      metricsPath: text('metrics_path', '/metrics'),
      params: (args.params ?? {}) as Readonly<Record<string, readonly string[]>>,
    });
  } catch (error) {
    if (error instanceof TargetError) return { refused: error.message };
    throw error;
  }
};

async function readInput(path: string, io: CommandIo): Promise<string> {
  if (path !== '-') return readText(io, path, decodeSourceText);
  const text = decodeSourceText(await io.stdin());
  if (text === undefined) throw new CommandError('<stdin>: not UTF-8 text');
  return text;
}

function signalOf(type: string | undefined): SimulatedSignal | undefined {
  if (type === undefined || TYPES.includes(type)) return type as SimulatedSignal | undefined;
  throw new CommandError(`--type=${type}: it must be one of ${TYPES.join(', ')}`);
}

function labelsOf(pairs: readonly string[]): Labels {
  return new LabelsBuilder(pairs.map((pair) => named(pair, '--label'))).labels();
}

function variables(pairs: readonly string[]): (name: string) => string | undefined {
  const known = new Map(pairs.map((pair) => named(pair, '--env')).map(({ name, value }) => [name, value] as const));
  return (name) => known.get(name);
}

function named(pair: string, flag: string) {
  const at = pair.indexOf('=');
  if (at <= 0) throw new CommandError(`${flag} ${pair}: it must be name=value`);
  return { name: pair.slice(0, at), value: pair.slice(at + 1) };
}

const parseTime = compileTimeFormat('RFC3339Nano');

function timeOf(text: string | undefined, nowMs: () => number): bigint {
  if (text === undefined) return BigInt(nowMs()) * 1_000_000n;
  const time = parseTime(text, 0n);
  if (time === undefined) throw new CommandError(`--now ${text}: it must be a time such as 2026-01-31T12:00:00Z`);
  return time;
}

function paintOf(choice: string, isTerminal: boolean): Paint {
  if (choice === 'always') return coloured;
  if (choice === 'never') return plain;
  if (choice === 'auto') return isTerminal ? coloured : plain;
  throw new CommandError(`--color=${choice}: it must be auto, always or never`);
}
