/**
 * F5: `kill -9` of the agent at random points and at named calls to the disk, while it scrapes, follows a file and takes
 * spans at once. What a client was told is stored, what a spool held and every line of the file arrive, in order per
 * stream, and a kill repeats at most the one request per destination that was in flight.
 */
import { appendFileSync, cpSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpool } from '../../agent-lite/spool/testing.ts';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { formatLabels } from '../../core/labels/labels.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { TestAgent } from '../support/agent.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { listenOnLoopback, portOf } from '../support/loopback.ts';
import { freePort } from '../support/ports.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';
import { faultedAgentConfig } from './agent-config.ts';
import { faultRandom, points } from './fault-runs.ts';

const KILLER = join(import.meta.dirname, 'kill-at-call.cjs');
/** After a full run each span of its backlog goes in a request of its own. */
const LONG = { timeoutMs: points(30_000, 600_000) };
const MAX_BYTES = 64 * 1024 * 1024;

interface World {
  readonly destination: FakeDestination;
  readonly agent: TestAgent;
  readonly lines: LineWriter;
  readonly spans: SpanPusher;
  readonly folder: { path: string; remove: () => void };
  readonly exporter: Server;
}

let world: World;

beforeEach(async () => {
  const destination = await FakeDestination.start();
  const exporter = await startExporter();
  const folder = tempFolder('agent-kill');
  const file = join(folder.path, 'app.log');
  const otlpPort = await freePort();
  const config = faultedAgentConfig({
    destinationUrl: destination.url,
    exporterPort: portOf(exporter),
    logFile: file,
    otlpPort,
    lokiBackoff: 'min_backoff_period = "30ms"\n    max_backoff_period = "100ms"',
  });
  const agent = await TestAgent.start(config);
  world = { destination, agent, folder, exporter, lines: new LineWriter(file), spans: new SpanPusher(otlpPort) };
});

afterEach(async () => {
  world.lines.stop();
  await world.spans.stop();
  await world.agent.stop();
  await world.destination.close().catch(() => undefined);
  await new Promise((resolve) => world.exporter.close(resolve));
  world.folder.remove();
});

/** A counter, so that each scrape brings a sample. */
async function startExporter(): Promise<Server> {
  let value = 0;
  const server = createServer((_request, response) => response.end(`scrapes_total ${++value}\n`));
  await listenOnLoopback(server);
  return server;
}

/** Writes a line every few milliseconds, whether or not somebody reads them. */
class LineWriter {
  readonly written: string[] = [];
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;

  constructor(file: string) {
    this.#file = file;
    writeFileSync(file, '');
    this.#timer = setInterval(() => this.#write(), 7);
  }

