/**
 * Where both sides send: counts the samples, lines or spans, keeps nothing, answers 204. The first part of the path says
 * what comes: /samples/…, /lines/…, /spans/….
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { snappyDecode } from '../core/codec/snappy.ts';
import { decodeLokiPush } from '../core/wire/loki/push.ts';
import { countSpans } from '../core/wire/otlp/traces.ts';
import { countWriteRequest } from '../core/wire/remote-write/v1.ts';

const MAX_DECODED_BYTES = 64 * 1024 * 1024;

export class Sink {
  readonly #server: Server;
  readonly #items = new Map<string, number>();
  readonly #requests = new Map<string, number>();
  #port = 0;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const path = request.url ?? '/';
      try {
        const items = countItems(path, await readBody(request));
        this.#items.set(path, this.items(path) + items);
        this.#requests.set(path, this.requests(path) + 1);
        response.writeHead(204).end();
      } catch (error) {
        response.writeHead(400).end(String(error));
      }
    });
  }

  static async start(): Promise<Sink> {
    const sink = new Sink();
    await sink.listen();
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Samples, lines or spans that arrived at this path. */
  items(path: string): number {
    return this.#items.get(path) ?? 0;
  }

  /** Requests that were answered 204 at this path. */
  requests(path: string): number {
    return this.#requests.get(path) ?? 0;
  }

  /** Also after `close()`: on the same port. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** From now on connections are refused. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  stop(): Promise<void> {
    return this.close();
  }
}

function countItems(path: string, body: Uint8Array): number {
  const [, kind] = path.split('/');
  if (kind === 'spans') return countSpans(body);
  const plain = snappyDecode(body, MAX_DECODED_BYTES);
  if (kind === 'lines') return decodeLokiPush(plain).reduce((sum, { entries }) => sum + entries.length, 0);
  return countWriteRequest(plain).samples;
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
