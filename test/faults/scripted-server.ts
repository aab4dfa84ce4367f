/** An HTTP server that answers as a test says, for answers that no sound store would give. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback } from '../support/loopback.ts';

export type Script = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

export interface SeenRequest {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export class ScriptedServer {
  readonly requests: SeenRequest[] = [];
  script: Script = (_request, response) => response.writeHead(204).end();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('error', () => {});
      response.on('error', () => {});
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        this.requests.push({ url: request.url ?? '', headers: request.headers, body });
        this.script(request, response, body);
      });
    });
  }

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await listenOnLoopback(server.#server);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}
