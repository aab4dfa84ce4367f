/**
 * Rows `loki-two-stages` and `otlp-pass`: a megabyte a push. Debian has no program that does the same, so the peer is
 * vmauth, which passes the bytes on without a look: the ratio says how far from doing nothing we are.
 */
import type { Bench } from '../gateway.ts';
import type { Row } from '../table.ts';
import { lokiBody, tracesBody } from './bodies.ts';
import { compare } from './load.ts';
import { tenant, vmauth } from './peers.ts';

const REQUESTS = 40;

export async function lokiTwoStages({ running, sink, gateway, options }: Bench): Promise<Row[]> {
  const body = lokiBody();
  options.progress(`loki: ${body.items} lines, ${body.bytes.length} bytes compressed`);
  const pipeline = `
spillway.receive "default" {
  logs = [loki.process.two.receiver]
}

loki.process "two" {
  forward_to = [loki.write.sink.receiver]

  stage.json {
    expressions = { level = "level" }
  }
  stage.labels {
    values = { level = "" }
  }
}

loki.write "sink" {
  endpoint {
    url = "${sink.url}/lines/ours"
  }
}
`;
  const ours = await tenant(gateway, 'bench', pipeline, '/loki/api/v1/push', ['/lines/ours']);
  const peer = await vmauth(running, sink, '/lines/peer');
  const load = { bodies: [body], requests: REQUESTS, warmUpRequests: 3 * REQUESTS };
  const [a, b] = (await compare([ours, peer], load, sink, options.rounds, options.progress)) as number[];
  const what = 'gateway: stage.json and stage.labels | vmauth, decodes nothing';
  return [{ name: 'loki-two-stages', ours: a!, peer: b!, unit: 'µs CPU per line', what }];
}

export async function otlpPass({ running, sink, gateway, options }: Bench): Promise<Row[]> {
  const body = tracesBody();
  options.progress(`otlp: ${body.items} spans, ${body.bytes.length} bytes`);
  const pipeline = `
spillway.receive "default" {
  traces = [otelcol.exporter.otlphttp.sink.input]
}

otelcol.exporter.otlphttp "sink" {
  client {
    endpoint    = "${sink.url}/spans/ours"
    compression = "none"
  }
}
`;
  const ours = await tenant(gateway, 'bench', pipeline, '/v1/traces', ['/spans/ours/v1/traces']);
  const peer = await vmauth(running, sink, '/spans/peer');
  const load = { bodies: [body], requests: REQUESTS, warmUpRequests: 3 * REQUESTS };
  const [a, b] = (await compare([ours, peer], load, sink, options.rounds, options.progress)) as number[];
  const what = 'gateway: decodes and counts | vmauth, decodes nothing';
  return [{ name: 'otlp-pass', ours: a!, peer: b!, unit: 'µs CPU per span', what }];
}
