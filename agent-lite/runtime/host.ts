/**
 * The running agent: the component graph of one configuration, the senders behind it, and what both need of this
 * machine. Loads, reloads and stops; knows nothing of commands, signals or HTTP.
 */
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { checkConfig } from '../../core/alloy/check.ts';
import type { Health, Stability } from '../../core/alloy/component.ts';
import { type ConfigSource, Controller, type ControllerOptions, type LoadResult } from '../../core/alloy/controller.ts';
import { type Diagnostic, diagnosticLine } from '../../core/alloy/diagnostics.ts';
import { fromValue } from '../../core/alloy/to-value.ts';
import { asWriter } from '../../core/pipeline/writer.ts';
import { VERSION } from '../../core/version.ts';
import { hostRegistry } from '../components/registry.ts';
import type { Exporter, HostContext } from '../context.ts';
import { LiveView } from '../live/live-view.ts';
import { DestinationAgents, nodeTakesProxies } from '../push/destination-agents.ts';
import { escapeFolderName, type HostDestination } from '../push/host-destination.ts';
import type { Sender } from '../push/sender.ts';
import { Senders } from '../push/senders.ts';
import { nodeFileSystem, type SpoolFileSystem } from '../spool/file-system.ts';
import type { Logger, LogSettings } from '../telemetry/logger.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { USER_AGENT } from '../version.ts';
import { AgentMetrics } from './agent-metrics.ts';
import type { Clock } from './clock.ts';
import { HealthTimes } from './health-times.ts';
import { hostBlocks } from './logging-block.ts';
import { openOtlpLogsWriter, openOtlpMetricsWriter, openTracesWriter } from './otlp-writers.ts';
import { openLogsWriter, openMetricsWriter, openProfilesWriter, type WriterParts } from './pipeline-writers.ts';
import type { HttpSettings } from './server-blocks.ts';

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
  readonly live = new LiveView();
  readonly http: HttpSettings = { auth: undefined };
  readonly #options: HostOptions;
  readonly #controller: Controller<HostContext>;
  readonly #senders: Senders;
  readonly #agents: DestinationAgents;
  readonly #metrics: AgentMetrics;
  readonly #exporters = new Map<string, Exporter>();
  #knownIds: ReadonlySet<string> = new Set();
  #ready = false;
  readonly #stop = new AbortController();
  readonly healthTimes: HealthTimes;

  constructor(options: HostOptions) {
    this.#options = options;
    const { clock, logger, storagePath, fs = nodeFileSystem } = options;
    const { telemetry } = this;
    const agents = new DestinationAgents(options.env ?? process.env);
    this.#agents = agents;
    const parts = { storagePath, fs, clock, logger, telemetry, agents, userAgent: USER_AGENT };
    this.#senders = new Senders(parts);
    this.#metrics = new AgentMetrics(telemetry, clock, () => this.#healths().map(({ health }) => health));
    this.healthTimes = new HealthTimes(clock.nowMs);
    this.#controller = new Controller(this.#controllerOptions());
  }

  get isReady(): boolean {
    return this.#ready;
  }

  get controller(): Controller<HostContext> {
    return this.#controller;
  }

  /** First load, or a reload once one has succeeded. */
  async load(sources: readonly ConfigSource[]): Promise<LoadResult> {
    const { filename } = sources[0] ?? { filename: '' };
    const result = this.#controller.load(sources, dirname(filename));
    this.#metrics.noteLoad(result.ok, result.applied, sources);
    if (!result.applied) return result;
    await this.#followGraph();
    this.#ready = true;
    return result;
  }

  /** A reload found no configuration that it could read. */
  noteUnreadable(): void {
    this.#metrics.noteLoad(false, false, []);
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
    this.#stop.abort();
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
    return this.#healths().filter(({ health }) => health.state === 'unhealthy' || health.state === 'exited');
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** What a component finds for others to scrape or to read; none where that is not its work. */
  targets(componentId: string): readonly Readonly<Record<string, string>>[] {
    const found = this.#controller.component(componentId)?.component?.exports().targets;
    return found === undefined ? [] : (fromValue(found) as readonly Readonly<Record<string, string>>[]);
  }

  /** What waits for the destinations of a component, and how sending goes. */
  deliveries(componentId: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#senders.debugInfo(componentId);
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
      blocks: hostBlocks(logSettings, this.http, this.live),
      minStability,
      createStopSource: () => new AbortController(),
      onDiagnostics: (diagnostics) => {
        for (const diagnostic of diagnostics)
          logger.error('a component could not be updated', { err: diagnosticLine(diagnostic) });
      },
      onExit: (componentId, error) => {
        if (error !== undefined) logger.error('component exited', { component_id: componentId, err: String(error) });
      },
      healthOf: (componentId) => this.#senders.health(componentId),
      // A module that was read again, or a foreach, may have brought and taken components.
      onRefresh: () => void this.#followGraph(),
      measured: (evaluate) => this.#metrics.measured(evaluate),
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
      live: this.live,
      stopped: this.#stop.signal,
    };
    return {
      componentId,
      proxies: nodeTakesProxies() ? 'honoured' : 'needs_newer_node',
      exportsChanged: () => {
        exportsChanged();
        this.live.targetsChanged(componentId, () => this.targets(componentId));
      },
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
      openOtlpMetrics: (forwardTo) => openOtlpMetricsWriter(parts, forwardTo),
      openOtlpLogs: (forwardTo) => openOtlpLogsWriter(parts, forwardTo),
      openProfiles: (forwardTo) => openProfilesWriter(parts, forwardTo),
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

  /** Of components and of what holds them: an import that cannot be read is nothing that a component would tell. */
  #healths(): readonly { readonly id: string; readonly health: Health }[] {
    return [...this.#controller.components(), ...this.#controller.composites()];
  }

  /** The components are others than before: what hung on them goes, and exactly their destinations are in use. */
  async #followGraph(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#forgetRemoved();
    this.healthTimes.note(this.#controller.listing());
    await this.#senders.use(this.#destinations());
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
