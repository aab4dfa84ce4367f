/**
 * A fake of the Docker engine on a unix socket: the part of its API that lists and inspects containers and streams their
 * logs, framed as documented. It keeps logs as the engine's json-file driver does: messages of at most 16 KiB, each with a
 * time of its own, the pieces of one line sharing theirs. test/e2e runs the real docker command against it, so that it
 * cannot drift from what the engine says.
 */
import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

type StreamName = 'stdout' | 'stderr';

interface Message {
  readonly stream: StreamName;
  readonly timestampNs: bigint;
  /** Ends with a newline, but for pieces that are not the last of their line. */
  readonly bytes: Buffer;
}

export interface FakeContainerOptions {
  readonly id: string;
  readonly name: string;
  readonly isTerminal?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly networkMode?: string;
  readonly networks?: Readonly<Record<string, object>>;
  readonly ports?: readonly object[];
}

const PIECE_BYTES = 16 * 1024;
const API_VERSION = '1.50';
const START_NS = 1_790_000_000_000_000_000n;

export class FakeContainer {
  readonly options: FakeContainerOptions;
  isRunning = true;
  startedAt = rfc3339(START_NS);
  finishedAt = '0001-01-01T00:00:00Z';
  /** Answered to those who ask for the log. */
  logsError: { readonly status: number; readonly message: string } | undefined;
  readonly #messages: Message[] = [];
  #followers = new Set<() => void>();
  #clockNs = START_NS;
  /** How many messages are gone. */
  #rotated = 0;

  constructor(options: FakeContainerOptions) {
    this.options = options;
  }

  /** Each with a time one millisecond later, unless it is given. */
  log(text: string, stream: StreamName = 'stdout', timestampNs = (this.#clockNs += 1_000_000n)): void {
    const bytes = Buffer.from(`${text}${this.options.isTerminal === true ? '\r\n' : '\n'}`);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.raw(bytes.subarray(at, at + PIECE_BYTES), stream, timestampNs);
    }
  }

  raw(bytes: Uint8Array, stream: StreamName, timestampNs: bigint): void {
    this.#messages.push({ stream, timestampNs, bytes: Buffer.from(bytes) });
    this.#tell();
  }

