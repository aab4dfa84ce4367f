/** What the rows push: real series of node_exporter, log lines as web servers write them, spans as the SDK encodes them. */
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { snappyEncode } from '../../core/codec/snappy.ts';
import { labelsFromRecord } from '../../core/labels/labels.ts';
import { encodeLokiPush } from '../../core/wire/loki/push.ts';
import type { WriteBody } from '../node-exporter-body.ts';
import type { Body } from './load.ts';

/** Of a body without compression, where the row says 1 MB. */
const MEGABYTE = 1_000_000;

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const REMOTE_WRITE = { ...PROTOBUF, 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' };

export function remoteWriteBody({ compressed, samples }: WriteBody): Body {
  return { bytes: compressed, items: samples, headers: REMOTE_WRITE };
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE'];
const LEVELS = ['info', 'info', 'info', 'warn', 'error', 'debug'];
const STREAMS = 8;

/** Access logs of eight hosts in JSON. */
export function lokiBody(): Body {
  const random = generator();
  const hosts = Array.from({ length: STREAMS }, () => [] as { timestampNs: bigint; line: string; metadata: [] }[]);
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  let lines = 0;
  for (let size = 0; size < MEGABYTE; lines++) {
    const line = JSON.stringify({
      time: new Date(Date.UTC(2026, 0, 1) + lines).toISOString(),
      level: LEVELS[random(LEVELS.length)],
      method: METHODS[random(METHODS.length)],
      path: `/api/v1/items/${random(100_000)}`,
      status: 200 + random(300),
      duration_ms: random(10_000) / 10,
      remote: `10.0.${random(256)}.${random(256)}`,
    });
    hosts[lines % STREAMS]!.push({ timestampNs: nowNs + BigInt(lines), line, metadata: [] });
    size += line.length;
  }
  const streams = hosts.map((entries, host) => ({
    labels: labelsFromRecord({ job: 'nginx', host: `host-${host}.example.com` }),
    entries,
  }));
  return { bytes: snappyEncode(encodeLokiPush(streams)), items: lines, headers: PROTOBUF };
}

/** Spans of one service with the attributes of HTTP servers. */
export function tracesBody(): Body {
  const random = generator();
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'host.name': 'host-1.example.com' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('http');
  const encode = () => ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans()) as Uint8Array;
  let bytes = new Uint8Array() as Uint8Array;
  let items = 0;
  while (bytes.length < MEGABYTE) {
    for (let i = 0; i < 200; i++, items++) {
      const attributes = {
        'http.request.method': METHODS[random(METHODS.length)]!,
        'url.path': `/api/v1/items/${random(100_000)}`,
        'http.response.status_code': 200 + random(300),
        'client.address': `10.0.${random(256)}.${random(256)}`,
      };
      tracer.startSpan(`span ${random(20)}`, { attributes }).end();
    }
    bytes = encode();
  }
  return { bytes, items, headers: PROTOBUF };
}

/** The same numbers in every run. */
function generator(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
