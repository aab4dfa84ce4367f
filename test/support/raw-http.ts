/** HTTP as bytes: requests that no client library would send, and a destination that keeps the headers as they came. */
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { closeServer, listenOnLoopback, portOf } from './loopback.ts';

const LIMIT_MS = 60_000;

/**
 * Sends the bytes as they are, says that no more will come, and answers all that comes back until the server closes: it
 * has read everything then, and answered all that it took for a request.
 */
export function rawExchange(port: number, bytes: Uint8Array | string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    const limit = setTimeout(() => {
      reject(new Error(`the server did not close within ${LIMIT_MS} ms; it said: ${answer}`));
      socket.destroy();
    }, LIMIT_MS);
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('end', () => socket.destroy());
    // A server that refuses the rest of a request may reset the connection behind its answer.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') reject(error);
    });
    socket.on('close', () => {
      clearTimeout(limit);
      resolve(answer);
    });
    socket.end(bytes);
  });
}

/** Of each answer on the connection, in order. */
export function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map((match) => Number(match[1]));
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** In order, in the case in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export class RawDestination {
  readonly requests: RawRequest[] = [];
  /** Answered in place of 204. */
  status = 204;
  answerHeaders: Readonly<Record<string, string>> = {};
  answerBody = '';
  /** In place of the three above, by request. */
  answer: ((request: RawRequest) => { readonly status: number; readonly body: string }) | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url: path = '', rawHeaders } = request;
        const headers = rawHeaders.flatMap((name, i) =>
          i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : [],
        );
        const came = { method, path, headers, body: Buffer.concat(chunks) };
        this.requests.push(came);
        const answer = this.answer?.(came) ?? { status: this.status, body: this.answerBody };
        response.writeHead(answer.status, this.answerHeaders).end(answer.body);
      });
    });
  }

  static async start(): Promise<RawDestination> {
    const destination = new RawDestination();
    await listenOnLoopback(destination.#server);
    return destination;
  }

  get port(): number {
    return portOf(this.#server);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What has come since the last call. */
  take(): RawRequest[] {
    return this.requests.splice(0);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}