  #write(): void {
    const line = `line ${this.written.length}`;
    appendFileSync(this.#file, `${line}\n`);
    this.written.push(line);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** A client of OTLP: the same span again until it is taken. */
class SpanPusher {
  readonly acknowledged: string[] = [];
  /** Attempts that ended without an answer: those may have been stored too. */
  unanswered = 0;
  readonly #url: string;
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/v1/traces`;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      const name = `span ${n}`;
      while (!(await this.#push(name)) && !this.#stopped) await sleep(20);
    }
  }

  async #push(name: string): Promise<boolean> {
    const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), name, kind: 1 };
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    try {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(this.#url, { method: 'POST', headers, body });
      await response.arrayBuffer();
      if (!response.ok) return false;
      this.acknowledged.push(name);
      return true;
    } catch {
      this.unanswered++;
      return false;
    }
  }
}

/** Timestamps of the samples that the spool holds while no agent runs. */
async function spooledSamples(storagePath: string): Promise<{ series: string; timestampMs: number }[]> {
  const copy = tempFolder('spool-copy');
  const folder = join(copy.path, 'q');
  cpSync(join(storagePath, 'prometheus.remote_write.store', 'default'), folder, { recursive: true });
  const { spool, observer } = await openSpool({ folder });
  expect(observer.sum('dropped'), 'a kill damages nothing').toBe(0);
  const payloads = await spool.peek(Number.MAX_SAFE_INTEGER);
  await spool.close();
  copy.remove();
  return payloads.flatMap(({ body }) =>
    decodeWriteRequest(snappyDecode(body, MAX_BYTES)).series.flatMap(({ labels, samples }) => {
      const series = formatLabels(labels);
      return samples.map(({ timestampMs }) => ({ series, timestampMs: Number(timestampMs) }));
    }),
  );
}

/** Either at a random moment, or at one of the next calls to the disk. */
async function killOnce(random: SeededRandom): Promise<void> {
  const { agent } = world;
  const call = random.pick(['', 'write', 'sync', 'rename']);
  const when = random.pick(['before', 'during', 'after']);
  const which = 1 + random.below(15);
  // An agent that dies while it starts is never ready, and that is a point like any other.
  if (call === '') await agent.run();
  else
    await agent
      .run({ NODE_OPTIONS: `--require=${KILLER}`, KILL_AT: `${call}:${which}:${when}` })
      .catch(() => undefined);
  if (call === '') await sleep(random.below(300));
  else await agent.ended(1000);
  await agent.kill();
}

async function runKills(kills: number, random: SeededRandom, backlog: boolean): Promise<void> {
  const { destination, agent, lines, spans } = world;
  const spooled = new Map<string, Set<number>>();
  await agent.kill();
  for (let kill = 0; kill < kills; kill++) {
    destination.refuseWith = backlog && random.below(2) === 0 ? 503 : 0;
    destination.answerAfterMs = random.pick([0, 0, 5, 40]);
    await killOnce(random);
    for (const { series, timestampMs } of await spooledSamples(agent.storagePath)) {
      spooled.set(series, (spooled.get(series) ?? new Set()).add(timestampMs));
    }
  }
  destination.refuseWith = 0;
  destination.answerAfterMs = 0;
  lines.stop();
  await agent.run();
  await spans.stop();
  const delivered = () => new Set([...destination.lines.values()].flat());
  const missing = () => missingFrom(destination, spooled);
  await waitUntil('every line arrived', () => delivered().size >= lines.written.length, LONG);
  await waitUntil('every span and sample arrived', () => missing().length === 0, LONG).catch(() => undefined);

  expect(missing()).toEqual([]);
  expect([...delivered()]).toEqual(lines.written);
  for (const [series, times] of destination.samples) {
    const first = [...new Set(times)];
    expect(first, `${series} is in order`).toEqual([...first].sort((a, b) => a - b));
  }
  // The last start counts for nothing: nobody killed it.
  expect(destination.repeatedRequests).toBeLessThanOrEqual(kills + 1);
  expect(destination.repeatedLogRequests).toBeLessThanOrEqual(kills + 1);
  expect(destination.repeatedTraceRequests).toBeLessThanOrEqual(kills + 1 + spans.unanswered);
  expect(spans.acknowledged.length).toBeGreaterThan(0);
  expect(readdirSync(agent.storagePath)).toContain('loki.write.store');
}

/** Spans that were acknowledged and samples that a spool held, and that the destination does not have. */
function missingFrom(destination: FakeDestination, spooled: ReadonlyMap<string, ReadonlySet<number>>): string[] {
  const spans = world.spans.acknowledged.filter((name) => !destination.spanNames.includes(name));
  const samples = [...spooled].flatMap(([series, times]) => {
    const arrived = new Set(destination.samples.get(series));
    return [...times].filter((time) => !arrived.has(time)).map((time) => `${series} at ${time}`);
  });
  return [...spans, ...samples];
}

describe('F5: kill -9 of the agent', () => {
  it('loses nothing that was stored while everything is delivered at once', async () => {
    await runKills(points(4, 100), faultRandom('F5'), false);
  }, 900_000);

  it('loses nothing that was stored while a backlog builds up and drains', async () => {
    await runKills(points(4, 100), faultRandom('F5 with a backlog'), true);
  }, 900_000);
});
