/** `otelcol.receiver.otlp`: takes traces over OTLP/HTTP. Listens on loopback unless the configuration says otherwise. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { block, body, type Decoded, optional, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { contents, otelConsumer } from '../../core/pipeline/capsules.ts';
import { graphChanged, type OtelConsumer } from '../../core/pipeline/nodes.ts';
import type { TracesBatch } from '../../core/pipeline/signals.ts';
import { refuseUnsupported } from '../../core/pipeline/unsupported.ts';
import type { HostContext, PipelineWriter } from '../context.ts';
import { corsSchema, debugMetricsSchema, keepaliveServerSchema, tlsServerSchema } from '../declared/blocks/otelcol.ts';
import { createOtlpServer, type OtlpHttpSettings } from '../receive/otlp-http.ts';
import { formatListenAddress, parseListenAddress } from '../runtime/listen-address.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const COMPRESSIONS = ['', 'gzip', 'zstd', 'zlib', 'snappy', 'deflate', 'lz4'];

const httpSchema = body({
  endpoint: withDefault(t.string, '127.0.0.1:4318', {
    doc: 'Where to listen. Alloy listens on all addresses by default; this does not.',
  }),
  traces_url_path: withDefault(t.string, '/v1/traces', { doc: 'Path for traces.' }),
  metrics_url_path: withDefault(t.string, '/v1/metrics', { doc: 'Path for metrics.' }),
  logs_url_path: withDefault(t.string, '/v1/logs', { doc: 'Path for logs.' }),
  max_request_body_size: withDefault(t.size, 20 * 1024 * 1024, { text: '20MiB', doc: 'Bytes, uncompressed.' }),
  include_metadata: withDefault(t.bool, false, { doc: 'Hand headers of requests on.' }),
  compression_algorithms: withDefault(t.list(t.string), COMPRESSIONS, {
    doc: 'gzip, zlib and deflate are understood.',
  }),
  idle_timeout: withDefault(t.duration, 60_000, { text: '1m', doc: 'How long an unused connection is kept.' }),
  keep_alives_enabled: withDefault(t.bool, true, { doc: 'Keep connections for further requests.' }),
  read_header_timeout: withDefault(t.duration, 60_000, { text: '1m', doc: 'How long headers may take.' }),
  read_timeout: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'How long a request may take; 0s: as long as it likes.',
  }),
  write_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long an answer may take.' }),
  auth: optional(t.capsule('otelcol.Handler'), { doc: 'What checks who sends.' }),
  tls: block(tlsServerSchema, { doc: 'TLS settings of the server.' }),
  cors: block(corsSchema, { doc: 'Which web pages may send.' }),
});

const grpcSchema = body({
  endpoint: withDefault(t.string, '0.0.0.0:4317', { doc: 'Where to listen.' }),
  transport: withDefault(t.string, 'tcp', { doc: 'tcp, or unix for a socket of the file system.' }),
  max_recv_msg_size: withDefault(t.size, 4 * 1024 * 1024, { text: '4MiB', doc: 'Bytes of a message.' }),
  max_concurrent_streams: optional(t.number, { doc: 'Streams of a connection at once.' }),
  read_buffer_size: withDefault(t.size, 512 * 1024, { text: '512KiB', doc: 'Bytes of the buffer for reading.' }),
  write_buffer_size: optional(t.size, { doc: 'Bytes of the buffer for writing.' }),
  include_metadata: withDefault(t.bool, false, { doc: 'Hand headers of requests on.' }),
  auth: optional(t.capsule('otelcol.Handler'), { doc: 'What checks who sends.' }),
  tls: block(tlsServerSchema, { doc: 'TLS settings of the server.' }),
  keepalive: block(keepaliveServerSchema, { doc: 'How connections are kept.' }),
});

const schema = body({
  http: block(httpSchema, { doc: 'Listen for OTLP over HTTP.' }),
  grpc: block(grpcSchema, { doc: 'Not supported yet.' }),
  output: requiredBlock(
    body({
      traces: withDefault(t.list(otelConsumer), [], { doc: 'Consumers of the spans.' }),
      metrics: withDefault(t.list(otelConsumer), [], { doc: 'Consumers of the metrics.' }),
      logs: withDefault(t.list(otelConsumer), [], { doc: 'Consumers of the log records.' }),
    }),
    { doc: 'Where the data goes.' },
  ),
  debug_metrics: block(debugMetricsSchema, { doc: "The component's own metrics." }),
});

type Arguments = Decoded<typeof schema>;

const LISTEN_RETRY_MS = 5000;

class OtelcolReceiverOtlp implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #writer: PipelineWriter<TracesBatch>;
  #args: Arguments;
  #consumers: readonly OtelConsumer[] = [];
  #changed = new AbortController();
  #listening = '';
  #problem = '';

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#args = args;
    this.#writer = context.openTraces(() => this.#consumers);
    this.update(args);
  }

  update(args: Arguments): void {
    check(args);
    const moved = args.http?.endpoint !== this.#args.http?.endpoint;
    this.#args = args;
    this.#consumers = contents(args.output.traces);
    graphChanged();
    if (moved) this.#changed.abort();
  }

  exports() {
    return {};
  }

  async run(signal: StopSignal): Promise<void> {
    const stop = toAbortSignal(signal);
    while (!stop.aborted) {
      this.#changed = new AbortController();
      const until = AbortSignal.any([stop, this.#changed.signal]);
      const { http } = this.#args;
      if (http === undefined) await aborted(until);
      else await this.#listen(http.endpoint, until);
    }
  }

  health() {
    if (this.#problem === '') return { state: 'healthy', message: '' } as const;
    return { state: 'unhealthy', message: this.#problem } as const;
  }

  /** Where it listens, with the real port where port 0 was asked for. */
  debugInfo() {
    return { http: this.#listening };
  }

  async #listen(endpoint: string, until: AbortSignal): Promise<void> {
    const { logger, clock, telemetry, componentId } = this.#context;
    const received = telemetry.counter(
      'otelcol_receiver_accepted_spans_total',
      'Spans taken.',
      { component_id: componentId, transport: 'http' },
      componentId,
    );
    const write = async (batch: TracesBatch) => {
      await this.#writer.write(batch);
      received.add(batch.spans);
    };
    const server = createOtlpServer(() => this.#settings(), write);
    try {
      this.#listening = await listen(server, endpoint);
      this.#problem = '';
      logger.info('listening for OTLP over HTTP', { address: this.#listening });
      await aborted(until);
    } catch (error) {
      this.#problem = `cannot listen on ${endpoint}: ${(error as Error).message}`;
      logger.error(this.#problem);
      await clock.sleep(LISTEN_RETRY_MS, until);
    } finally {
      this.#listening = '';
      await close(server);
    }
  }

  #settings(): OtlpHttpSettings {
    const { http } = this.#args;
    if (http === undefined) throw new Error('BUG: serving without an http block');
    return {
      tracesPath: http.traces_url_path,
      otherPaths: [http.metrics_url_path, http.logs_url_path],
      maxBodyBytes: http.max_request_body_size,
      idleTimeoutMs: http.idle_timeout,
      headerTimeoutMs: http.read_header_timeout,
      readTimeoutMs: http.read_timeout,
    };
  }
}

function check(args: Arguments): void {
  if (args.grpc !== undefined) {
    throw new ArgumentError(
      'grpc',
      'OTLP over gRPC is not supported yet; leave the grpc block out and send OTLP over HTTP',
    );
  }
  for (const signal of ['metrics', 'logs'] as const) {
    if (args.output[signal].length === 0) continue;
    throw new ArgumentError(
      `output.${signal}`,
      `OTLP ${signal} are not supported yet; only output.traces can be connected`,
    );
  }
  const { http } = args;
  if (http === undefined) return;
  if (parseListenAddress(http.endpoint) === undefined) {
    throw new ArgumentError('http.endpoint', `${JSON.stringify(http.endpoint)} is not an address like 127.0.0.1:4318`);
  }
  const unsupported = [
    'include_metadata',
    'keep_alives_enabled',
    'write_timeout',
    'auth',
    'compression_algorithms',
  ] as const;
  refuseUnsupported(http, httpSchema, unsupported, 'http');
  if (http.tls !== undefined) throw new ArgumentError('http.tls', 'TLS is not supported here yet; leave the block out');
  if (http.cors !== undefined)
    throw new ArgumentError('http.cors', 'CORS is not supported here yet; leave the block out');
}

function listen(server: Server, endpoint: string): Promise<string> {
  const address = parseListenAddress(endpoint);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.removeListener('error', reject);
      const bound = server.address() as AddressInfo;
      resolve(formatListenAddress({ host: bound.address, port: bound.port }));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // A sender that is in the middle of a request gets a moment for it, and no more.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export const otelcolReceiverOtlp = defineComponent<typeof schema, HostContext>({
  name: 'otelcol.receiver.otlp',
  summary: 'Takes traces over OTLP/HTTP.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  create: (context, args) => new OtelcolReceiverOtlp(context, args),
});
