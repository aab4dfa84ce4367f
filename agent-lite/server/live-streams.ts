/**
 * The two streams of the pages: data rates of the graph, and what passes one component. Each message ends with `|;|`, as in
 * Alloy. A stream lasts until its reader goes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DebugStream } from '../live/debug-stream.ts';
import { targetsText } from '../live/event-text.ts';
import { FlowWindow } from '../live/flow-window.ts';
import type { AgentHost } from '../runtime/host.ts';
import { canBeWatched, listComponents } from './component-json.ts';
import { PLAIN_TEXT, send } from './respond.ts';

const MESSAGE_END = '|;|';
const DEFAULT_WINDOW_SECONDS = 5;
const MAX_WINDOW_SECONDS = 60;
/** A reader that leaves more than this unread misses what comes until it has caught up. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** Streams hold a connection and cost work for every item that passes. */
const MAX_STREAMS = 32;

let open = 0;

export function streamGraph(host: AgentHost, moduleId: string, query: URLSearchParams, response: ServerResponse): void {
  const seconds = Number(query.get('window') ?? DEFAULT_WINDOW_SECONDS);
  const refusal = refuseGraph(host, moduleId, seconds);
  if (!begin(response, refusal)) return;
  const flow = new FlowWindow(moduleId);
  const unwatch = host.live.watchFlow((from, to, type, items) => flow.add(from, to, type, items));
  const timer = setInterval(() => {
    if (response.writableLength < MAX_UNREAD_BYTES) response.write(JSON.stringify(flow.take(seconds)) + MESSAGE_END);
  }, seconds * 1000);
  onEnd(response, () => {
    clearInterval(timer);
    unwatch();
  });
}

export function streamDebug(
  host: AgentHost,
  componentId: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (!begin(response, refuseDebug(host, componentId, query))) return;
  const stream = new DebugStream({
    componentId,
    sampleProbability: probability(query) ?? 1,
    clock: host.clock,
    random: Math.random,
    send: (text) => {
      if (response.writableLength >= MAX_UNREAD_BYTES) return false;
      response.write(text + MESSAGE_END);
      return true;
    },
  });
  const unwatch = host.live.watchComponent(stream, () => response.end());
  // Targets change seldom: whoever looks wants to see those that are there.
  const targets = host.targets(componentId);
  if (targets.length > 0) stream.push(targetsText(targets));
  request.socket.setNoDelay(true);
  onEnd(response, unwatch);
}

interface Refusal {
  readonly status: number;
  readonly text: string;
}

function refuseGraph(host: AgentHost, moduleId: string, seconds: number): Refusal | undefined {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_WINDOW_SECONDS) {
    return { status: 400, text: 'Invalid window: must be an integer between 1 and 60' };
  }
  if (listComponents(host, moduleId) !== undefined) return undefined;
  return { status: 404, text: `there is no module ${JSON.stringify(moduleId)}` };
}

function refuseDebug(host: AgentHost, componentId: string, query: URLSearchParams): Refusal | undefined {
  if (!host.live.debuggingEnabled) {
    const text =
      'live debugging is off: add the block `livedebugging { enabled = true }` to the configuration and reload it';
    return { status: 409, text };
  }
  if (!host.controller.listing().some(({ id }) => id === componentId)) {
    return { status: 404, text: `there is no component ${JSON.stringify(componentId)}` };
  }
  if (!canBeWatched(host, componentId)) {
    return { status: 409, text: `the component ${JSON.stringify(componentId)} does not support live debugging` };
  }
  if (probability(query) === undefined) return { status: 400, text: 'Invalid sample probability' };
  return undefined;
}

function probability(query: URLSearchParams): number | undefined {
  const text = query.get('sampleProb');
  if (text === null || text === '') return 1;
  const value = Number(text);
  return value >= 0 && value <= 1 ? value : undefined;
}

/** Whether the stream has begun; if not, why is what has been answered. */
function begin(response: ServerResponse, refusal: Refusal | undefined): boolean {
  const full = { status: 503, text: `${MAX_STREAMS} live streams are open already; close one` };
  const refused = refusal ?? (open >= MAX_STREAMS ? full : undefined);
  if (refused !== undefined) {
    send(response, refused.status, PLAIN_TEXT, `${refused.text}\n`);
    return false;
  }
  open++;
  response.writeHead(200, {
    'Content-Type': PLAIN_TEXT,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  return true;
}

function onEnd(response: ServerResponse, end: () => void): void {
  response.once('close', () => {
    open--;
    end();
  });
}
