/** The processes of `npm start` and what connects them: addresses, the tenant's token, the two configurations. */
import { join } from 'node:path';
import { AdminClient } from '../admin/client.ts';
import { startGateway } from '../serve.ts';
import { agentConfigText, pipelineText } from './alloy-files.ts';
import { BacklogWatch } from './backlog-watch.ts';
import { type Children, lastLines } from './children.ts';
import { findMetricsCommands, HOST, type MetricsDestination, metricsDestination } from './destinations.ts';
import { untilReady } from './flow.ts';
import { KeptRunning } from './kept-running.ts';
import { FileLogger } from './log-file.ts';
import { type FoundLogs, findLogFiles } from './log-files.ts';
import type { StartPorts } from './options.ts';
import type { Screen } from './screen.ts';
import { DEFAULT_STATE_FOLDER, type StateFolder } from './state-folder.ts';
import { Switchable } from './switchable.ts';
import { prepareTenant, setPipeline, TENANT } from './tenant.ts';

const ROOT = join(import.meta.dirname, '../..');
const AGENT_READY_TIMEOUT_MS = 30_000;

export interface LocalStackOptions {
  readonly ports: StartPorts;
  readonly state: StateFolder;
  readonly children: Children;
  readonly screen: Screen;
  readonly adminToken: string;
  /** `path` as people should type it, seen from where they are. */
  readonly shown: (path: string) => string;
  /** One of our own processes cannot be kept alive. */
  readonly giveUp: (error: Error) => void;
  /** Aborted when everything is to end: nothing more is started then. */
  readonly stopping: AbortSignal;
}

export class LocalStack {
  readonly gatewayUrl: string;
  readonly receiverUrl: string;
  readonly otlpUrl: string;
  readonly agentUrl: string;
  readonly metrics: MetricsDestination;
  readonly receiver: Switchable;
  /** Where it is not the receiver. */
  readonly metricsStore: Switchable | undefined;
  logs: FoundLogs = { fromStart: [], fromEnd: [] };
  readonly #options: LocalStackOptions;
  readonly #client: AdminClient;
  readonly #gateway: KeptRunning;
  readonly #agent: KeptRunning;
  readonly #watch: BacklogWatch;

