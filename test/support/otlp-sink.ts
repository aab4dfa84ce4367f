/** A receiver of OTLP over HTTP that keeps every request as it came, and answers as it is told. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { closeServer, listenOnLoopback, portOf } from './loopback.ts';

export interface OtlpRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came, packed or not. */
  readonly raw: Buffer;
  readonly body: Buffer;
}

export class OtlpSink {
  readonly requests: OtlpRequest[] = [];
  /** The body of the next answers: an Export response. */
  answer: Uint8Array = new Uint8Array();
  /** Passes requests on instead of answering, to look at what a client sends. */
  forwardTo = '';
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const raw = Buffer.concat(chunks);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
        this.requests.push({ path: request.url ?? '', headers: request.headers, raw, body });
        if (this.forwardTo === '') {
          response.writeHead(200, { 'Content-Type': 'application/x-protobuf' });
          response.end(this.answer);
          return;
        }
        const names = ['authorization', 'content-type', 'content-encoding'];
        const headers = Object.fromEntries(names.flatMap((name) => [[name, request.headers[name]]] as const));
        for (const name of names) if (headers[name] === undefined) delete headers[name];
        const answer = await fetch(`${this.forwardTo}${request.url}`, {
          method: 'POST',
          headers: headers as Record<string, string>,
          body: raw,
        });
        response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? '' });
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
  }

  static async start(): Promise<OtlpSink> {
    const sink = new OtlpSink();
    await listenOnLoopback(sink.#server);
    sink.#port = portOf(sink.#server);
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  of(path: string): OtlpRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}