  stop(): void {
    this.isRunning = false;
    this.finishedAt = rfc3339(this.#clockNs);
    this.#tell();
  }

  start(): void {
    this.isRunning = true;
    this.startedAt = rfc3339((this.#clockNs += 1_000_000_000n));
  }

  /** The oldest messages go, as when the driver has `max-size` and `max-file`. */
  rotate(keep: number): void {
    this.#rotated += this.#messages.splice(0, this.#messages.length - keep).length;
  }

  get followers(): number {
    return this.#followers.size;
  }

  /** `filtersEach`: as up to Docker 22, where `since` leaves out every earlier message, not those before the first one only. */
  serveLogs(query: URLSearchParams, response: ServerResponse, filtersEach: boolean): void {
    const sinceNs = unixTime(query.get('since') ?? '0');
    const untilEnd = query.get('follow') !== '1';
    let begun = false;
    const wanted = (message: Message) => {
      begun ||= message.timestampNs >= sinceNs;
      return (filtersEach ? message.timestampNs >= sinceNs : begun) && query.get(message.stream) === '1';
    };
    /** Counted from the first message ever. */
    let at = this.#rotated;
    const push = () => {
      for (; at < this.#rotated + this.#messages.length; at++) {
        const message = this.#messages[at - this.#rotated];
        if (message !== undefined && wanted(message)) {
          response.write(this.#framed(message, query.get('timestamps') === '1'));
        }
      }
      if (untilEnd || !this.isRunning) {
        this.#followers.delete(push);
        response.end();
      }
    };
    const type = this.options.isTerminal === true ? 'raw-stream' : 'multiplexed-stream';
    response.writeHead(200, { 'content-type': `application/vnd.docker.${type}` });
    response.flushHeaders();
    this.#followers.add(push);
    response.on('close', () => this.#followers.delete(push));
    push();
  }

  #framed({ stream, timestampNs, bytes }: Message, timestamps: boolean): Buffer {
    const payload = timestamps ? Buffer.concat([Buffer.from(`${rfc3339(timestampNs)} `), bytes]) : bytes;
    if (this.options.isTerminal === true) return payload;
    const header = Buffer.alloc(8);
    header[0] = stream === 'stdout' ? 1 : 2;
    header.writeUInt32BE(payload.length, 4);
    return Buffer.concat([header, payload]);
  }

  #tell(): void {
    for (const push of [...this.#followers]) push();
  }
}

export class FakeDockerEngine {
  readonly socketPath: string;
  readonly containers = new Map<string, FakeContainer>();
  readonly networks: object[] = [
    { Id: 'net1', Name: 'bridge', Scope: 'local', Internal: false, Ingress: false, Labels: {} },
  ];
  /** Paths with their queries. */
  readonly asked: string[] = [];
  filtersEach = false;
  #server: Server | undefined;

  private constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  static async start(socketPath: string): Promise<FakeDockerEngine> {
    const engine = new FakeDockerEngine(socketPath);
    await engine.listen();
    return engine;
  }

  get host(): string {
    return `unix://${this.socketPath}`;
  }

  add(options: FakeContainerOptions): FakeContainer {
    const container = new FakeContainer(options);
    this.containers.set(options.id, container);
    return container;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.socketPath, resolve));
  }

  /** As when the daemon goes down: every connection breaks, and the socket is gone. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    rmSync(this.socketPath, { force: true });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://docker');
    this.asked.push(url.pathname + url.search);
    const path = url.pathname.replace(/^\/v1\.\d+/, '');
    response.setHeader('api-version', API_VERSION);
    response.setHeader('ostype', 'linux');
    const [, id, what] = /^\/containers\/([^/]+)\/(json|logs)$/.exec(path) ?? [];
    const container = id === undefined ? undefined : this.#find(decodeURIComponent(id));
    if (path === '/_ping') response.end('OK');
    else if (path === '/version')
      json(response, 200, { Version: 'fake', ApiVersion: API_VERSION, MinAPIVersion: '1.24' });
    else if (path === '/networks') json(response, 200, this.networks);
    else if (path === '/containers/json') json(response, 200, this.#list(url.searchParams));
    else if (id !== undefined && container === undefined) json(response, 404, { message: `No such container: ${id}` });
    else if (container !== undefined && what === 'json') json(response, 200, inspection(container));
    else if (container !== undefined && what === 'logs') this.#logs(container, url.searchParams, response);
    else json(response, 404, { message: 'page not found' });
  }

  #logs(container: FakeContainer, query: URLSearchParams, response: ServerResponse): void {
    if (container.logsError !== undefined) {
      json(response, container.logsError.status, { message: container.logsError.message });
    } else if (query.get('stdout') !== '1' && query.get('stderr') !== '1') {
      json(response, 400, { message: 'Bad parameters: you must choose at least one stream' });
    } else {
      container.serveLogs(query, response, this.filtersEach);
    }
  }

  #find(id: string): FakeContainer | undefined {
    return this.containers.get(id) ?? [...this.containers.values()].find(({ options }) => options.name === id);
  }

  #list(query: URLSearchParams): object[] {
    const filters = JSON.parse(query.get('filters') ?? '{}') as Record<string, string[] | Record<string, boolean>>;
    const valuesOf = (name: string) => {
      const given = filters[name];
      return given === undefined ? undefined : Array.isArray(given) ? given : Object.keys(given);
    };
    const status = valuesOf('status');
    const labels = valuesOf('label') ?? [];
    return [...this.containers.values()]
      .filter(({ isRunning }) => {
        const state = isRunning ? 'running' : 'exited';
        return status === undefined ? isRunning || query.get('all') === '1' : status.includes(state);
      })
      .filter(({ options }) => labels.every((label) => hasLabel(options.labels ?? {}, label)))
      .map(summary);
  }
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [name = '', value] = wanted.split('=', 2);
  return name in labels && (value === undefined || labels[name] === value);
}

function summary({ options, isRunning }: FakeContainer): object {
  const { id, name, labels = {}, networkMode = 'bridge', networks = BRIDGE, ports = [] } = options;
  return {
    Id: id,
    Names: [`/${name}`],
    Image: 'app:1',
    ImageID: 'sha256:abc',
    Command: 'app',
    Created: 1_790_000_000,
    Ports: ports,
    Labels: labels,
    State: isRunning ? 'running' : 'exited',
    Status: isRunning ? 'Up 2 minutes' : 'Exited (0) 2 minutes ago',
    HostConfig: { NetworkMode: networkMode },
    NetworkSettings: { Networks: networks },
    Mounts: [],
  };
}

const BRIDGE = { bridge: { NetworkID: 'net1', IPAddress: '172.17.0.2', GlobalIPv6Address: '' } };

function inspection({ options, isRunning, startedAt, finishedAt }: FakeContainer): object {
  const { id, name, isTerminal = false, labels = {} } = options;
  return {
    Id: id,
    Name: `/${name}`,
    Config: { Tty: isTerminal, Labels: labels, Image: 'app:1' },
    State: {
      Status: isRunning ? 'running' : 'exited',
      Running: isRunning,
      StartedAt: startedAt,
      FinishedAt: finishedAt,
    },
    HostConfig: { LogConfig: { Type: 'json-file', Config: {} } },
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** With nine digits, as the engine writes it before a message. */
export function rfc3339(timestampNs: bigint): string {
  const whole = new Date(Number(timestampNs / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(timestampNs % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** `<seconds>` or `<seconds>.<nanoseconds>`. */
function unixTime(text: string): bigint {
  const [seconds = '0', fraction = ''] = text.split('.', 2);
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
