/** Pushes bodies at a contender and says what CPU it spent until the last item had arrived where it belongs. */
import { Agent, request } from 'node:http';
import { waitUntil } from '../../test/support/wait-until.ts';
import { cpuSeconds } from '../processes.ts';
import type { Sink } from '../sink.ts';
import { median } from '../table.ts';

/** Before the first round, of each contender: by then V8 has compiled also what runs once a push. */
const WARM_UP_REQUESTS = 1_500;

/** As many as there are senders with a batch ready at a time. */
const CONCURRENCY = 4;

export interface Body {
  readonly bytes: Uint8Array;
  /** Samples, lines or spans. */
  readonly items: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly pushUrl: string;
  readonly authorization: string;
  /** Where its output arrives, and how many items of the input do: rules may drop some. */
  readonly sinkPaths: readonly string[];
  readonly keeps?: (items: number) => number;
}

export interface Load {
  readonly bodies: readonly Body[];
  /** In one round; the bodies take turns. */
  readonly requests: number;
  /** Where 1,500 take too long and most of the time goes by within a push. */
  readonly warmUpRequests?: number;
}

/**
 * Rounds alternate between the contenders, so that what disturbs the machine disturbs all of them. Medians of CPU
 * microseconds per item, in the order of the contenders.
 */
export async function compare(
  contenders: readonly Contender[],
  load: Load,
  sink: Sink,
  rounds: number,
  progress: (text: string) => void,
): Promise<number[]> {
  const warmUp = { ...load, requests: load.warmUpRequests ?? WARM_UP_REQUESTS };
  for (const contender of contenders) await measure(contender, warmUp, sink);
  const results = contenders.map((): number[] => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, contender] of contenders.entries()) results[i]!.push(await measure(contender, load, sink));
    const shown = contenders.map(({ name }, i) => `${name} ${results[i]!.at(-1)!.toFixed(3)}`).join(', ');
    progress(`round ${round} of ${rounds}: ${shown} µs`);
  }
  return results.map(median);
}

async function measure(contender: Contender, { bodies, requests }: Load, sink: Sink): Promise<number> {
  const { pid, sinkPaths, keeps = (items: number) => items } = contender;
  const sent = Array.from({ length: requests }, (_, i) => bodies[i % bodies.length]!);
  const items = sent.reduce((sum, body) => sum + body.items, 0);
  const kept = sent.reduce((sum, body) => sum + keeps(body.items), 0);
  const expected = new Map(sinkPaths.map((path) => [path, sink.items(path) + kept]));
  const before = cpuSeconds(pid);
  await sendAll(contender, sent);
  for (const [path, count] of expected) {
    await waitUntil(`all ${kept} items arrived at ${path}`, () => sink.items(path) >= count);
  }
  const seconds = cpuSeconds(pid) - before;
  for (const [path, count] of expected) if (sink.items(path) !== count) throw new Error(`too much arrived at ${path}`);
  return (seconds / items) * 1e6;
}

export async function sendAll(contender: Contender, bodies: readonly Body[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  let next = 0;
  const worker = async () => {
    while (next < bodies.length) await push(contender, bodies[next++]!, agent);
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    agent.destroy();
  }
}

export function push(
  { pushUrl, authorization }: Pick<Contender, 'pushUrl' | 'authorization'>,
  { bytes, headers }: Body,
  agent: Agent,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, authorization, 'content-length': bytes.length };
    const outgoing = request(pushUrl, { method: 'POST', agent, headers: all }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200 || response.statusCode === 204) resolve();
        else reject(new Error(`${pushUrl} answered ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}
