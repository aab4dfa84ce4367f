/**
 * What stands between a host and its gateway in tests of installations: hands requests on as they are, Host header
 * included, except for the paths that a test gives answers of its own.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback, loopbackUrl } from '../support/loopback.ts';

/** `status` with a text, the body itself, or `cut`: the body's first half, and then the connection ends. */
export type OwnAnswer = { readonly status?: number; readonly body: string | Uint8Array; readonly cut?: boolean };

export class Mirror {
  readonly answers = new Map<string, OwnAnswer>();
  /** Method, path and user agent of each request. */
  readonly seen: string[] = [];
  readonly #server: Server;
  readonly #gatewayPort: number;

  private constructor(gatewayPort: number) {
    this.#gatewayPort = gatewayPort;
    this.#server = createServer((incoming, answer) => this.#handle(incoming, answer));
  }

  static async start(gatewayPort: number): Promise<Mirror> {
    const mirror = new Mirror(gatewayPort);
    await listenOnLoopback(mirror.#server);
    return mirror;
  }

  get url(): string {
    return loopbackUrl(this.#server);
  }

  async stop(): Promise<void> {
    await closeServer(this.#server);
  }

  #handle(incoming: IncomingMessage, answer: ServerResponse): void {
    const path = incoming.url ?? '/';
    this.seen.push(`${incoming.method} ${path} ${incoming.headers['user-agent'] ?? ''}`);
    const own = this.answers.get(path);
    if (own === undefined) {
      this.#handOn(incoming, answer);
      return;
    }
    incoming.resume();
    const body = typeof own.body === 'string' ? Buffer.from(own.body) : own.body;
    answer.writeHead(own.status ?? 200, { 'Content-Length': body.length });
    if (own.cut !== true) answer.end(body);
    else answer.write(body.subarray(0, body.length / 2), () => answer.destroy());
  }

  #handOn(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method, url: path, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port: this.#gatewayPort, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.once('error', () => answer.destroy());
    incoming.pipe(onward);
  }
}
