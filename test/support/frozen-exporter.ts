/**
 * Serves snapshots of a real exporter with an explicit timestamp on every sample. Two scrapers that each fetch a
 * snapshot at least once must then hold exactly the same samples, whatever their own clocks and offsets.
 */
import { createServer, type Server } from 'node:http';
import { closeServer, listenOnLoopback, portOf } from './loopback.ts';

export class FrozenExporter {
  /** Answer 500, as an exporter that broke. */
  broken = false;
  /** Serve the text as it came, without timestamps: staleness then works as with any exporter. */
  withTimestamps = true;
  readonly timestampsMs: number[] = [];
  #text = '';
  #fetches = new Map<string, number>();
  readonly #source: string;
  readonly #server: Server;
  #port = 0;

  private constructor(source: string) {
    this.#source = source;
    this.#server = createServer((request, response) => {
      const scraper = request.headers['user-agent'] ?? '';
      this.#fetches.set(scraper, (this.#fetches.get(scraper) ?? 0) + 1);
      response.writeHead(this.broken ? 500 : 200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(this.broken ? 'broken by the test' : this.#text);
    });
  }

  /** `source`: the real exporter's /metrics. */
  static async start(source: string): Promise<FrozenExporter> {
    const exporter = new FrozenExporter(source);
    await exporter.advance();
    await listenOnLoopback(exporter.#server);
    exporter.#port = portOf(exporter.#server);
    return exporter;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** How many different scrapers (by User-Agent) have fetched the current snapshot at least `times`. */
  scrapers(times = 1): number {
    return [...this.#fetches.values()].filter((count) => count >= times).length;
  }

  /** Takes a new snapshot; from now on every scraper sees it. */
  async advance(): Promise<void> {
    const text = await (await fetch(this.#source)).text();
    const timestampMs = Date.now();
    this.#text = this.withTimestamps ? text.replace(/^(?!#)(.+)$/gm, `$1 ${timestampMs}`) : text;
    this.timestampsMs.push(timestampMs);
    this.#fetches = new Map();
  }

  async stop(): Promise<void> {
    await closeServer(this.#server);
  }
}
