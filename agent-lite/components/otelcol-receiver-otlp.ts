/** `otelcol.receiver.otlp`: takes metrics, logs and traces over OTLP/HTTP. Listens on loopback unless the configuration says otherwise. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { block, body, type Decoded, optional, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { contents, otelConsumer } from '../../core/pipeline/capsules.ts';
import { graphChanged, type OtelConsumer } from '../../core/pipeline/nodes.ts';
import {
  countOtlp,
  type OtlpBatch,
  type OtlpLogsBatch,
  type OtlpMetricsBatch,
  type TracesBatch,
} from '../../core/pipeline/signals.ts';
import { refuseUnsupported } from '../../core/pipeline/unsupported.ts';
import type { HostContext, PipelineWriter } from '../context.ts';
import { corsSchema, debugMetricsSchema, keepaliveServerSchema, tlsServerSchema } from '../declared/blocks/otelcol.ts';
import { HttpListener } from '../receive/http-listener.ts';
import { createOtlpServer, type OtlpHttpSettings } from '../receive/otlp-http.ts';
import { parseListenAddress } from '../runtime/listen-address.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';
import type { Counter } from '../telemetry/metrics.ts';

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

type OtlpSignal = OtlpBatch['signal'];

const SIGNALS: readonly OtlpSignal[] = ['metrics', 'logs', 'traces'];

const ACCEPTED = {
  metrics: { name: 'otelcol_receiver_accepted_metric_points_total', help: 'Data points taken.' },
  logs: { name: 'otelcol_receiver_accepted_log_records_total', help: 'Log records taken.' },
  traces: { name: 'otelcol_receiver_accepted_spans_total', help: 'Spans taken.' },
} as const;

class OtelcolReceiverOtlp implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #writers: {
    readonly metrics: PipelineWriter<OtlpMetricsBatch>;
    readonly logs: PipelineWriter<OtlpLogsBatch>;
    readonly traces: PipelineWriter<TracesBatch>;
  };
  #args: Arguments;
  #consumers: Readonly<Record<OtlpSignal, readonly OtelConsumer[]>> = { metrics: [], logs: [], traces: [] };
  readonly #listener: HttpListener;

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#args = args;
    this.#writers = {
      metrics: context.openOtlpMetrics(() => this.#consumers.metrics),
      logs: context.openOtlpLogs(() => this.#consumers.logs),
      traces: context.openTraces(() => this.#consumers.traces),
    };
    this.#listener = new HttpListener(context, 'OTLP over HTTP');
    this.update(args);
  }

  update(args: Arguments): void {
    check(args);
    const moved = args.http?.endpoint !== this.#args.http?.endpoint;
    this.#args = args;
    const { metrics, logs, traces } = args.output;
    this.#consumers = { metrics: contents(metrics), logs: contents(logs), traces: contents(traces) };
    graphChanged();
    if (moved) this.#listener.restart();
  }

  exports() {
    return {};
  }

  async run(signal: StopSignal): Promise<void> {
    const write = async (batch: OtlpBatch) => {
      await this.#write(batch);
      this.#accepted(batch.signal).add(countOtlp(batch));
    };
    const endpoint = () => this.#args.http?.endpoint;
    await this.#listener.run(toAbortSignal(signal), endpoint, () => createOtlpServer(() => this.#settings(), write));
  }

  health() {
    return this.#listener.health();
  }

  /** Where it listens, with the real port where port 0 was asked for. */
  debugInfo() {
    return { http: this.#listener.address };
  }

  #write(batch: OtlpBatch): Promise<void> {
    switch (batch.signal) {
      case 'metrics':
        return this.#writers.metrics.write(batch);
      case 'logs':
        return this.#writers.logs.write(batch);
      case 'traces':
        return this.#writers.traces.write(batch);
    }
  }

  /** Named as the Collector names them. */
  #accepted(signal: OtlpSignal): Counter {
    const { telemetry, componentId } = this.#context;
    const { name, help } = ACCEPTED[signal];
    return telemetry.counter(name, help, { component_id: componentId, transport: 'http' }, componentId);
  }

  #settings(): OtlpHttpSettings {
    const { http } = this.#args;
    if (http === undefined) throw new Error('BUG: serving without an http block');
    return {
      paths: { metrics: http.metrics_url_path, logs: http.logs_url_path, traces: http.traces_url_path },
      taken: new Set(SIGNALS.filter((signal) => this.#consumers[signal].length > 0)),
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

export const otelcolReceiverOtlp = defineComponent<typeof schema, HostContext>({
  name: 'otelcol.receiver.otlp',
  summary: 'Takes metrics, logs and traces over OTLP/HTTP.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  create: (context, args) => new OtelcolReceiverOtlp(context, args),
});
