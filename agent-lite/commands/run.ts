/**
 * `agent-lite run PATH`: runs the agent until a signal. The first load must succeed as a whole, or nothing runs and the
 * exit code is 1; a reload that fails leaves running what ran.
 */
import { resolve } from 'node:path';
import type { ConfigSource } from '../../core/alloy/controller.ts';
import type { Diagnostic } from '../../core/alloy/diagnostics.ts';
import { formatDiagnostics } from '../../core/alloy/format-diagnostics.ts';
import { VERSION } from '../../core/version.ts';
import { readText } from '../content/module-files.ts';
import { systemClock } from '../runtime/clock.ts';
import { readConfig } from '../runtime/config-files.ts';
import { AgentHost } from '../runtime/host.ts';
import { formatListenAddress } from '../runtime/listen-address.ts';
import { folderProblem, makeFolder } from '../runtime/make-folder.ts';
import { ServiceManager } from '../runtime/service-manager.ts';
import { lockStorage } from '../runtime/storage-lock.ts';
import { AgentServer, type ReloadOutcome } from '../server/http-server.ts';
import { createLogger, type Logger, type LogSettings } from '../telemetry/logger.ts';
import { CommandError, type CommandIo, exitCode } from './command-io.ts';
import { parseRunFlags, RUN_USAGE, type RunFlags } from './run-flags.ts';
import { type ConfigFormat, inAlloy } from './source-format.ts';

const RUNNING = 'running';

export interface RunProcess {
  on(signal: 'SIGHUP' | 'SIGTERM' | 'SIGINT', listener: () => void): void;
  exit(code: number): void;
}

export function runAgent(args: readonly string[], io: CommandIo, signals: RunProcess): Promise<number> {
  return exitCode(io, async () => {
    const flags = parseRunFlags(args);
    if (flags === undefined) {
      io.stdout(RUN_USAGE);
      return 0;
    }
    const settings: LogSettings = { level: 'info', format: 'logfmt' };
    const logger = createLogger(settings, io.stderr, systemClock.nowMs);
    await run(flags, io, signals, logger, settings);
    return 0;
  });
}

async function run(
  flags: RunFlags,
  io: CommandIo,
  signals: RunProcess,
  logger: Logger,
  logSettings: LogSettings,
): Promise<void> {
  const listenAddress = formatListenAddress(flags.listen);
  const { storagePath, stability: minStability, configPath, configFormat } = flags;
  const systemd = ServiceManager.fromEnvironment(process.env, process.pid, { clock: systemClock, logger });
  try {
    makeFolder(resolve(storagePath));
  } catch (error) {
    throw new CommandError(folderProblem(error, resolve(storagePath), '--storage.path'));
  }
  if (!(await lockStorage(storagePath))) {
    throw new CommandError(
      `another agent-lite runs on ${storagePath}: stop it, or give this one its own --storage.path`,
    );
  }
  const host = new AgentHost({ storagePath, listenAddress, minStability, clock: systemClock, logger, logSettings });
  const stopped = stopOnSignal(signals, logger);

  // One load at a time, in the order they were asked for.
  let loading: Promise<unknown> = Promise.resolve();
  const load = (): Promise<ReloadOutcome> => {
    const outcome = loading.then(() => loadConfig(host, configPath, configFormat));
    loading = outcome;
    return outcome;
  };
  const loadAgain = async () => {
    const outcome = await reload(load, logger);
    void systemd?.status(
      outcome.ok ? RUNNING : `the last reload failed, the configuration before it runs: ${outcome.text}`,
    );
    return outcome;
  };
  const server = new AgentServer({ host, reload: loadAgain });
  // The server comes first: a port that is taken must not be found out after the first lines have been read.
  const address = await server.listen(flags.listen).catch((error: Error) => {
    throw new CommandError(`cannot listen on ${listenAddress}: ${error.message}`);
  });
  const first = await load();
  if (first.text !== '') io.stderr(`${first.text}\n`);
  if (!first.ok) {
    await server.close();
    await host.stop();
    throw new CommandError('could not perform the initial load successfully');
  }
  signals.on('SIGHUP', () => void loadAgain());
  host.start();
  const stopping = new AbortController();
  void systemd?.ready(RUNNING, stopping.signal);
  logger.info('agent-lite is running', {
    version: VERSION,
    config: configPath,
    http: `http://${address}`,
    storage: storagePath,
  });
  await stopped;
  stopping.abort();
  void systemd?.stopping();
  await server.close();
  await host.stop();
  logger.info('agent-lite has stopped');
}

async function loadConfig(host: AgentHost, path: string, format: ConfigFormat): Promise<ReloadOutcome> {
  let sources: readonly ConfigSource[];
  try {
    ({ sources } = await inAlloy(await readConfig(path), format));
  } catch (error) {
    host.noteUnreadable();
    return { ok: false, text: `Error: ${(error as Error).message}` };
  }
  const result = await host.load(sources);
  const diagnostics = result.applied ? result.diagnostics : allMistakes(host, sources, result.diagnostics);
  return { ok: result.ok, text: formatDiagnostics(diagnostics, [...sources, ...moduleSources(diagnostics, sources)]) };
}

/** The texts of imported files that diagnostics point into, so that their lines can be shown too. */
function moduleSources(diagnostics: readonly Diagnostic[], sources: readonly ConfigSource[]): ConfigSource[] {
  const known = new Set(sources.map(({ filename }) => filename));
  const others = new Set(diagnostics.map(({ filename }) => filename).filter((filename) => !known.has(filename)));
  return [...others].flatMap((filename) => {
    try {
      return [{ filename, text: readText(filename) }];
    } catch {
      // A text that did not come from a file has no lines to show.
      return [];
    }
  });
}

/** A load ends at the first kind of mistake, structure before values. Whoever has to correct a file wants to see them all. */
function allMistakes(host: AgentHost, sources: readonly ConfigSource[], found: readonly Diagnostic[]): Diagnostic[] {
  const key = ({ filename, start, message }: Diagnostic) => `${filename}:${start.offset}:${message}`;
  const checked = host.check(sources);
  const known = new Set(checked.map(key));
  return [...checked, ...found.filter((diagnostic) => !known.has(key(diagnostic)))];
}

async function reload(load: () => Promise<ReloadOutcome>, logger: Logger): Promise<ReloadOutcome> {
  logger.info('reload requested');
  const outcome = await load();
  if (outcome.ok) logger.info('config reloaded');
  else logger.error('failed to reload config', { err: outcome.text });
  return outcome;
}

/** The first signal stops cleanly, a second one at once. */
function stopOnSignal(signals: RunProcess, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (signal: string) => {
      if (stopping) return signals.exit(1);
      stopping = true;
      logger.info('stopping: everything is put on the spools', { signal });
      resolve();
    };
    signals.on('SIGTERM', () => stop('SIGTERM'));
    signals.on('SIGINT', () => stop('SIGINT'));
  });
}
