/**
 * The agent's own HTTP server, on loopback by default: metrics, health, reload, the exporters it hosts, and the pages with
 * their API. Paths and texts are Alloy's, because probes and scripts compare them. docs/agent-http.md lists them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentHost } from '../runtime/host.ts';
import { formatListenAddress, type ListenAddress } from '../runtime/listen-address.ts';
import { isAllowed } from './basic-auth.ts';
import { MISDIRECTED, ON_LOOPBACK_ONLY, reboundCheck } from './loopback.ts';
import { pageFile, sendPage } from './pages.ts';
import { PLAIN_TEXT, send } from './respond.ts';
import { answerWebApi, WEB_API } from './web-api.ts';

export interface ReloadOutcome {
  readonly ok: boolean;
  /** The diagnostics, for people. */
  readonly text: string;
}

export interface ServerParts {
  readonly host: AgentHost;
  readonly reload: () => Promise<ReloadOutcome>;
}

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const COMPONENT_METRICS = /^\/api\/v0\/component\/(.+)\/metrics$/;

export class AgentServer {
  readonly #server: Server;

  constructor(parts: ServerParts) {
    this.#server = createServer((request, response) => {
      if (isRebound(request)) return send(response, MISDIRECTED, PLAIN_TEXT, `${ON_LOOPBACK_ONLY}\n`);
      answer(request, response, parts).catch((error: unknown) => {
        if (!response.headersSent) send(response, 500, PLAIN_TEXT, `internal error: ${String(error)}\n`);
        else response.destroy();
      });
    });
    const isRebound = reboundCheck(this.#server);
  }

  /** Returns the address with its real port. */
  listen(address: ListenAddress): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(address, () => {
        this.#server.removeListener('error', reject);
        resolve(formatListenAddress({ host: address.host, port: (this.#server.address() as AddressInfo).port }));
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { host, reload }: ServerParts,
): Promise<void> {
  const path = decodePath(request.url ?? '/');
  const method = request.method ?? 'GET';
  const readable = method === 'GET' || method === 'HEAD';
  if (!isAllowed(host.http.auth, path, request)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="Restricted", charset="UTF-8"');
    return send(response, 401, PLAIN_TEXT, 'unauthorized\n');
  }
  if (path === '/-/reload' && (method === 'GET' || method === 'POST')) {
    // A page of another site must not be able to make the browser of the operator reload the agent.
    if (isFromOtherSite(request)) return send(response, 403, PLAIN_TEXT, 'cross-site request refused\n');
    const { ok, text } = await reload();
    return send(response, ok ? 200 : 400, PLAIN_TEXT, ok ? 'config reloaded\n' : `${text}\n`);
  }
  if (!readable) {
    response.setHeader('Allow', path === '/-/reload' ? 'GET, POST' : 'GET, HEAD');
    return send(response, 405, PLAIN_TEXT, 'method not allowed\n');
  }
  if (path === '/metrics') return send(response, 200, EXPOSITION_CONTENT_TYPE, host.telemetry.expose());
  if (path === '/-/ready') {
    return send(
      response,
      host.isReady ? 200 : 503,
      PLAIN_TEXT,
      host.isReady ? 'Alloy is ready.\n' : 'Alloy is not ready.\n',
    );
  }
  if (path === '/-/healthy') {
    const ids = host.unhealthy().map(({ id }) => id);
    if (ids.length === 0) return send(response, 200, PLAIN_TEXT, 'All Alloy components are healthy.\n');
    return send(response, 500, PLAIN_TEXT, `unhealthy components: ${ids.join(', ')}\n`);
  }
  if (path.startsWith(WEB_API)) {
    const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'));
    return answerWebApi(host, path.slice(WEB_API.length), query, request, response);
  }
  const page = pageFile(path);
  if (page !== undefined) return sendPage(page, request, response);
  const componentId = COMPONENT_METRICS.exec(path)?.[1];
  const exporter = componentId === undefined ? undefined : host.exporter(componentId);
  if (exporter !== undefined) return send(response, 200, EXPOSITION_CONTENT_TYPE, await exporter.collect());
  send(response, 404, PLAIN_TEXT, '404 page not found\n');
}

function decodePath(url: string): string {
  const path = url.split('?', 1)[0]!;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isFromOtherSite(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
