/** The targets of the suite: one server, a path for each case. */
import { createServer, type Server } from 'node:http';
import { PROTOBUF_EXPOSITION_CONTENT_TYPE } from '../../../../core/wire/exposition/protobuf.ts';
import { closeServer, listenOnLoopback, portOf } from '../../../support/loopback.ts';

/** What is exposed at the `index`th scrape. */
export type Exposing = (index: number) => string | Uint8Array;

export class ExpositionServer {
  readonly #targets = new Map<string, { readonly expose: Exposing; scrapes: number }>();
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      const target = this.#targets.get(request.url ?? '');
      if (target === undefined) {
        response.writeHead(404).end();
        return;
      }
      const body = target.expose(target.scrapes++);
      response.writeHead(200, { 'content-type': contentType(body) }).end(body);
    });
  }

  static async start(): Promise<ExpositionServer> {
    const server = new ExpositionServer();
    await listenOnLoopback(server.#server);
    server.#port = portOf(server.#server);
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  open(path: string, expose: Exposing): void {
    this.#targets.set(path, { expose, scrapes: 0 });
  }

  async stop(): Promise<void> {
    await closeServer(this.#server);
  }
}

function contentType(body: string | Uint8Array): string {
  if (typeof body !== 'string') return PROTOBUF_EXPOSITION_CONTENT_TYPE;
  return body.endsWith('# EOF\n') ? 'application/openmetrics-text; version=1.0.0' : 'text/plain; version=0.0.4';
}
