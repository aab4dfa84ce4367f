/** Stands between a client and a server, changes nothing, and keeps the bodies that went through with the status they met. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import { closeServer, listenOnLoopback, loopbackUrl } from './loopback.ts';

export interface Passed {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly status: number;
}

export class RecordingProxy {
  readonly passed: Passed[] = [];
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((incoming, answer) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('end', () => {
        const body = Buffer.concat(chunks);
        const { method, url = '/', headers } = incoming;
        const outgoing = httpRequest(new URL(url, target), { method, headers }, (response) => {
          const status = response.statusCode ?? 0;
          this.passed.push({ path: url, contentType: headers['content-type'] ?? '', body, status });
          answer.writeHead(status, response.headers);
          response.pipe(answer);
        });
        outgoing.on('error', () => answer.destroy());
        outgoing.end(body);
      });
    });
  }

  static async start(target: string): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(target);
    await listenOnLoopback(proxy.#server);
    return proxy;
  }

  get url(): string {
    return loopbackUrl(this.#server);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}
