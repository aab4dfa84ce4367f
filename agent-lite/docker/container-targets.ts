/** Targets from lists of containers and networks, under Prometheus' names (discovery/moby/docker.go). Pure. */

export type Target = Readonly<Record<string, string>>;

export interface TargetSettings {
  /** Of the address where a container exposes no TCP port. */
  readonly port: number;
  /** The address of containers in the host's network. */
  readonly hostNetworkingHost: string;
  readonly matchFirstNetwork: boolean;
}

interface Endpoint {
  readonly NetworkID?: string;
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
}

interface Port {
  readonly IP?: string;
  readonly PrivatePort?: number;
  readonly PublicPort?: number;
  readonly Type?: string;
}

/** Of GET /containers/json. The engine leaves out what is empty, and writes null for empty lists. */
export interface Container {
  readonly Id: string;
  readonly Names?: readonly string[] | null;
  readonly Image?: string;
  readonly ImageID?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly HostConfig?: { readonly NetworkMode?: string };
  readonly NetworkSettings?: { readonly Networks?: Networks | null } | null;
  readonly Ports?: readonly Port[] | null;
}

type Networks = Readonly<Record<string, Endpoint | null>>;

/** Of GET /networks. */
export interface Network {
  readonly Id: string;
  readonly Name?: string;
  readonly Scope?: string;
  readonly Internal?: boolean;
  readonly Ingress?: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

const CONTAINER = '__meta_docker_container_';
const NETWORK = '__meta_docker_network_';
const PORT = '__meta_docker_port_';

export const CONTAINER_ID_LABEL = `${CONTAINER}id`;
export const LOG_STREAM_LABEL = `${CONTAINER}log_stream`;

/** One target for each TCP port of each network of each container, or one for a network without any. */
export function containerTargets(
  containers: readonly Container[],
  networks: readonly Network[],
  settings: TargetSettings,
): Target[] {
  const byId = new Map(containers.map((container) => [container.Id, container]));
  const networkLabels = new Map(networks.map((network) => [network.Id, labelsOfNetwork(network)]));
  return containers.flatMap((container) => {
    if ((container.Names ?? []).length === 0) return [];
    const common = labelsOfContainer(container);
    return networksOf(container, byId, settings.matchFirstNetwork).flatMap((endpoint) => {
      const own = { ...common, ...networkLabels.get(endpoint.NetworkID ?? '') };
      return endpointTargets(container, endpoint, settings).map((target) => ({ ...target, ...own }));
    });
  });
}

function endpointTargets(container: Container, endpoint: Endpoint, settings: TargetSettings): Target[] {
  const ip = endpoint.IPAddress || endpoint.GlobalIPv6Address || '';
  const base = { [`${NETWORK}ip`]: ip };
  const ports = (container.Ports ?? []).filter(({ Type }) => Type === 'tcp');
  if (ports.length > 0) {
    return ports.map(({ PrivatePort = 0, PublicPort = 0, IP = '' }) => ({
      ...base,
      [`${PORT}private`]: String(PrivatePort),
      ...(PublicPort > 0 ? { [`${PORT}public`]: String(PublicPort), [`${PORT}public_ip`]: IP } : {}),
      __address__: joinHostPort(ip, PrivatePort),
    }));
  }
  const isHost = container.HostConfig?.NetworkMode === 'host';
  return [{ ...base, __address__: isHost ? settings.hostNetworkingHost : joinHostPort(ip, settings.port) }];
}

/** A container that shares another's network has none of its own. */
function networksOf(container: Container, byId: ReadonlyMap<string, Container>, firstOnly: boolean): Endpoint[] {
  const seen = new Set<string>();
  let networks = container.NetworkSettings?.Networks ?? {};
  let mode = container.HostConfig?.NetworkMode ?? '';
  while (Object.keys(networks).length === 0 && mode.startsWith('container:')) {
    const other = byId.get(mode.slice('container:'.length));
    if (other === undefined || seen.has(other.Id)) break;
    seen.add(other.Id);
    networks = other.NetworkSettings?.Networks ?? {};
    mode = other.HostConfig?.NetworkMode ?? '';
  }
  const names = Object.keys(networks).sort();
  const endpoints = names.flatMap((name) => networks[name] ?? []);
  return firstOnly ? endpoints.slice(0, 1) : endpoints;
}

function labelsOfContainer({ Id, Names, Image = '', ImageID = '', Labels, HostConfig }: Container): Target {
  return {
    [CONTAINER_ID_LABEL]: Id,
    [`${CONTAINER}name`]: Names?.[0] ?? '',
    [`${CONTAINER}network_mode`]: HostConfig?.NetworkMode ?? '',
    ...(Image === '' ? {} : { [`${CONTAINER}image`]: Image }),
    ...(ImageID === '' ? {} : { [`${CONTAINER}image_id`]: ImageID }),
    ...prefixed(`${CONTAINER}label_`, Labels),
  };
}

function labelsOfNetwork({ Id, Name = '', Scope = '', Internal, Ingress, Labels }: Network): Target {
  return {
    [`${NETWORK}id`]: Id,
    [`${NETWORK}name`]: Name,
    [`${NETWORK}scope`]: Scope,
    [`${NETWORK}internal`]: String(Internal === true),
    [`${NETWORK}ingress`]: String(Ingress === true),
    ...prefixed(`${NETWORK}label_`, Labels),
  };
}

function prefixed(prefix: string, labels: Readonly<Record<string, string>> | null | undefined): Target {
  const entries = Object.entries(labels ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [prefix + name.replace(/[^a-zA-Z0-9_]/g, '_'), value]));
}

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