  constructor(options: LocalStackOptions) {
    const { ports, state, screen, giveUp, adminToken, stopping } = options;
    this.#options = options;
    this.gatewayUrl = `http://${HOST}:${ports.gateway}`;
    this.receiverUrl = `http://${HOST}:${ports.receiver}`;
    this.otlpUrl = `http://${HOST}:${ports.otlp}`;
    this.agentUrl = `http://${HOST}:${ports.agent}`;
    this.metrics = metricsDestination(findMetricsCommands(), ports.metrics, this.receiverUrl, state);
    this.receiver = this.#receiverProcess();
    this.metricsStore = this.#metricsProcess();
    this.#client = new AdminClient({
      gateway: this.gatewayUrl,
      adminToken,
      gatewayFrom: 'npm start',
      tokenFrom: 'npm start',
    });
    this.#gateway = new KeptRunning('gateway', () => this.#launchGateway(), screen, giveUp, stopping);
    this.#agent = new KeptRunning('agent', () => this.#launchAgent(), screen, giveUp, stopping);
    this.#watch = new BacklogWatch(this.#client, screen);
  }

  async up(): Promise<void> {
    const { screen, state, shown, adminToken, ports, stopping } = this.#options;
    await this.receiver.start();
    screen.done('receiver', `${this.receiverUrl}/ (pid ${this.receiver.pid})`);
    if (this.metricsStore) {
      await this.metricsStore.start();
      const { title, pageUrl } = this.metrics;
      screen.done(title, `${new URL(pageUrl).origin}/ (pid ${this.metricsStore.pid})`);
    }
    stopping.throwIfAborted();
    await this.#gateway.start();
    state.writeAdmin({ gateway: this.gatewayUrl, adminToken });
    screen.done('gateway', `${this.gatewayUrl}/ (workerd, pid ${this.#gateway.pid})`);
    await this.#prepareTenant();
    stopping.throwIfAborted();
    await this.#agent.start();
    screen.done(
      'agent',
      `http://${HOST}:${ports.agent}/ (pid ${this.#agent.pid}, config ${shown(state.file('config.alloy'))})`,
    );
    this.#watch.start();
  }

  /** Senders first, so that what they still hold can go through. */
  async down(): Promise<void> {
    this.#watch.stop();
    await this.#agent.stop();
    await this.#gateway.stop();
    await this.metricsStore?.stop();
    await this.receiver.stop();
  }

  async #prepareTenant(): Promise<void> {
    const { screen, state, shown } = this.#options;
    const { token, created } = await prepareTenant(this.#client, state);
    const pipelineFile = shown(state.file('pipeline.alloy'));
    const stateFolder = shown(state.file());
    const stateFlag = stateFolder === DEFAULT_STATE_FOLDER ? '' : ` --state ${stateFolder}`;
    const pipeline = state.writeEditable(
      'pipeline.alloy',
      pipelineText({
        metricsUrl: this.metrics.writeUrl,
        metricsLabel: this.metrics.label,
        receiverUrl: this.receiverUrl,
        applyCommand: `npx spillway pipeline set --tenant ${TENANT} ${pipelineFile}${stateFlag}`,
      }),
    );
    await setPipeline(this.#client, pipeline.text, pipelineFile);
    const how = created ? 'created, with a token' : 'as before';
    screen.done(
      `tenant ${TENANT}`,
      `${how}, pipeline ${pipelineFile}${pipeline.edited ? ' (edited: kept as it is)' : ''}`,
    );
    if (pipeline.edited)
      this.#warnOfOtherAddresses(pipeline.text, pipelineFile, [this.receiverUrl, this.metrics.writeUrl]);

    this.logs = findLogFiles();
    const config = state.writeEditable(
      'config.alloy',
      agentConfigText({
        gatewayUrl: this.gatewayUrl,
        token,
        logs: this.logs,
        ownLog: state.file('logs', 'start.log'),
        otlpEndpoint: new URL(this.otlpUrl).host,
      }),
    );
    if (config.edited)
      this.#warnOfOtherAddresses(config.text, shown(state.file('config.alloy')), [this.gatewayUrl, token]);
  }

  /** An edited file is the user's; that it no longer fits the flags of this start is worth a word. */
  #warnOfOtherAddresses(text: string, file: string, expected: readonly string[]): void {
    for (const one of expected.filter((one) => !text.includes(one))) {
      const what = one.startsWith('http') ? one : 'the token of this tenant';
      this.#options.screen.event(
        `${file} was edited and does not mention ${what}; remove the file to have it made anew`,
        'bad',
      );
    }
  }

  #receiverProcess(): Switchable {
    const { ports, children, screen, stopping } = this.#options;
    const args = ['--host', HOST, '--port', String(ports.receiver)];
    return new Switchable(
      {
        title: 'The receiver',
        port: ports.receiver,
        key: 's',
        stopping,
        readyUrl: `${this.receiverUrl}/-/ready`,
        byHand: `npx spillway receiver --port ${ports.receiver}`,
        spec: { name: 'receiver', command: process.execPath, args: [join(ROOT, 'cli/main.ts'), 'receiver', ...args] },
      },
      children,
      screen,
    );
  }

  #metricsProcess(): Switchable | undefined {
    const { ports, children, screen, stopping } = this.#options;
    const { child, title, readyUrl } = this.metrics;
    if (!child) return undefined;
    const byHand = [child.command, ...child.args].join(' ');
    return new Switchable(
      { title, port: ports.metrics, key: 'm', readyUrl, byHand, spec: child, stopping },
      children,
      screen,
    );
  }

  async #launchGateway() {
    const { ports, state, adminToken, children } = this.#options;
    const logger = new FileLogger(state.file('logs', 'gateway.log'));
    const running = await startGateway({
      dataDir: state.file('gateway'),
      host: HOST,
      port: ports.gateway,
      adminToken,
      secretsKey: state.secretsKey((message) => logger.warn(message)),
      allowPrivateDestinations: true,
      logger,
    });
    children.record('gateway', running.pid);
    void running.exited.then(() => children.forget(running.pid));
    return running;
  }

  async #launchAgent() {
    const { ports, state, children, stopping } = this.#options;
    const address = `${HOST}:${ports.agent}`;
    const child = await children.spawn({
      name: 'agent',
      command: process.execPath,
      args: [
        join(ROOT, 'dist/agent-lite.cjs'),
        'run',
        `--server.http.listen-addr=${address}`,
        `--storage.path=${state.file('agent')}`,
        state.file('config.alloy'),
      ],
    });
    try {
      await untilReady(`http://${address}/-/ready`, AGENT_READY_TIMEOUT_MS, stopping, () =>
        child.running
          ? undefined
          : `the agent ended while it started; ${child.logFile} says:\n${lastLines(child.logFile, 20)}`,
      );
    } catch (error) {
      await child.stop();
      throw error;
    }
    return child;
  }
}
