/**
 * Table `spill`: what an outage of the destination costs. While it refuses connections every push is stored on disk; then
 * it comes back and takes all of it. The CPU of both halves together, beside vmagent with its persistent queue.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TestGateway } from '../test/support/gateway.ts';
import { waitUntil } from '../test/support/wait-until.ts';
import { remoteWriteBody } from './gateway/bodies.ts';
import { type Body, type Contender, sendAll } from './gateway/load.ts';
import { writers } from './gateway/metrics.ts';
import { tenant, vmagent } from './gateway/peers.ts';
import { captureNodeExporterBody } from './node-exporter-body.ts';
import { cpuSeconds } from './processes.ts';
import { Running } from './running.ts';
import { Sink } from './sink.ts';
import { median, type Row, type RunOptions, type Table } from './table.ts';

const REQUESTS = 600;
/** Of vmagent: -remoteWrite.flushInterval with some room, and -remoteWrite.maxRowsPerBlock. */
const FLUSH_MS = 1500;
const SAMPLES_PER_BLOCK = 10_000;
const MIN_SHARE_ON_DISK = 0.8;
const TENANT = 'bench';
const DESTINATION = 'prometheus.remote_write.sink';

interface Queueing {
  readonly contender: Contender;
  /** Resolves once all of it is on disk. */
  stored(items: number): Promise<void>;
  /** Where one can say "try now"; who cannot is waited for. */
  retry(): Promise<void>;
}

export const spillTable: Table = {
  name: 'spill',
  title: 'An outage of the destination: stored on disk, then delivered',
  // The gateway bundles itself when it starts.
  bundles: [],
  async run(options) {
    const running = new Running();
    try {
      const sink = running.keep(await Sink.start());
      const gateway = running.keep(await TestGateway.start());
      return await spill(running, sink, gateway, options);
    } finally {
      await running.stop();
    }
  },
};

async function spill(running: Running, sink: Sink, gateway: TestGateway, options: RunOptions): Promise<Row[]> {
  const { rounds, progress } = options;
  const captured = await captureNodeExporterBody();
  const body = remoteWriteBody(captured);
  progress(`body: ${captured.samples} samples, ${captured.rawBytes} bytes, ${captured.compressed.length} compressed`);
  const both = [await ours(sink, gateway), await peer(running, sink)];
  for (const queueing of both) await outage(queueing, body, REQUESTS, sink);
  const results = both.map((): Outage[] => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, queueing] of both.entries()) results[i]!.push(await outage(queueing, body, REQUESTS, sink));
    const shown = both.map(({ contender }, i) => `${contender.name} ${describe(results[i]!.at(-1)!)}`).join(', ');
    progress(`round ${round} of ${rounds}: ${shown}`);
  }
  const row = (name: string, part: (outage: Outage) => number, unit: string, what: string): Row => {
    const [a, b] = results.map((all) => median(all.map(part))) as [number, number];
    return { name, ours: a, peer: b, unit, what };
  };
  const cpu = 'µs CPU per sample';
  return [
    row('outage', (one) => one.storedUs + one.drainedUs, cpu, 'gateway | vmagent: stored, then delivered'),
    row('store', (one) => one.storedUs, cpu, 'the half while the destination is gone'),
    row('drain', (one) => one.drainedUs, cpu, 'the half when it is back'),
    row('requests', (one) => one.requests, 'requests', `to deliver ${REQUESTS} pushes of ${captured.samples} samples`),
  ];
}

async function ours(sink: Sink, gateway: TestGateway): Promise<Queueing> {
  const path = '/samples/ours';
  return {
    contender: await tenant(gateway, TENANT, writers(sink.url, path), '/api/v1/push', [path]),
    // Acknowledged is stored: this proves that it did not go another way.
    stored: (items) =>
      waitUntil(
        'the outbox holds every sample',
        async () => (await gateway.queuedItems(TENANT)) === items || undefined,
      ).then(() => undefined),
    retry: async () => {
      await gateway.admin('POST', `/tenants/${TENANT}/outbox/retry?destination=${DESTINATION}`);
    },
  };
}

async function peer(running: Running, sink: Sink): Promise<Queueing> {
  // By default it keeps up to 400 blocks in memory, for ever: that would be no queue on disk. This leaves two.
  const contender = await vmagent(running, sink, ['/samples/peer'], undefined, ['-memory.allowedBytes=1MB']);
  const metrics = new URL('/metrics', contender.pushUrl);
  const read = async (name: string) => {
    const text = await (await fetch(metrics, { headers: { authorization: contender.authorization } })).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  };
  return {
    contender,
    // Beside the file there is a block that each of its senders holds, and what it flushes after a second.
    stored: async (items) => {
      await sleep(FLUSH_MS);
      const blocks =
        (await read('vm_persistentqueue_blocks_written_total')) - (await read('vm_persistentqueue_blocks_read_total'));
      if (blocks < MIN_SHARE_ON_DISK * (items / SAMPLES_PER_BLOCK))
        throw new Error(`vmagent has only ${blocks} blocks on disk`);
    },
    retry: () => Promise.resolve(),
  };
}

interface Outage {
  readonly storedUs: number;
  readonly drainedUs: number;
  readonly requests: number;
}

async function outage(
  { contender, stored, retry }: Queueing,
  body: Body,
  requests: number,
  sink: Sink,
): Promise<Outage> {
  const { pid, sinkPaths } = contender;
  const [path] = sinkPaths as [string];
  const items = requests * body.items;
  const expected = sink.items(path) + items;
  const requestsBefore = sink.requests(path);
  await sink.close();
  const started = cpuSeconds(pid);
  await sendAll(
    contender,
    Array.from({ length: requests }, () => body),
  );
  await stored(items);
  const full = cpuSeconds(pid);
  await sink.listen();
  await retry();
  await waitUntil(`all ${items} items arrived at ${path}`, () => sink.items(path) >= expected, { timeoutMs: 120_000 });
  // What it does behind the last answer belongs to it too.
  await sleep(200);
  const empty = cpuSeconds(pid);
  if (sink.items(path) !== expected) throw new Error(`too much arrived at ${path}`);
  const perSample = (seconds: number) => (seconds / items) * 1e6;
  return {
    storedUs: perSample(full - started),
    drainedUs: perSample(empty - full),
    requests: sink.requests(path) - requestsBefore,
  };
}

function describe({ storedUs, drainedUs, requests }: Outage): string {
  return `${storedUs.toFixed(3)} + ${drainedUs.toFixed(3)} µs in ${requests} requests`;
}
