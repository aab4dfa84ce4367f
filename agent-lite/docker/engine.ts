/** The API of a Docker engine over its unix socket or HTTP: the few requests that discovery and logs need. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { USER_AGENT } from '../version.ts';

export interface EngineAddress {
  /** undefined: over TCP. */
  readonly socketPath: string | undefined;
  readonly url: URL;
  /** Settings of an HTTP client mean something: to Docker's own client they do for http and https only. */
  readonly takesHttpSettings: boolean;
}

/** Throws an Error for people. */
export function parseEngineHost(host: string): EngineAddress {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/.exec(host) ?? [];
  if (scheme === 'unix' && rest !== '') {
    return { socketPath: rest, url: new URL('http://docker'), takesHttpSettings: false };
  }
  if (scheme === 'npipe' || scheme === 'ssh') throw new Error(`an engine over ${scheme}:// is not supported here`);
  if (!['tcp', 'http', 'https'].includes(scheme) || rest === '') {
    throw new Error(
      `${JSON.stringify(host)} is no address of an engine; expected unix:///var/run/docker.sock or tcp://host:2375`,
    );
  }
  let url: URL;
  try {
    url = new URL(`${scheme === 'tcp' ? 'http' : scheme}://${rest}`);
  } catch {
    throw new Error(`${JSON.stringify(host)} is no address of an engine`);
  }
  if (url.username !== '' || url.password !== '')
    throw new Error('user name and password go into the block basic_auth');
  return { socketPath: undefined, url, takesHttpSettings: scheme !== 'tcp' };
}

/** It answered with an error. */
export class EngineError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface EngineOptions {
  readonly host: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of a request, but for streams of logs. */
  readonly timeoutMs: number;
}

export interface LogsRequest {
  readonly containerId: string;
  /** `<seconds>.<nanoseconds>`, or `0` for all. */
  readonly since: string;
}

/** A list of all containers of a large host is a few megabytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 4096;
/** A peer that vanished is noticed even where nothing is logged. */
const KEEP_ALIVE_MS = 60_000;

export class Engine {
  readonly #address: EngineAddress;
  readonly #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#address = parseEngineHost(options.host);
    this.#options = options;
  }

  /** Asks the same engine in the same way. */
  isSame(other: Engine): boolean {
    return JSON.stringify(this.#options) === JSON.stringify(other.#options);
  }

  /** What the engine answers as JSON. Throws EngineError, and an Error where it cannot be reached. */
  async get(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs);
    try {
      const response = await this.#open(path, query, AbortSignal.any([signal, timeout]));
      return JSON.parse((await readAll(response, MAX_ANSWER_BYTES)).toString('utf8'));
    } catch (error) {
      if (timeout.aborted && !signal.aborted) {
        throw new Error(`${this.#options.host} did not answer within ${this.#options.timeoutMs} ms`);
      }
      throw error;
    }
  }

  /** The log of a container from a time on; ends when the container does. */
  async logs({ containerId, since }: LogsRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const query = { follow: '1', stdout: '1', stderr: '1', timestamps: '1', tail: 'all', since };
    return this.#open(`/containers/${encodeURIComponent(containerId)}/logs`, query, signal);
  }

  async #open(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#request(path, query, signal);
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    throw new EngineError(status, errorText(status, await readAll(response, MAX_ERROR_BYTES)));
  }

  async #request(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const { socketPath, url: base } = this.#address;
    const url = new URL(base);
    url.pathname = base.pathname.replace(/\/$/, '') + path;
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = { 'User-Agent': USER_AGENT, ...Object.fromEntries(this.#options.headers) };
    const options: RequestOptions = {
      headers,
      signal,
      agent: false,
      ...(socketPath === undefined ? {} : { socketPath }),
    };
    const send = url.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, options, resolve);
      request.setSocketKeepAlive(true, KEEP_ALIVE_MS);
      request.once('error', (error: NodeJS.ErrnoException) => reject(new Error(this.#connectText(error))));
      // Without this an error behind the answer would end the process; whoever reads the answer is told of it.
      request.on('error', () => undefined);
      request.end();
    });
  }

  #connectText(error: NodeJS.ErrnoException): string {
    const { host } = this.#options;
    if (error.code === 'ENOENT') return `${host} does not exist: is Docker running?`;
    if (error.code === 'ECONNREFUSED') return `nobody listens on ${host}: is Docker running?`;
    if (error.code === 'EACCES') return `no permission for ${host}: the agent's user must be in the group docker`;
    return `${host}: ${error.message}`;
  }
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw new Error(`the engine's answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The engine says what is wrong as `{"message": …}`. */
function errorText(status: number, body: Buffer): string {
  try {
    const { message } = JSON.parse(body.toString('utf8')) as { message?: unknown };
    if (typeof message === 'string') return `the engine answered ${status}: ${message}`;
  } catch {
    // A proxy in between answers with pages.
  }
  return `the engine answered ${status}`;
}
