/**
 * Rows `latency-p50` and `latency-p99`: how much longer a push takes through the gateway, and through vmauth, than straight
 * to the sink. At a fixed rate, whether the answer before has come or not, as many independent senders would push.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../gateway.ts';
import { captureNodeExporterBody } from '../node-exporter-body.ts';
import { median, type Row } from '../table.ts';
import { remoteWriteBody } from './bodies.ts';
import { type Contender, push } from './load.ts';
import { writers } from './metrics.ts';
import { tenant, vmauth } from './peers.ts';

const PER_SECOND = 40;
const SECONDS = 5;
const UNIT = 'ms added';

export async function latency({ running, sink, gateway, options }: Bench): Promise<Row[]> {
  const body = remoteWriteBody(await captureNodeExporterBody());
  const ours = await tenant(gateway, 'bench', writers(sink.url, '/samples/ours'), '/api/v1/push', ['/samples/ours']);
  const peer = await vmauth(running, sink, '/samples/peer');
  const direct = { ...peer, name: 'direct', pushUrl: `${sink.url}/samples/direct` };
  const ways = [direct, ours, peer];
  const times = ways.map(() => ({ p50: [] as number[], p99: [] as number[] }));
  const measure = async (way: Contender) => {
    const sorted = (await atFixedRate(way, body)).sort((a, b) => a - b);
    const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
    return { p50: quantile(0.5), p99: quantile(0.99) };
  };
  for (const way of ways) await measure(way);
  for (let round = 1; round <= options.rounds; round++) {
    for (const [i, way] of ways.entries()) {
      const { p50, p99 } = await measure(way);
      times[i]!.p50.push(p50);
      times[i]!.p99.push(p99);
    }
    const shown = ways.map(({ name }, i) => `${name} ${times[i]!.p50.at(-1)!.toFixed(2)}`).join(', ');
    options.progress(`round ${round} of ${options.rounds}: ${shown} ms at p50`);
  }
  return (['p50', 'p99'] as const).map((name) => {
    const [straight, through, peers] = times.map((time) => median(time[name])) as [number, number, number];
    const what = `gateway | vmauth, ${PER_SECOND} pushes a second; straight ${straight.toFixed(2)} ms`;
    return { name: `latency-${name}`, ours: through - straight, peer: peers - straight, unit: UNIT, what };
  });
}

/** Milliseconds of each push. */
async function atFixedRate(way: Contender, body: Parameters<typeof push>[1]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const startMs = performance.now();
  const pushes: Promise<number>[] = [];
  try {
    for (let i = 0; i < PER_SECOND * SECONDS; i++) {
      const waitMs = startMs + (i * 1000) / PER_SECOND - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const sentMs = performance.now();
      pushes.push(push(way, body, agent).then(() => performance.now() - sentMs));
    }
    return await Promise.all(pushes);
  } finally {
    agent.destroy();
  }
}
