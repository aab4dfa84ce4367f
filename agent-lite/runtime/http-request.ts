/**
 * One HTTP request with a deadline over everything and a bound on what is read of the answer. Never follows a redirect
 * and never retries on its own, but for one case: a kept-alive connection that the other side had already closed.
 */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { checkProxyUrl } from '../../core/pipeline/http-client-blocks.ts';
import { isThisMachine, noProxyRule } from './no-proxy.ts';

export interface HttpExchange {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  /** What goes beyond is not read: the answer is `truncated` and its connection closed. */
  readonly maxBodyBytes: number;
  readonly agents: HttpAgents;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Uint8Array;
  readonly truncated: boolean;
}

export class HttpTimeoutError extends Error {
  readonly code = 'TIMEOUT';
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in capitals or not. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** What goes straight although there is a proxy, and the proxy. */
interface ProxySettings {
  readonly isExcepted: (url: URL) => boolean;
  /** URL of the proxy for `http:` or `https:`; empty: none. Throws where what is named cannot be one. */
  readonly urlFor: (protocol: string) => string;
}

/** Connection pools. TLS code is loaded for the first https URL only. */
export class HttpAgents {
  readonly #proxy: ProxySettings | undefined;
  #http: Agent | undefined;
  #https: import('node:https').Agent | undefined;
  #direct: HttpAgents | undefined;

  /** Without a proxy every request goes straight. */
  constructor(proxy?: ProxySettings) {
    this.#proxy = proxy;
  }

  /** As in Go: a proxy elsewhere cannot reach what listens on this machine only, so the environment does not mean that. */
  static ofEnvironment(env: ProxyEnvironment): HttpAgents {
    const except = noProxyRule(variable(env, 'NO_PROXY'));
    return new HttpAgents({
      isExcepted: (url) => isThisMachine(url) || except(url),
      urlFor: (protocol) => environmentProxy(env, protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'),
    });
  }

  /** As Prometheus' `proxy_url`: everything goes through it, and only `no_proxy` makes an exception of this machine. */
  static through(proxyUrl: string, noProxy?: string): HttpAgents {
    const except = noProxyRule(noProxy ?? '');
    return new HttpAgents({
      isExcepted: (url) => noProxy !== undefined && (isThisMachine(url) || except(url)),
      urlFor: () => proxyUrl,
    });
  }

  async open(url: URL, headers: Record<string, string>): Promise<ClientRequestFactory> {
    if (this.#proxy?.isExcepted(url) === true) {
      this.#direct ??= new HttpAgents();
      return this.#direct.open(url, headers);
    }
    if (url.protocol === 'https:') {
      const https = await import('node:https');
      this.#https ??= new https.Agent(this.#options(url));
      return (method) => https.request(url, { method, headers, agent: this.#https });
    }
    this.#http ??= new Agent(this.#options(url));
    return (method) => httpRequest(url, { method, headers, agent: this.#http });
  }

  #options({ protocol }: URL) {
    const pool = { keepAlive: true, maxSockets: 64, maxFreeSockets: 4, timeout: 90_000 };
    const proxy = this.#proxy?.urlFor(protocol) ?? '';
    return proxy === '' ? pool : { ...pool, proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } };
  }

  close(): void {
    this.#http?.destroy();
    this.#https?.destroy();
    this.#direct?.close();
  }
}

function variable(env: ProxyEnvironment, name: string): string {
  return env[name] || env[name.toLowerCase()] || '';
}

/** Node would ignore a proxy that it does not understand, and go straight. */
function environmentProxy(env: ProxyEnvironment, name: string): string {
  const text = variable(env, name);
  if (text === '') return '';
  try {
    // As in Go, where it says nothing else it is asked by http.
    return checkProxyUrl(text.includes('://') ? text : `http://${text}`, name, 'honoured').url.reveal();
  } catch (error) {
    throw new Error(`${name} of the environment: ${(error as Error).message}`);
  }
}

type ClientRequestFactory = (method: string) => ClientRequest;

export async function exchange(options: HttpExchange): Promise<HttpAnswer> {
  const headers: Record<string, string> = Object.fromEntries(options.headers);
  headers['Content-Length'] = String(options.body?.length ?? 0);
  if (options.method === 'GET') delete headers['Content-Length'];
  const open = await options.agents.open(new URL(options.url), headers);
  const first = await once(open, options);
  if (first !== 'stale_connection') return first;
  const second = await once(open, options);
  if (second === 'stale_connection') throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });
  return second;
}

function once(open: ClientRequestFactory, options: HttpExchange): Promise<HttpAnswer | 'stale_connection'> {
  const { timeoutMs, maxBodyBytes, signal } = options;
  return new Promise((resolve, reject) => {
    const request = open(options.method);
    const settle = (result: HttpAnswer | 'stale_connection' | Error) => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', stop);
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    // Told here, too: a request that waits for a tunnel through its proxy says that it ended only when the tunnel did.
    const giveUp = (error: Error) => {
      request.destroy(error);
      settle(error);
    };
    const stop = () => giveUp(Object.assign(new Error('the request was stopped'), { code: 'ABORT_ERR' }));
    const deadline = setTimeout(() => giveUp(new HttpTimeoutError(`no answer within ${timeoutMs} ms`)), timeoutMs);
    signal?.addEventListener('abort', stop, { once: true });
    request.on('response', (response) => {
      readBounded(response, maxBodyBytes).then(settle, settle);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      settle(stale ? 'stale_connection' : error);
    });
    if (signal?.aborted === true) stop();
    else request.end(options.body);
  });
}

function readBounded(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const finish = (truncated: boolean) => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      resolve({ status: response.statusCode ?? 0, header: (name) => headerText(response, name), body, truncated });
    };
    response.on('data', (chunk: Uint8Array) => {
      const room = maxBytes - bytes;
      bytes += chunk.length;
      chunks.push(chunk.length <= room ? chunk : chunk.subarray(0, room));
      if (chunk.length <= room) return;
      finish(true);
      response.destroy();
    });
    response.on('end', () => finish(false));
    response.on('error', reject);
    response.on('aborted', () => reject(Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })));
  });
}

function headerText(response: IncomingMessage, name: string): string | undefined {
  const value = response.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}
