/** Row `hundred-thousand-series`: as many different series in turn, and what the isolate holds in memory afterwards. */

import type { Bench } from '../gateway.ts';
import { captureNodeExporterBodies } from '../node-exporter-body.ts';
import { memory } from '../processes.ts';
import type { Row } from '../table.ts';
import { remoteWriteBody } from './bodies.ts';
import { isolateBytes } from './heap.ts';
import { compare } from './load.ts';
import { writers } from './metrics.ts';
import { tenant, vmagent } from './peers.ts';

const BODIES = 50;
const MEBIBYTE = 1024 * 1024;
/** What Cloudflare gives an isolate. */
const ISOLATE_MIB = 128;

export async function hundredThousandSeries(bench: Bench): Promise<Row[]> {
  const { running, sink, gateway, inspectorAddress, options } = bench;
  const captured = await captureNodeExporterBodies(BODIES);
  const series = captured.reduce((sum, { samples }) => sum + samples, 0);
  options.progress(`${series} series in ${BODIES} bodies`);
  const pipeline = writers(sink.url, '/samples/ours');
  const ours = await tenant(gateway, 'bench', pipeline, '/api/v1/push', ['/samples/ours']);
  const peer = await vmagent(running, sink, ['/samples/peer']);
  const load = { bodies: captured.map(remoteWriteBody), requests: BODIES * 6 };
  const [a, b] = (await compare([ours, peer], load, sink, options.rounds, options.progress)) as number[];
  const heap = await isolateBytes(inspectorAddress, gateway.url);
  const peerBytes = memory(peer.pid).residentBytes;
  const cpu = 'gateway | vmagent, every body of other series';
  return [
    { name: 'hundred-thousand-series', ours: a!, peer: b!, unit: 'µs CPU per sample', what: cpu },
    {
      name: 'hundred-thousand-series-memory',
      ours: heap / MEBIBYTE,
      peer: peerBytes / MEBIBYTE,
      unit: 'MiB',
      what: `isolate's heap and buffers, of ${ISOLATE_MIB} on Cloudflare | resident memory of vmagent`,
    },
  ];
}
