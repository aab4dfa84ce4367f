/**
 * A remote-write receiver that answers by a script of the test and records what came, one script for each path. It keeps
 * the requests that are no remote write as well: `broken` says why.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { closeServer, portOf } from '../../../support/loopback.ts';
import { decodeContent, type SentRequest } from './decoded-request.ts';

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How much was written, in the headers of 2.0: of success all that came, unless said otherwise. */
  readonly written?: 'none' | ((all: Counts) => Counts);
  /** Bytes on the connection in place of an answer; then it is closed. */
  readonly raw?: string;
  /** No answer at all while the test lasts. */
  readonly hang?: boolean;
}

export interface Counts {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** `index` counts the requests of this path from 0. */
export type Script = (index: number, request: Pick<SentRequest, 'version'>) => Answer;

interface Path {
  readonly script: Script;
  readonly requests: SentRequest[];
  readonly broken: string[];
  count: number;
}

const OK: Script = () => ({});

export class Receiver {
  readonly #paths = new Map<string, Path>();
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(port = 0): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      receiver.#server.listen(port, '127.0.0.1', resolve);
    });
    receiver.#port = portOf(receiver.#server);
    return receiver;
  }

  /** Where the requests of `path` go, answered by its script. */
  open(path: string, script: Script = OK): string {
    this.#paths.set(`/${path}`, { script, requests: [], broken: [], count: 0 });
    return `http://127.0.0.1:${this.#port}/${path}`;
  }

  requests(path: string): readonly SentRequest[] {
    const found = this.#paths.get(`/${path}`);
    if (found === undefined) throw new Error(`the test has not opened ${path}`);
    if (found.broken.length > 0) throw new Error(`${path} got what is no remote write: ${found.broken[0]}`);
    return found.requests;
  }

  async stop(): Promise<void> {
    await closeServer(this.#server);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = this.#paths.get(request.url ?? '');
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    const body = Buffer.concat(chunks);
    const { headers, method = '' } = request;
    let content: ReturnType<typeof decodeContent>;
    try {
      content = decodeContent(headers['content-type'] ?? '', body);
    } catch (error) {
      path.broken.push(String(error));
      response.writeHead(400).end(String(error));
      return;
    }
    const answer = path.script(path.count++, content);
    const answeredStatus = answer.raw !== undefined || answer.hang === true ? 0 : (answer.status ?? 204);
    path.requests.push({ method, headers, body, ...content, receivedAtMs: performance.now(), answeredStatus });
    reply(response, answer, content.series);
  }
}

function reply(response: ServerResponse, answer: Answer, series: SentRequest['series']): void {
  if (answer.hang === true) return;
  if (answer.raw !== undefined) {
    response.socket?.end(answer.raw);
    return;
  }
  const { status = 204, headers = {}, body } = answer;
  // Written to the socket as it stands, so that a status that no server may send can be sent.
  response.writeHead(status, { ...headers, ...writtenHeaders(answer, series) });
  response.end(body);
}

function writtenHeaders({ status = 204, written }: Answer, series: SentRequest['series']): Record<string, string> {
  if (written === 'none' || (written === undefined && status >= 300)) return {};
  const all = { samples: 0, histograms: 0, exemplars: 0 };
  for (const { samples, histograms, exemplars } of series) {
    all.samples += samples.length;
    all.histograms += histograms.length;
    all.exemplars += exemplars.length;
  }
  const { samples, histograms, exemplars } = written === undefined ? all : written(all);
  return {
    'X-Prometheus-Remote-Write-Samples-Written': String(samples),
    'X-Prometheus-Remote-Write-Histograms-Written': String(histograms),
    'X-Prometheus-Remote-Write-Exemplars-Written': String(exemplars),
  };
}
