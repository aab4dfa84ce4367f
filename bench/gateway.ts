/** Table `gateway`: what the gateway costs per sample in plain workerd, beside vmagent with the same input and output. */
import { Agent, request } from 'node:http';
import { TestGateway } from '../test/support/gateway.ts';
import { startVmagent } from '../test/support/peers.ts';
import { waitUntil } from '../test/support/wait-until.ts';
import { captureNodeExporterBody, type WriteBody } from './node-exporter-body.ts';
import { cpuSeconds } from './processes.ts';
import { Running } from './running.ts';
import { Sink } from './sink.ts';
import { median, type Row, type RunOptions, type Table } from './table.ts';

const WARM_UP_REQUESTS = 100;
const REQUESTS_A_ROUND = 300;
/** As many as there are senders with a batch ready at a time. */
const CONCURRENCY = 4;

interface Contender {
  readonly pid: number;
  readonly pushUrl: string;
  readonly authorization: string;
  /** Where its output arrives. */
  readonly sinkPath: string;
}

export const gatewayTable: Table = {
  name: 'gateway',
  title: 'Gateway in workerd and vmagent: CPU per sample',
  // The gateway bundles itself when it starts.
  bundles: [],
  run: async (options) => [await runForward(options)],
};

async function runForward({ rounds, progress }: RunOptions): Promise<Row> {
  const body = await captureNodeExporterBody();
  progress(`body: ${body.samples} samples, ${body.rawBytes} bytes, ${body.compressed.length} compressed`);
  const running = new Running();
  try {
    const sink = running.keep(await Sink.start());
    const gateway = running.keep(await TestGateway.start());
    const password = 'a-password-of-the-benchmark';
    const vmagent = running.keep(
      await startVmagent({
        flags: [`-remoteWrite.url=${sink.url}/peer`, '-httpAuth.username=bench', `-httpAuth.password=${password}`],
      }),
    );
    const token = await gateway.createTenant('bench', forwardTo(`${sink.url}/ours`), ['metrics:write']);
    const ours: Contender = {
      pid: gateway.pid,
      pushUrl: `${gateway.url}/api/v1/push`,
      authorization: `Bearer ${token}`,
      sinkPath: '/ours',
    };
    const peer: Contender = {
      pid: vmagent.pid,
      pushUrl: `${vmagent.url}/api/v1/write`,
      authorization: `Basic ${Buffer.from(`bench:${password}`).toString('base64')}`,
      sinkPath: '/peer',
    };
    for (const contender of [ours, peer]) await measure(contender, body, sink, WARM_UP_REQUESTS);
    const microseconds = { ours: [] as number[], peer: [] as number[] };
    for (let round = 1; round <= rounds; round++) {
      microseconds.ours.push(await measure(ours, body, sink, REQUESTS_A_ROUND));
      microseconds.peer.push(await measure(peer, body, sink, REQUESTS_A_ROUND));
      const [a, b] = [microseconds.ours.at(-1)!, microseconds.peer.at(-1)!];
      progress(`round ${round} of ${rounds}: gateway ${a.toFixed(2)}, vmagent ${b.toFixed(2)} µs a sample`);
    }
    return {
      name: 'forward',
      ours: median(microseconds.ours),
      peer: median(microseconds.peer),
      unit: 'µs CPU per sample',
      what: 'gateway with token check | vmagent with password check',
    };
  } finally {
    await running.stop();
  }
}

function forwardTo(url: string): string {
  return `
spillway.receive "default" {
  metrics = [prometheus.remote_write.sink.receiver]
}

prometheus.remote_write "sink" {
  endpoint {
    url = "${url}"
  }
}
`;
}

/** CPU microseconds per sample, from the first request until the last sample has arrived at the sink. */
async function measure(contender: Contender, body: WriteBody, sink: Sink, requests: number): Promise<number> {
  const samples = requests * body.samples;
  const expected = sink.samples(contender.sinkPath) + samples;
  const before = cpuSeconds(contender.pid);
  await sendAll(contender, body, requests);
  await waitUntil(
    `all ${samples} samples arrived at ${contender.sinkPath}`,
    () => sink.samples(contender.sinkPath) >= expected,
  );
  const seconds = cpuSeconds(contender.pid) - before;
  if (sink.samples(contender.sinkPath) !== expected) throw new Error(`more samples arrived than were sent`);
  return (seconds / samples) * 1e6;
}

async function sendAll(contender: Contender, body: WriteBody, requests: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  let left = requests;
  const worker = async () => {
    while (left-- > 0) await push(contender, body, agent);
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  } finally {
    agent.destroy();
  }
}

function push({ pushUrl, authorization }: Contender, { compressed }: WriteBody, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization,
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'content-length': compressed.length,
      'x-prometheus-remote-write-version': '0.1.0',
    };
    const outgoing = request(pushUrl, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200 || response.statusCode === 204) resolve();
        else reject(new Error(`${pushUrl} answered ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(compressed);
  });
}
