/** What writing components have in common: a list of destinations, each with a stable identity. */
import { ArgumentError, type Component, type Exports } from '../alloy/component.ts';
import type { Destination, RetryPolicy } from '../delivery/destination.ts';
import { graphChanged } from './nodes.ts';
import { blockPath, joinPath } from './unsupported.ts';

/** A component that writes. Runtimes ask it for its destinations, to open spools and to show outboxes. */
export interface Writer {
  destinations(): readonly Destination[];
}

export function asWriter(component: object): Writer | undefined {
  return 'destinations' in component && typeof component.destinations === 'function'
    ? (component as Writer)
    : undefined;
}

/** A component that writes, and whose exports lead to nodes of which each holds one destination. */
export abstract class NodeWriter<Arguments, Node extends { readonly destination: Destination }>
  implements Component<Arguments>, Writer
{
  #nodes: readonly Node[] = [];

  abstract update(args: Arguments): void;
  abstract exports(): Exports;

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  destinations(): readonly Destination[] {
    return this.#nodes.map((node) => node.destination);
  }

  debugInfo() {
    return { endpoints: describeDestinations(this.destinations()) };
  }

  protected replaceNodes(nodes: readonly Node[]): void {
    this.#nodes = nodes;
    graphChanged();
  }
}

/**
 * The first endpoint without a name goes by the component's id and others by their number, so that adding an endpoint
 * at the end renames none: a spool or an outbox belongs to an id.
 */
export function endpointIds(
  componentId: string,
  endpoints: readonly { readonly name?: string | undefined }[],
): readonly string[] {
  const ids = endpoints.map(({ name }, index) => {
    if (name === undefined || name === '') return index === 0 ? componentId : `${componentId}/${index}`;
    // The name becomes part of a folder's name and of an object's name.
    if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$/.test(name)) {
      throw new ArgumentError(
        `${blockPath('', 'endpoint', index)}.name`,
        'an endpoint name holds 1 to 64 letters, digits, dots, dashes and underscores, and does not begin with a dot',
      );
    }
    return `${componentId}/${name}`;
  });
  const duplicate = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  if (duplicate >= 0) {
    throw new ArgumentError(
      blockPath('', 'endpoint', duplicate),
      `two endpoints have the same name or number: ${ids[duplicate]}`,
    );
  }
  return ids;
}

interface BackoffArguments {
  readonly min_backoff_period: number;
  readonly max_backoff_period: number;
  readonly remote_timeout: number;
  readonly retry_on_http_429: boolean;
}

/** The waits of an endpoint of loki.write and pyroscope.write, which name them alike; `path` is the endpoint's. */
export function endpointTiming(
  endpoint: BackoffArguments,
  path: string,
): { readonly timeoutMs: number; readonly retry: RetryPolicy } {
  if (endpoint.max_backoff_period < endpoint.min_backoff_period) {
    throw new ArgumentError(
      joinPath(path, 'max_backoff_period'),
      'max_backoff_period must not be less than min_backoff_period',
    );
  }
  return {
    timeoutMs: positive(endpoint.remote_timeout, joinPath(path, 'remote_timeout')),
    retry: {
      minBackoffMs: endpoint.min_backoff_period,
      maxBackoffMs: endpoint.max_backoff_period,
      retryOnHttp429: endpoint.retry_on_http_429,
      maxAgeMs: 0,
    },
  };
}

export function positive(value: number, path: string): number {
  if (value > 0) return value;
  throw new ArgumentError(path, 'must be greater than 0');
}

/** For the component's page: where it sends, without secrets. */
export function describeDestinations(
  destinations: readonly Destination[],
): readonly Readonly<Record<string, string>>[] {
  return destinations.map(({ id, url, protocol }) => ({ id, url, protocol }));
}
