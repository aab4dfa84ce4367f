/** The connections to destinations: straight, through the proxy of the environment, or through one that is named for them. */
import type { Destination, DestinationProxy } from '../../core/delivery/destination.ts';
import { HttpAgents, type ProxyEnvironment } from '../runtime/http-request.ts';

type NamedProxy = Exclude<DestinationProxy, 'environment'>;

export class DestinationAgents {
  readonly #straight = new HttpAgents();
  readonly #environment: HttpAgents;
  readonly #named = new Map<string, HttpAgents>();

  constructor(env: ProxyEnvironment = {}) {
    this.#environment = HttpAgents.ofEnvironment(env);
  }

  /**
   * Without a word in the configuration `spillway.write` goes through the proxy of the environment, and so does OTLP, as in
   * the Collector. The writers of Prometheus, Loki and Pyroscope go straight then, as in Alloy.
   */
  of({ protocol, proxy }: Pick<Destination, 'protocol' | 'proxy'>): HttpAgents {
    if (typeof proxy === 'object') return this.#through(proxy);
    const usual = protocol === 'spillway_batch' || protocol === 'otlp_http';
    return usual || proxy === 'environment' ? this.#environment : this.#straight;
  }

  /** After a load. The connections of a proxy that is forgotten end when what they are used for does. */
  keep(destinations: readonly Pick<Destination, 'proxy'>[]): void {
    const named = new Set(destinations.flatMap(({ proxy }) => (typeof proxy === 'object' ? [keyOf(proxy)] : [])));
    for (const key of this.#named.keys()) if (!named.has(key)) this.#named.delete(key);
  }

  close(): void {
    for (const agents of [this.#straight, this.#environment, ...this.#named.values()]) agents.close();
  }

  #through(proxy: NamedProxy): HttpAgents {
    const key = keyOf(proxy);
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const agents = HttpAgents.through(proxy.url.reveal(), proxy.noProxy);
    this.#named.set(key, agents);
    return agents;
  }
}

function keyOf({ url, noProxy }: NamedProxy): string {
  return JSON.stringify([url.reveal(), noProxy]);
}

/** Older ones ignore what they are told of proxies. */
export function nodeTakesProxies(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}
