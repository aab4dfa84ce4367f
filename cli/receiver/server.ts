/**
 * The built-in receiver: takes what the gateway sends on the paths of Mimir, Loki, Tempo and Pyroscope, keeps a bounded window in
 * memory and shows it. For trying things out on one machine: it stores nothing and asks for no password.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isLoopbackHost, namesLoopback } from '../../agent-lite/server/loopback.ts';
import { type Failure, OutcomeError, outcomeStatus } from '../../core/outcome.ts';
import type { ReceiverStatus, ReceiverSummary } from '../../ui/receiver/api.ts';
import { RECEIVER_PAGE_FOLDER } from '../pages.ts';
import { listen } from '../ports.ts';
import { StaticFiles } from '../static-files.ts';
import { readBody } from './body.ts';
import { pushPaths, takePush } from './push.ts';
import { RATE_INTERVAL_MS, RateHistory } from './rate-history.ts';
import { ReceiverStore } from './store.ts';
import { logsPage, profilesPage, seriesPage, tracesPage } from './views.ts';

export const DEFAULT_RECEIVER_PORT = 9009;
export const DEFAULT_WINDOW_ITEMS = 10_000;
const MAX_PAGE_ITEMS = 1_000;

export interface ReceiverOptions {
  readonly host: string;
  readonly port: number;
  /** Series, lines, spans and profiles kept in memory, each. */
  readonly windowItems?: number;
  /** Names the flag in the error when the port is taken. */
  readonly portFlag?: string;
  readonly log?: (message: string) => void;
}

export interface RunningReceiver {
  readonly url: string;
  stop(): Promise<void>;
  summary(): ReceiverSummary;
}

