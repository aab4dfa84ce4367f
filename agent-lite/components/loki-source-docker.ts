/** `loki.source.docker`: follows the logs of containers through the API of their engine. */
import { type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { block, body, type Decoded, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { type Labels, LabelsBuilder } from '../../core/labels/labels.ts';
import { contents, logsReceiver, relabelRules } from '../../core/pipeline/capsules.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { graphChanged, type LogsReceiver } from '../../core/pipeline/nodes.ts';
import type { RelabelRule } from '../../core/relabel/compile.ts';
import { applyRelabelRules } from '../../core/relabel/relabel.ts';
import type { HostContext } from '../context.ts';
import { ContainerLogs, type WantedContainer } from '../docker/container-logs.ts';
import { CONTAINER_ID_LABEL, LOG_STREAM_LABEL, type Target } from '../docker/container-targets.ts';
import type { Engine } from '../docker/engine.ts';
import { openEngine } from '../docker/engine-settings.ts';
import type { LogStreamName } from '../docker/log-messages.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const schema = body({
  host: required(t.string, {
    doc: 'The engine: unix:///var/run/docker.sock, tcp://host:2375, or http:// and https://.',
  }),
  targets: required(t.targets, {
    doc: 'Containers, by their label __meta_docker_container_id: what discovery.docker exports. Of several targets of one container the first counts.',
  }),
  forward_to: required(t.list(logsReceiver), { doc: 'Receivers of the lines.' }),
  labels: optional(t.map(t.string), { doc: 'Labels of every line; they win over those of targets.' }),
  relabel_rules: optional(relabelRules, {
    doc: 'Rules on the labels of targets and on `__meta_docker_container_log_stream`, stdout or stderr. Labels that begin with __ are removed afterwards.',
  }),
  refresh_interval: withDefault(t.duration, 60_000, {
    text: '60s',
    doc: 'How long the engine may take to answer; streams of logs have no limit.',
  }),
  http_client_config: block(body(httpClientFields), {
    doc: 'Authentication and settings of the HTTP client, for hosts that begin with http:// or https://.',
  }),
});

type Arguments = Decoded<typeof schema>;

class LokiSourceDocker implements Component<Arguments> {
  readonly #logs: ContainerLogs;
  readonly #context: HostContext;
  #engine: Engine;
  #forwardTo: readonly LogsReceiver[] = [];
  #targetsWithoutId = 0;

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#engine = open(args);
    const { componentId, clock, logger, telemetry } = context;
    const counter = (name: string, help: string) =>
      telemetry.counter(name, help, { component_id: componentId }, componentId);
    this.#logs = new ContainerLogs({
      componentId,
      clock,
      logger,
      writer: context.openLogs(() => this.#forwardTo),
      engine: () => this.#engine,
      entries: counter(
        'loki_source_docker_target_entries_total',
        'Total number of successful entries sent to the Docker target',
      ),
      parsingErrors: counter(
        'loki_source_docker_target_parsing_errors_total',
        'Total number of parsing errors while receiving Docker messages',
      ),
      droppedLines: counter('loki_source_docker_dropped_lines_total', 'Lines that relabel_rules drop.'),
      active: telemetry.gauge(
        'loki_source_docker_containers_active',
        'Containers whose logs are followed.',
        { component_id: componentId },
        componentId,
      ),
    });
    this.update(args);
  }

  update(args: Arguments): void {
    const engine = open(args);
    this.#forwardTo = contents(args.forward_to);
    graphChanged();
    if (!engine.isSame(this.#engine)) {
      this.#engine = engine;
      this.#logs.reopen();
    }
    this.#logs.setContainers(this.#containers(args));
  }

  exports() {
    return {};
  }

  run(signal: StopSignal): Promise<void> {
    return this.#logs.run(toAbortSignal(signal));
  }

  health() {
    const { health } = this.#logs;
    if (this.#targetsWithoutId === 0 || health.state !== 'healthy') return health;
    const message = `${this.#targetsWithoutId} targets have no label ${CONTAINER_ID_LABEL}: they are not read`;
    return { state: 'unhealthy', message } as const;
  }

  debugInfo() {
    return this.#logs.debugInfo();
  }

  #containers({ targets, labels = {}, relabel_rules }: Arguments): WantedContainer[] {
    const rules = relabel_rules?.value.rules() ?? [];
    const found = new Map<string, WantedContainer>();
    let withoutId = 0;
    for (const target of targets) {
      const id = target[CONTAINER_ID_LABEL] ?? '';
      if (id === '') withoutId++;
      if (id === '' || found.has(id)) continue;
      const all = { ...target, ...labels };
      found.set(id, {
        id,
        labels: { stdout: streamLabels(all, 'stdout', rules), stderr: streamLabels(all, 'stderr', rules) },
      });
    }
    if (withoutId > 0 && withoutId !== this.#targetsWithoutId) {
      this.#context.logger.warn('targets without a container id are not read', { targets: withoutId });
    }
    this.#targetsWithoutId = withoutId;
    return [...found.values()];
  }
}

/** undefined: the rules drop them. No labels at all is no reason to drop: what follows may add some. */
function streamLabels(target: Target, stream: LogStreamName, rules: readonly RelabelRule[]): Labels | undefined {
  const builder = new LabelsBuilder(Object.entries(target).map(([name, value]) => ({ name, value })));
  builder.set(LOG_STREAM_LABEL, stream);
  if (!applyRelabelRules(rules, builder)) return undefined;
  return builder.labels().filter(({ name }) => !name.startsWith('__'));
}

function open(args: Arguments): Engine {
  return openEngine(args, args.http_client_config, 'http_client_config');
}

export const lokiSourceDocker = defineComponent<typeof schema, HostContext>({
  name: 'loki.source.docker',
  summary: 'Reads the logs of Docker containers. Needs a user that may use the engine’s socket (group docker).',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  validate: (args) => void open(args),
  create: (context, args) => new LokiSourceDocker(context, args),
});
