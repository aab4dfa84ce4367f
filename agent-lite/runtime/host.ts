/**
 * The running agent: the component graph of one configuration, the senders behind it, and what both need of this
 * machine. Loads, reloads and stops; knows nothing of commands, signals or HTTP.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../core/alloy/check.ts';
import type { Health, Stability } from '../../core/alloy/component.ts';
import { type ConfigSource, Controller, type ControllerOptions, type LoadResult } from '../../core/alloy/controller.ts';
import { type Diagnostic, diagnosticLine } from '../../core/alloy/diagnostics.ts';
import { asWriter } from '../../core/pipeline/writer.ts';
import { VERSION } from '../../core/version.ts';
import { hostRegistry } from '../components/registry.ts';
import type { Exporter, HostContext } from '../context.ts';
import { escapeFolderName, type HostDestination } from '../push/host-destination.ts';
import type { Sender } from '../push/sender.ts';
import { Senders } from '../push/senders.ts';
import { nodeFileSystem, type SpoolFileSystem } from '../spool/file-system.ts';
import type { Logger, LogSettings } from '../telemetry/logger.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { USER_AGENT } from '../version.ts';
import type { Clock } from './clock.ts';
import { HttpAgents } from './http-request.ts';
import { hostBlocks } from './logging-block.ts';
import { openLogsWriter, openMetricsWriter, openTracesWriter, type WriterParts } from './pipeline-writers.ts';

export interface HostOptions {
  readonly storagePath: string;
  /** Where the agent's HTTP server is reached: the address in exporters' targets. */
  readonly listenAddress: string;
  readonly minStability: Stability;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly logSettings: LogSettings;
  readonly fs?: SpoolFileSystem;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How long sources may take to hand over what they have read. */
const SOURCES_STOP_MS = 5000;
const EXPORTER_PATH = /^\/api\/v0\/component\/(.+)\/metrics$/;

export class AgentHost {
  readonly telemetry = new Telemetry();
  readonly #options: HostOptions;
  readonly #controller: Controller<HostContext>;
  readonly #senders: Senders;
  readonly #agents = new HttpAgents();
  readonly #exporters = new Map<string, Exporter>();
  #knownIds: ReadonlySet<string> = new Set();
  #ready = false;

  constructor(options: HostOptions) {
    this.#options = options;
    const { clock, logger, storagePath, fs = nodeFileSystem } = options;
    const { telemetry } = this;
    const agents = this.#agents;
    this.#senders = new Senders({ storagePath, fs, clock, logger, telemetry, agents, userAgent: USER_AGENT });
    this.#controller = new Controller(this.#controllerOptions());
    this.#exposeSelf();
  }

  get isReady(): boolean {
    return this.#ready;
  }

  get controller(): Controller<HostContext> {
    return this.#controller;
  }

  /** First load, or a reload once one has succeeded. */
  async load(sources: readonly ConfigSource[]): Promise<LoadResult> {
    const result = this.#controller.load(sources);
    this.#noteLoad(result.ok);
    if (!result.applied) return result;
    this.#forgetRemoved();
    await this.#senders.use(this.#destinations());
    this.#ready = true;
    return result;
  }

  /** Every mistake that can be found without running anything. */
  check(sources: readonly ConfigSource[]): Diagnostic[] {
    const { logSettings, minStability } = this.#options;
    return checkConfig(sources, hostRegistry, 'host', {
      blocks: hostBlocks({ ...logSettings }),
      minStability,
      strict: true,
    });
  }

  start(): void {
    this.#controller.start();
  }