export async function startReceiver(options: ReceiverOptions): Promise<RunningReceiver> {
  const receiver = new Receiver(options);
  const server = createServer((request, response) => {
    receiver.handle(request, response).catch((error) => {
      options.log?.(`receiver: ${request.method} ${request.url}: ${error}`);
      if (!response.headersSent) response.writeHead(500).end('internal error\n');
      else response.destroy();
    });
  });
  const port = await listen(server, options.host, options.port, options.portFlag ?? '--port');
  const timer = setInterval(() => receiver.tick(Date.now()), RATE_INTERVAL_MS);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    summary: () => receiver.store.summary(),
    stop: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Receiver {
  readonly store: ReceiverStore;
  readonly #pages = new StaticFiles(RECEIVER_PAGE_FOLDER);
  readonly #startedAtMs = Date.now();
  readonly #history = new RateHistory(this.#startedAtMs);
  readonly #loopbackOnly: boolean;
  readonly #log: (message: string) => void;
  #accepted = 0;
  #refused = 0;
  #malformed = 0;
  #refuseStatus = 0;
  #refusedSinceMs: number | undefined;
  #lastError: ReceiverStatus['lastError'];

  constructor(options: ReceiverOptions) {
    this.store = new ReceiverStore(options.windowItems ?? DEFAULT_WINDOW_ITEMS);
    this.#loopbackOnly = isLoopbackHost(options.host);
    this.#log = options.log ?? (() => {});
  }

  tick(nowMs: number): void {
    this.#history.tick(nowMs, this.store.summary());
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://receiver');
    if (pushPaths.has(url.pathname)) return this.#push(url, request, response);
    // A page of another site that had its name resolved to 127.0.0.1 must not read this host's logs.
    if (this.#loopbackOnly && !namesLoopback(request.headers.host)) {
      return answer(response, 421, { error: 'this receiver answers to localhost and 127.0.0.1 only' });
    }
    if (url.pathname === '/api/v1/refuse') return this.#refuse(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return answer(response, 405, { error: `${request.method} is not for ${url.pathname}` });
    }
    const view = this.#view(url);
    if (view) return answer(response, 200, view);
    if (this.#pages.serve(url.pathname, response)) return;
    if (url.pathname === '/' && this.#pages.empty) {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(
        'The page is not built. Run `npm run build` in the project; GET /api/v1/summary works without it.\n',
      );
      return;
    }
    answer(response, 404, { error: `there is nothing at ${url.pathname}` });
  }

  #view(url: URL): object | undefined {
    const search = url.searchParams.get('search') ?? '';
    const limit = pageLimit(url.searchParams.get('limit'));
    switch (url.pathname) {
      case '/api/v1/summary':
        return this.store.summary();
      case '/api/v1/status':
        return this.#status();
      case '/api/v1/series':
        return seriesPage(this.store, search, limit);
      case '/api/v1/logs':
        return logsPage(this.store, search, limit);
      case '/api/v1/traces':
        return tracesPage(this.store, search, limit);
      case '/api/v1/profiles':
        return profilesPage(this.store, search, limit);
      case '/-/ready':
        return { status: 'ready' };
      default:
        return undefined;
    }
  }

  #status(): ReceiverStatus {
    return {
      nowMs: Date.now(),
      startedAtMs: this.#startedAtMs,
      summary: this.store.summary(),
      requests: { accepted: this.#accepted, refused: this.#refused, malformed: this.#malformed },
      order: { repeated: this.store.series.repeated, outOfOrder: this.store.series.outOfOrder },
      refuseStatus: this.#refuseStatus,
      ...(this.#refusedSinceMs === undefined ? {} : { refusedSinceMs: this.#refusedSinceMs }),
      history: this.#history.points,
      ...(this.#lastError ? { lastError: this.#lastError } : {}),
    };
  }

  async #push(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = url.pathname;
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return answer(response, 405, { error: `${path} takes POST only` });
    }
    if (this.#refuseStatus !== 0) {
      this.#refused++;
      request.resume();
      return answer(response, this.#refuseStatus, {
        error: 'refused on purpose: this receiver is set to simulate an outage',
      });
    }
    try {
      const result = await takePush(this.store, url, request.headers, await readBody(request));
      this.#accepted++;
      response.writeHead(result.status, result.contentType ? { 'content-type': result.contentType } : {});
      response.end(result.body);
    } catch (error) {
      if (!(error instanceof OutcomeError)) throw error;
      this.#malformed++;
      // Unread bytes at the end of a connection would reset it before the answer is seen.
      request.resume();
      this.#refuseMalformed(path, error.failure, response);
    }
  }

  #refuseMalformed(path: string, failure: Failure, response: ServerResponse): void {
    const { reason, message } = failure;
    this.#lastError = { atMs: Date.now(), path, reason, message };
    this.#log(`receiver: ${path}: ${reason}: ${message}`);
    if (reason === 'body_too_large') response.setHeader('connection', 'close');
    answer(response, outcomeStatus(reason), { error: message, reason });
  }

  /** JSON only: a form of another site cannot send that without asking first. */
  async #refuse(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || !request.headers['content-type']?.startsWith('application/json')) {
      return answer(response, 400, { error: 'POST {"status":503} as application/json; {"status":0} ends it' });
    }
    const status = refuseStatusOf(Buffer.from(await readBody(request)).toString());
    if (status === undefined) {
      return answer(response, 400, { error: 'status must be 0 or an HTTP status of 400 to 599' });
    }
    if (status === 0) this.#refusedSinceMs = undefined;
    else this.#refusedSinceMs ??= Date.now();
    this.#refuseStatus = status;
    this.#log(status === 0 ? 'receiver: accepting deliveries' : `receiver: refusing deliveries with ${status}`);
    answer(response, 200, { status });
  }
}

function refuseStatusOf(text: string): number | undefined {
  try {
    const { status } = JSON.parse(text) as { status?: unknown };
    if (typeof status !== 'number' || !Number.isInteger(status)) return undefined;
    return status === 0 || (status >= 400 && status <= 599) ? status : undefined;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${JSON.stringify(body)}\n`);
}

function pageLimit(text: string | null): number {
  const limit = Number(text ?? 100);
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, MAX_PAGE_ITEMS) : 100;
}
