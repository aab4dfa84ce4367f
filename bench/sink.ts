/** Where both sides send: takes remote write, counts the samples, keeps nothing, answers 204. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { snappyDecode } from '../core/codec/snappy.ts';
import { countWriteRequest } from '../core/wire/remote-write-v1.ts';

const MAX_DECODED_BYTES = 64 * 1024 * 1024;

export class Sink {
  readonly #server: Server;
  readonly #samples = new Map<string, number>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const path = request.url ?? '/';
      try {
        const { samples } = countWriteRequest(snappyDecode(await readBody(request), MAX_DECODED_BYTES));
        this.#samples.set(path, this.samples(path) + samples);
        response.writeHead(204).end();
      } catch (error) {
        response.writeHead(400).end(String(error));
      }
    });
  }

  static async start(): Promise<Sink> {
    const sink = new Sink();
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Samples that arrived at this path. */
  samples(path: string): number {
    return this.#samples.get(path) ?? 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