  /** Sources first, then the senders, which put what they still have on their spools. */
  async stop(): Promise<void> {
    this.#ready = false;
    const sources = this.#controller.stop();
    const done = new AbortController();
    // A source may be held back by a full spool; it is let go when the senders stop.
    await Promise.race([sources, this.#options.clock.sleep(SOURCES_STOP_MS, done.signal)]);
    done.abort();
    await this.#senders.stop();
    await sources;
    this.#agents.close();
  }

  unhealthy(): readonly { readonly id: string; readonly health: Health }[] {
    return this.#controller
      .components()
      .filter(({ health }) => health.state === 'unhealthy' || health.state === 'exited');
  }

  exporter(componentId: string): Exporter | undefined {
    return this.#exporters.get(componentId);
  }

  #controllerOptions(): ControllerOptions<HostContext> {
    const { env = process.env, logger, logSettings, minStability } = this.#options;
    return {
      registry: hostRegistry,
      side: 'host',
      createContext: (componentId, exportsChanged) => this.#createContext(componentId, exportsChanged),
      stdlib: { env: (name) => env[name], constants: hostConstants() },
      blocks: hostBlocks(logSettings),
      minStability,
      createStopSource: () => new AbortController(),
      onDiagnostics: (diagnostics) => {
        for (const diagnostic of diagnostics)
          logger.error('a component could not be updated', { err: diagnosticLine(diagnostic) });
      },
      onExit: (componentId, error) => {
        if (error !== undefined) logger.error('component exited', { component_id: componentId, err: String(error) });
      },
    };
  }

  #createContext(componentId: string, exportsChanged: () => void): HostContext {
    const { clock, storagePath, listenAddress } = this.#options;
    const logger = this.#options.logger.with({ component_id: componentId });
    const { telemetry } = this;
    const parts: WriterParts = {
      componentId,
      clock,
      logger,
      telemetry,
      senderOf: (destination) => this.#senderOf(destination),
    };
    return {
      componentId,
      exportsChanged,
      logger,
      clock,
      telemetry,
      listenAddress,
      hostname: hostname(),
      dataPath: join(storagePath, escapeFolderName(componentId)),
      hostExporter: (exporter) => void this.#exporters.set(componentId, exporter),
      findExporter: (scheme, address, path) => this.#findExporter(scheme, address, path),
      openMetrics: (forwardTo) => openMetricsWriter(parts, forwardTo),
      openLogs: (forwardTo) => openLogsWriter(parts, forwardTo),
      openTraces: (forwardTo) => openTracesWriter(parts, forwardTo),
    };
  }

  /** Writers make a new description when their arguments change, also without a reload. */
  #senderOf(destination: HostDestination): Sender {
    const sender = this.#senders.get(destination);
    sender.update(destination);
    return sender;
  }

  #findExporter(scheme: string, address: string, path: string): Exporter | undefined {
    if (scheme !== 'http' || address !== this.#options.listenAddress) return undefined;
    const componentId = EXPORTER_PATH.exec(path)?.[1];
    return componentId === undefined ? undefined : this.#exporters.get(componentId);
  }

  #destinations(): HostDestination[] {
    return this.#controller.components().flatMap(({ component }) => {
      return component === undefined ? [] : [...(asWriter(component)?.destinations() ?? [])];
    });
  }

  #forgetRemoved(): void {
    const ids = new Set(this.#controller.components().map(({ id }) => id));
    for (const id of this.#knownIds) {
      if (ids.has(id)) continue;
      this.#exporters.delete(id);
      this.telemetry.forget(id);
    }
    this.#knownIds = ids;
  }

  #noteLoad(ok: boolean): void {
    const { telemetry } = this;
    telemetry.gauge('alloy_config_last_load_successful', 'Config loaded successfully.').set(ok ? 1 : 0);
    if (!ok) return;
    const help = 'Timestamp of the last successful configuration load.';
    const seconds = this.#options.clock.nowMs() / 1000;
    telemetry.gauge('alloy_config_last_load_success_timestamp_seconds', help).set(seconds);
  }

  #exposeSelf(): void {
    const { telemetry } = this;
    const build = {
      version: VERSION,
      goos: hostConstants().os,
      goarch: hostConstants().arch,
      nodeversion: process.version,
    };
    telemetry
      .gauge('spillway_agent_build_info', 'A metric with a constant 1 and labels about this build.', build)
      .set(1);
    for (const state of ['healthy', 'unhealthy', 'unknown', 'exited'] as const) {
      const count = () => this.#controller.components().filter(({ health }) => health.state === state).length;
      const help = 'Total number of running components.';
      telemetry.observe('alloy_component_controller_running_components', help, 'gauge', count, { health_type: state });
    }
  }
}

/** `constants.os` and `constants.arch` have Go's names, because configurations compare with them. */
export function hostConstants(): {
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
  readonly version: string;
} {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return { hostname: hostname(), os, arch, version: VERSION };
}
