/** `discovery.docker`: asks a Docker engine for its containers, again and again, and exports them as targets. */
import { type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { blocks, body, type Decoded, required, t, withDefault } from '../../core/alloy/schema.ts';
import { toValue } from '../../core/alloy/to-value.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { ContentHealth } from '../content/content-health.ts';
import type { HostContext } from '../context.ts';
import { type Container, containerTargets, type Network, type Target } from '../docker/container-targets.ts';
import type { Engine } from '../docker/engine.ts';
import { openEngine } from '../docker/engine-settings.ts';
import { PollLoop } from '../runtime/poll-loop.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const schema = body({
  host: required(t.string, {
    doc: 'The engine: unix:///var/run/docker.sock, tcp://host:2375, or http:// and https://.',
  }),
  port: withDefault(t.int, 80, { doc: 'Port of the address of a container that exposes no TCP port.' }),
  host_networking_host: withDefault(t.string, 'localhost', {
    doc: 'The address of containers in the network of the host.',
  }),
  refresh_interval: withDefault(t.duration, 60_000, {
    text: '1m',
    doc: 'How often to ask, and how long an answer may take.',
  }),
  match_first_network: withDefault(t.bool, true, {
    doc: 'Of a container in several networks only the first, by name.',
  }),
  filter: blocks(
    body({
      name: required(t.string, { doc: 'The name of the filter: status, label, name, network and so on.' }),
      values: required(t.list(t.string), { doc: 'What it lets through.' }),
    }),
    { doc: 'Filters of the engine’s list of containers.' },
  ),
  ...httpClientFields,
});

type Arguments = Decoded<typeof schema>;

class DiscoveryDocker implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #health: ContentHealth;
  readonly #looking: PollLoop;
  #args: Arguments;
  #engine: Engine;
  #targets: readonly Target[] = [];

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#looking = new PollLoop(context.clock);
    this.#args = args;
    this.#engine = openEngine(args, args, '');
    this.#health = new ContentHealth(context, { state: 'unknown', message: `waiting for ${args.host}` });
  }

  update(args: Arguments): void {
    this.#engine = openEngine(args, args, '');
    this.#args = args;
    this.#looking.again();
  }

  exports() {
    return { targets: toValue(this.#targets) };
  }

  run(signal: StopSignal): Promise<void> {
    return this.#looking.run(
      toAbortSignal(signal),
      (late) => this.#look(late),
      () => this.#args.refresh_interval,
    );
  }

  health() {
    return this.#health.health;
  }

  debugInfo() {
    return { host: this.#args.host, targets: this.#targets };
  }

  /** After a failure the targets stay, as in Prometheus: a container that logs does not stop because its engine is asked in vain. */
  async #look(late: AbortSignal): Promise<void> {
    let found: Target[];
    try {
      found = await this.#ask(late);
    } catch (error) {
      if (!late.aborted) this.#health.bad((error as Error).message, this.#targets.length > 0);
      return;
    }
    if (late.aborted) return;
    this.#health.good(`${found.length} targets`);
    if (JSON.stringify(found) === JSON.stringify(this.#targets)) return;
    this.#targets = found;
    this.#context.exportsChanged();
  }

  async #ask(signal: AbortSignal): Promise<Target[]> {
    const { port, host_networking_host, match_first_network } = this.#args;
    const filters = filtersText(this.#args);
    const containers = await this.#engine.get('/containers/json', filters === undefined ? {} : { filters }, signal);
    const networks = await this.#engine.get('/networks', {}, signal);
    if (!Array.isArray(containers) || !Array.isArray(networks)) throw new Error('the engine did not answer with lists');
    return containerTargets(containers as Container[], networks as Network[], {
      port,
      hostNetworkingHost: host_networking_host,
      matchFirstNetwork: match_first_network,
    });
  }
}

function filtersText({ filter }: Arguments): string | undefined {
  if (filter.length === 0) return undefined;
  const values: Record<string, string[]> = {};
  for (const { name, values: more } of filter) values[name] = [...(values[name] ?? []), ...more];
  return JSON.stringify(values);
}

export const discoveryDocker = defineComponent<typeof schema, HostContext>({
  name: 'discovery.docker',
  summary: 'Finds the containers of a Docker engine.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: { targets: 'list(map(string))' },
  validate: (args) => void openEngine(args, args, ''),
  create: (context, args) => new DiscoveryDocker(context, args),
});
