/** `/api/v0/web/…`: what the agent's pages show, with Alloy's paths and JSON. Read only. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentHost } from '../runtime/host.ts';
import { componentDetail, listComponents } from './component-json.ts';
import { streamDebug, streamGraph } from './live-streams.ts';
import { PLAIN_TEXT, send, sendJson } from './respond.ts';

export const WEB_API = '/api/v0/web/';
const ROUTES = {
  components: /^components$/,
  component: /^components\/(.+)$/,
  moduleComponents: /^modules\/(.+)\/components$/,
  graph: /^graph(?:\/(.+))?$/,
  debug: /^debug\/(.+)$/,
} as const;

/** `path` is decoded and below WEB_API. Ids hold slashes. */
export async function answerWebApi(
  host: AgentHost,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const match = (route: keyof typeof ROUTES) => ROUTES[route].exec(path);
  if (path === 'peers') return sendJson(response, []);
  const module = match('moduleComponents')?.[1];
  if (module !== undefined) return sendComponents(host, module, response);
  if (match('components')) return sendComponents(host, '', response);
  const component = match('component')?.[1];
  if (component !== undefined) {
    const detail = componentDetail(host, component);
    if (detail !== undefined) return sendJson(response, detail);
    return send(response, 404, PLAIN_TEXT, `there is no component ${JSON.stringify(component)}\n`);
  }
  const graph = match('graph');
  const debug = match('debug')?.[1];
  if ((graph !== null || debug !== undefined) && request.method !== 'GET') {
    response.setHeader('Allow', 'GET');
    return send(response, 405, PLAIN_TEXT, 'method not allowed\n');
  }
  if (graph !== null) return streamGraph(host, graph[1] ?? '', query, response);
  if (debug !== undefined) return streamDebug(host, debug, query, request, response);
  send(response, 404, PLAIN_TEXT, '404 page not found\n');
}

function sendComponents(host: AgentHost, moduleId: string, response: ServerResponse): void {
  const components = listComponents(host, moduleId);
  if (components !== undefined) sendJson(response, components);
  else send(response, 404, PLAIN_TEXT, `there is no module ${JSON.stringify(moduleId)}\n`);
}
