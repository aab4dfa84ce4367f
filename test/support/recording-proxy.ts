/** Stands between a client and a server, changes nothing, and keeps the bodies that went through with the status they met. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

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
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
