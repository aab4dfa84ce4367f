/** Rows `forward` and `five-rules-two-destinations`: a body of real series, pushed again and again. */
import { snappyDecode } from '../../core/codec/snappy.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import type { Bench } from '../gateway.ts';
import { captureNodeExporterBody, type WriteBody } from '../node-exporter-body.ts';
import type { Row } from '../table.ts';
import { remoteWriteBody } from './bodies.ts';
import { type Contender, compare } from './load.ts';
import { tenant, vmagent, vmauth } from './peers.ts';

const REQUESTS = 300;
const PUSH = '/api/v1/push';
const UNIT = 'µs CPU per sample';

export async function forward({ running, sink, gateway, options }: Bench): Promise<Row[]> {
  const body = await capture(options.progress);
  const ours = await tenant(gateway, 'bench', writers(sink.url, '/samples/ours'), PUSH, ['/samples/ours']);
  const peer = await vmagent(running, sink, ['/samples/peer']);
  const floor = await vmauth(running, sink, '/samples/floor');
  const load = { bodies: [remoteWriteBody(body)], requests: REQUESTS };
  const [a, b, c] = (await compare([ours, peer, floor], load, sink, options.rounds, options.progress)) as number[];
  return [
    { name: 'forward', ours: a!, peer: b!, unit: UNIT, what: 'gateway: token, limits, counting | vmagent: password' },
    { name: 'forward-floor', ours: a!, peer: c!, unit: UNIT, what: 'the same | vmauth: password, decodes nothing' },
  ];
}

const DROPPED = 'node_(softnet|scrape)_.*';
const KEPT = '(node|go|process|promhttp)_.*';

export async function fiveRules({ running, sink, gateway, options }: Bench): Promise<Row[]> {
  const body = await capture(options.progress);
  const kept = remaining(body);
  const withRules = (contender: Contender): Contender => ({ ...contender, keeps: () => kept });
  const oursPaths = ['/samples/ours-1', '/samples/ours-2'];
  const ours = await tenant(gateway, 'bench', relabelled(sink.url, oursPaths), PUSH, oursPaths);
  const peer = await vmagent(running, sink, ['/samples/peer-1', '/samples/peer-2'], RULES_YAML);
  const load = { bodies: [remoteWriteBody(body)], requests: REQUESTS };
  const both = [withRules(ours), withRules(peer)];
  const [a, b] = (await compare(both, load, sink, options.rounds, options.progress)) as number[];
  const what = 'gateway | vmagent: drop, replace, labeldrop, join, keep; two destinations';
  return [{ name: 'five-rules-two-destinations', ours: a!, peer: b!, unit: UNIT, what }];
}

async function capture(progress: (text: string) => void): Promise<WriteBody> {
  const body = await captureNodeExporterBody();
  progress(`body: ${body.samples} samples, ${body.rawBytes} bytes, ${body.compressed.length} compressed`);
  return body;
}

/** Samples that the rules let pass, counted the plain way. */
function remaining({ compressed }: WriteBody): number {
  const { series } = decodeWriteRequest(snappyDecode(compressed, 1e9));
  const names = series.map(({ labels }) => labels.find(({ name }) => name === '__name__')?.value ?? '');
  const passes = (name: string) => !new RegExp(`^${DROPPED}$`).test(name) && new RegExp(`^${KEPT}$`).test(name);
  return series.reduce((sum, { samples }, i) => sum + (passes(names[i]!) ? samples.length : 0), 0);
}

/** A pipeline that sends on as it is. */
export function writers(sinkUrl: string, path: string): string {
  return `
spillway.receive "default" {
  metrics = [prometheus.remote_write.sink.receiver]
}

prometheus.remote_write "sink" {
  endpoint {
    url = "${sinkUrl}${path}"
  }
}
`;
}

function relabelled(sinkUrl: string, [first, second]: readonly string[]): string {
  return `
spillway.receive "default" {
  metrics = [prometheus.relabel.five.receiver]
}

prometheus.relabel "five" {
  forward_to = [prometheus.remote_write.first.receiver, prometheus.remote_write.second.receiver]

  rule {
    source_labels = ["__name__"]
    regex         = "${DROPPED}"
    action        = "drop"
  }
  rule {
    source_labels = ["instance"]
    regex         = "([^:]+):.*"
    target_label  = "host"
    replacement   = "$1"
  }
  rule {
    regex  = "job"
    action = "labeldrop"
  }
  rule {
    source_labels = ["host", "__name__"]
    separator     = "/"
    target_label  = "key"
  }
  rule {
    source_labels = ["__name__"]
    regex         = "${KEPT}"
    action        = "keep"
  }
}

prometheus.remote_write "first" {
  endpoint {
    url = "${sinkUrl}${first}"
  }
}

prometheus.remote_write "second" {
  endpoint {
    url = "${sinkUrl}${second}"
  }
}
`;
}

const RULES_YAML = `
- source_labels: [__name__]
  regex: '${DROPPED}'
  action: drop
- source_labels: [instance]
  regex: '([^:]+):.*'
  target_label: host
  replacement: '$1'
- regex: job
  action: labeldrop
- source_labels: [host, __name__]
  separator: /
  target_label: key
- source_labels: [__name__]
  regex: '${KEPT}'
  action: keep
`;
