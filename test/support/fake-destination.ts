/**
 * A destination that can fail on command and keeps a multiset of what it accepted: how often each sample, line, span and profile
 * arrived, and in which order per series, so that a test can prove loss, duplication and disorder. For faults only: where
 * a real store can do the job, tests use the real one.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { formatLabels } from '../../core/labels/labels.ts';
import { decodeLokiPush } from '../../core/wire/loki/push.ts';
import { type DecodedSpans, decodeTraces } from '../../core/wire/otlp/traces.ts';
import { PYROSCOPE_PUSH_PATH } from '../../core/wire/pyroscope/push.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { closeServer, portOf } from './loopback.ts';

const MAX_BYTES = 64 * 1024 * 1024;

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly status: number;
}

export interface ReceivedProfile {
  /** With the query. */
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

export class FakeDestination {
  /** Answered instead of taking the data while it is not 0. */
  refuseWith = 0;
  refuseHeaders: Record<string, string> = {};
  /** Said with a refusal. */
  refuseBody: string | undefined;
  /** Taken at once, answered later: a crash of the sender in between makes a duplicate, never a loss. */
  answerAfterMs = 0;
  /** Requests that were being answered at the same time, at most. */
  mostInFlight = 0;
  #inFlight = 0;
  /** Requests that brought a sample which had arrived before. */
  repeatedRequests = 0;
  /** The same for lines and for spans, by their text and name. */
  repeatedLogRequests = 0;
  repeatedTraceRequests = 0;
  readonly requests: ReceivedRequest[] = [];
  /** `{labels}` to the timestamps in order of arrival. */
  readonly samples = new Map<string, number[]>();
  /** `{labels}` to lines in order of arrival. */
  readonly lines = new Map<string, string[]>();
  readonly spanNames: string[] = [];
  /** The same spans, decoded. */
  readonly traces: DecodedSpans[] = [];
  /** Requests to Pyroscope's paths, with their bodies as they came. */
  readonly profiles: ReceivedProfile[] = [];
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
      response.on('close', () => this.#inFlight--);
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const status = this.refuseWith || this.#take(request, Buffer.concat(chunks));
        this.requests.push({ path: request.url ?? '', headers: request.headers, status });
        const headers = this.refuseWith ? this.refuseHeaders : {};
        setTimeout(() => {
          response.writeHead(status, headers);
          response.end(status >= 400 ? (this.refuseBody ?? `refused with ${status} by the test`) : '');
        }, this.answerAfterMs);
      });
    });
  }

  static async start(port = 0): Promise<FakeDestination> {
    const destination = new FakeDestination();
    await destination.listen(port);
    return destination;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(port = this.#port): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.#port = portOf(this.#server);
  }

  /** Refuses connections; `listen()` brings it back on the same port. */
  async close(): Promise<void> {
    await closeServer(this.#server);
  }

  get sampleCount(): number {
    return [...this.samples.values()].reduce((sum, timestamps) => sum + timestamps.length, 0);
  }

  get lineCount(): number {
    return [...this.lines.values()].reduce((sum, lines) => sum + lines.length, 0);
  }

  #take(request: IncomingMessage, raw: Buffer): number {
    const path = request.url ?? '';
    const encoding = request.headers['content-encoding'];
    if (path.startsWith('/ingest') || path === PYROSCOPE_PUSH_PATH) {
      this.profiles.push({ path, contentType: request.headers['content-type'] ?? '', body: raw });
      return 200;
    }
    const body = encoding === 'snappy' ? snappyDecode(raw, MAX_BYTES) : encoding === 'gzip' ? gunzipSync(raw) : raw;
    if (path.endsWith('/push') && path.includes('loki')) this.#takeLogs(encoding ? body : snappyDecode(raw, MAX_BYTES));
    else if (path.endsWith('/traces')) this.#takeTraces(body);
    else this.#takeMetrics(body);
    return path.endsWith('/traces') ? 200 : 204;
  }

  #takeMetrics(body: Uint8Array): void {
    let repeated = false;
    for (const series of decodeWriteRequest(body).series) {
      const seen = upsert(this.samples, formatLabels(series.labels));
      for (const sample of series.samples) {
        repeated ||= seen.includes(Number(sample.timestampMs));
        seen.push(Number(sample.timestampMs));
      }
    }
    if (repeated) this.repeatedRequests++;
  }

  #takeTraces(body: Uint8Array): void {
    const traces = decodeTraces(body);
    this.traces.push(...traces);
    const names = traces.flatMap(({ spans }) => spans.map(({ name }) => name));
    if (names.some((name) => this.spanNames.includes(name))) this.repeatedTraceRequests++;
    this.spanNames.push(...names);
  }

  #takeLogs(body: Uint8Array): void {
    let repeated = false;
    for (const stream of decodeLokiPush(body)) {
      const seen = upsert(this.lines, formatLabels(stream.labels));
      const lines = stream.entries.map((entry) => entry.line);
      repeated ||= lines.some((line) => seen.includes(line));
      seen.push(...lines);
    }
    if (repeated) this.repeatedLogRequests++;
  }
}

function upsert<T>(map: Map<string, T[]>, key: string): T[] {
  const found = map.get(key);
  if (found) return found;
  const fresh: T[] = [];
  map.set(key, fresh);
  return fresh;
}
