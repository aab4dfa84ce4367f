/** `otelcol.exporter.otlphttp`: sends traces over OTLP/HTTP, to Tempo or any collector, through a durable queue. */
import type { Component, ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent, UnsupportedError } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { block, body, optional, required, requiredBlock, t, withDefault } from '../../alloy/schema.ts';
import type { Destination } from '../../delivery/destination.ts';
import { otelCapsule } from '../capsules.ts';
import { checkHeaders, checkUrl } from '../http-client-blocks.ts';
import type { TracesDestination } from '../nodes.ts';
import { graphChanged } from '../nodes.ts';
import { refuseUnsupported } from '../unsupported.ts';
import type { Writer } from '../writer.ts';
import { describeDestinations } from '../writer.ts';

const tlsSchema = body({
  ca_file: optional(t.string, { doc: 'File of certificates of authorities to trust.' }),
  ca_pem: optional(t.string, { doc: 'Certificates of authorities to trust, as PEM text.' }),
  cert_file: optional(t.string, { doc: 'File of the certificate.' }),
  cert_pem: optional(t.string, { doc: 'The certificate, as PEM text.' }),
  key_file: optional(t.string, { doc: 'File of the private key.' }),
  key_pem: optional(t.secret, { doc: 'The private key, as PEM text.' }),
  insecure: withDefault(t.bool, false, { doc: 'Speak without TLS where the address does not say https.' }),
  insecure_skip_verify: withDefault(t.bool, false, { doc: 'Do not check the certificate of the server.' }),
  server_name: optional(t.string, { doc: 'The name that the certificate of the server must carry.' }),
  min_version: withDefault(t.string, 'TLS 1.2', { doc: 'The oldest version of TLS to speak.' }),
  max_version: withDefault(t.string, 'TLS 1.3', { doc: 'The newest version of TLS to speak.' }),
  reload_interval: withDefault(t.duration, 0, { text: '0s', doc: 'How often files are read again; 0s: never.' }),
  include_system_ca_certs_pool: withDefault(t.bool, false, { doc: 'Trust the authorities of the system too.' }),
  cipher_suites: optional(t.list(t.string), { doc: 'The cipher suites to allow.' }),
  include_insecure_cipher_suites: withDefault(t.bool, false, { doc: 'Allow cipher suites that are known to be weak.' }),
  curve_preferences: optional(t.list(t.string), { doc: 'Elliptic curves by preference.' }),
  tpm: block(
    body({
      enabled: withDefault(t.bool, false, { doc: 'Use the module.' }),
      path: optional(t.string, { doc: 'Device of the trusted platform module.' }),
      owner_auth: optional(t.string, { doc: 'Password of its owner.' }),
      auth: optional(t.string, { doc: 'Password of the key.' }),
    }),
    { doc: 'Keep the key in a trusted platform module.' },
  ),
});

const clientSchema = body({
  endpoint: required(t.string, { doc: 'Base URL; /v1/traces is appended.' }),
  auth: optional(t.capsule('otelcol.Handler'), { doc: 'What signs the requests.' }),
  compression: withDefault(t.oneOf('gzip', 'none', '', 'zstd', 'snappy', 'zlib', 'deflate'), 'gzip', {
    doc: 'gzip or none.',
  }),
  headers: optional(t.map(t.string), { doc: 'Headers added to each request, e.g. X-Scope-OrgID.' }),
  timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long a request may take.' }),
  disable_keep_alives: withDefault(t.bool, false, { doc: 'Open a connection for each request.' }),
  force_attempt_http2: withDefault(t.bool, true, { doc: 'A hint: the runtime chooses the HTTP version.' }),
  http2_ping_timeout: withDefault(t.duration, 15_000, {
    text: '15s',
    doc: 'How long an answer to a ping of HTTP/2 may take.',
  }),
  http2_read_idle_timeout: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'After how long without data to ping; 0s: never.',
  }),
  idle_conn_timeout: withDefault(t.duration, 90_000, { text: '90s', doc: 'How long an unused connection is kept.' }),
  max_conns_per_host: withDefault(t.int, 0, { doc: 'Connections to a host at once; 0: no limit.' }),
  max_idle_conns: withDefault(t.int, 100, { doc: 'Unused connections that are kept.' }),
  max_idle_conns_per_host: withDefault(t.int, 0, {
    doc: 'Unused connections to one host that are kept; 0: no limit of its own.',
  }),
  proxy_url: optional(t.string, { doc: 'The proxy to send through.' }),
  read_buffer_size: withDefault(t.size, 0, { text: '0', doc: 'Bytes of the buffer for reading.' }),
  write_buffer_size: withDefault(t.size, 512 * 1024, { text: '512KiB', doc: 'Bytes of the buffer for writing.' }),
  compression_params: block(body({ level: required(t.int, { doc: 'The level of the compression.' }) }), {
    doc: 'Settings of the compression.',
  }),
  cookies: block(body({ enabled: withDefault(t.bool, false, { doc: 'Keep cookies between requests.' }) }), {
    doc: 'Cookies of the server.',
  }),
  tls: block(tlsSchema, { doc: 'TLS settings of the connection.' }),
});

const unsupportedOfClient = [
  'auth',
  'disable_keep_alives',
  'http2_ping_timeout',
  'http2_read_idle_timeout',
  'idle_conn_timeout',
  'max_conns_per_host',
  'max_idle_conns',
  'max_idle_conns_per_host',
  'proxy_url',
  'read_buffer_size',
  'write_buffer_size',
  'compression_params',
] as const;

const retrySchema = body({
  enabled: withDefault(t.bool, true, { doc: 'Send again after a failure.' }),
  initial_interval: withDefault(t.duration, 5000, { text: '5s', doc: 'The shortest wait after a failure.' }),
  max_interval: withDefault(t.duration, 30_000, { text: '30s', doc: 'The longest wait after a failure.' }),
  max_elapsed_time: withDefault(t.duration, 300_000, {
    text: '5m',
    doc: 'Where given, spans that waited longer are dropped. Where left out nothing is dropped, unlike in Alloy, which gives up after 5m.',
  }),
  multiplier: withDefault(t.number, 1.5, { doc: 'The wait doubles here: only the default is accepted.' }),
  randomization_factor: withDefault(t.number, 0.5, { doc: 'The wait is spread fully: only the default is accepted.' }),
});

const queueSchema = body({
  enabled: withDefault(t.bool, true, { doc: 'Queue what is to be sent.' }),
  block_on_overflow: withDefault(t.bool, false, { doc: 'Hold the senders back while the queue is full.' }),
  num_consumers: withDefault(t.int, 10, { doc: 'Requests at once.' }),
  queue_size: withDefault(t.int, 1000, { doc: 'How much the queue may hold.' }),
  sizer: withDefault(t.string, 'requests', { doc: 'What queue_size counts.' }),
  wait_for_result: withDefault(t.bool, false, { doc: 'Answer a sender only after delivery.' }),
  storage: optional(t.capsule('extension.ExtensionHandler'), { doc: 'Where the queue is stored.' }),
  batch: block(
    body({
      flush_timeout: withDefault(t.duration, 200, { text: '200ms', doc: 'How long a span waits for others.' }),
      min_size: withDefault(t.int, 2000, { doc: 'A request holds at least this many, unless flush_timeout is over.' }),
      max_size: withDefault(t.int, 3000, { doc: 'A request holds at most this many spans.' }),
      sizer: withDefault(t.oneOf('items', 'bytes'), 'items', { doc: 'What min_size and max_size count.' }),
    }),
    { doc: 'Spans are put together before they are sent.' },
  ),
});

const schema = body({
  encoding: withDefault(t.oneOf('proto', 'json'), 'proto', { doc: 'How requests are written.' }),
  traces_endpoint: optional(t.string, { doc: 'URL for traces, in place of client.endpoint + "/v1/traces".' }),
  metrics_endpoint: optional(t.string, { doc: 'URL for metrics, in place of client.endpoint + "/v1/metrics".' }),
  logs_endpoint: optional(t.string, { doc: 'URL for logs, in place of client.endpoint + "/v1/logs".' }),
  client: requiredBlock(clientSchema, { doc: 'Where to send, and how.' }),
  retry_on_failure: block(retrySchema, { doc: 'Waits between attempts.' }),
  sending_queue: block(queueSchema, { doc: 'The durable queue takes its place.' }),
  debug_metrics: block(
    body({
      disable_high_cardinality_metrics: withDefault(t.bool, true, { doc: 'Leave out metrics that have many series.' }),
      level: withDefault(t.string, 'detailed', { doc: 'How much the metrics tell.' }),
    }),
    { doc: "The component's own metrics." },
  ),
});

type Arguments = Decoded<typeof schema>;

const maxBatchBytes = 1024 * 1024;

class OtlpHttpExporter implements Component<Arguments>, Writer {
  readonly #componentId: string;
  readonly #exports = { input: otelCapsule(() => this.#nodes) };
  #nodes: readonly TracesDestination[] = [];

  constructor(componentId: string, args: Arguments) {
    this.#componentId = componentId;
    this.update(args);
  }

  update(args: Arguments): void {
    const componentId = this.#componentId;
    this.#nodes = [{ kind: 'destination', componentId, destination: toDestination(componentId, args) }];
    graphChanged();
  }

  exports() {
    return this.#exports;
  }

  destinations(): readonly Destination[] {
    return this.#nodes.map((node) => node.destination);
  }

  debugInfo() {
    return { endpoints: describeDestinations(this.destinations()) };
  }
}

function toDestination(componentId: string, args: Arguments): Destination {
  refuseUnsupported(args, schema, ['encoding', 'metrics_endpoint', 'logs_endpoint']);
  const { client } = args;
  refuseUnsupported(client, clientSchema, unsupportedOfClient, 'client');
  if (client.tls !== undefined) checkTls(client.tls, client.endpoint);
  if (client.cookies?.enabled === true) refuseUnsupported(client, clientSchema, ['cookies'], 'client');
  const compressed = client.compression === 'gzip';
  if (!compressed && client.compression !== 'none' && client.compression !== '') {
    throw new UnsupportedError(
      'client.compression',
      `compression ${client.compression} is not yet supported here; use "gzip" or "none"`,
    );
  }
  if (client.timeout <= 0) throw new ArgumentError('client.timeout', 'must be greater than 0');
  return {
    id: componentId,
    componentId,
    signal: 'traces',
    protocol: 'otlp_http',
    url: tracesUrl(args),
    headers: checkHeaders(client.headers, 'client.headers'),
    auth: {},
    timeoutMs: client.timeout,
    compression: compressed ? 'gzip' : 'none',
    retry: retryPolicy(args.retry_on_failure),
    batch: batchPolicy(args.sending_queue),
  };
}

function tracesUrl(args: Arguments): string {
  if (args.traces_endpoint !== undefined) return checkUrl(args.traces_endpoint, 'traces_endpoint');
  return checkUrl(`${args.client.endpoint.replace(/\/+$/, '')}/v1/traces`, 'client.endpoint');
}

/** `insecure = true` is what Alloy needs for an http:// endpoint; the URL says the same. */
function checkTls(tls: Decoded<typeof tlsSchema>, endpoint: string): void {
  const fields = Object.keys(tlsSchema).filter((name) => name !== 'insecure');
  refuseUnsupported(tls, tlsSchema, fields, 'client.tls');
  if (tls.insecure && endpoint.startsWith('https:')) {
    throw new ArgumentError('client.tls.insecure', 'the endpoint is https, so the connection cannot be insecure');
  }
}

function retryPolicy(retry: Decoded<typeof retrySchema> | undefined): Destination['retry'] {
  const defaults = { minBackoffMs: 5000, maxBackoffMs: 30_000, retryOnHttp429: true, maxAgeMs: 0 };
  if (retry === undefined) return defaults;
  refuseUnsupported(retry, retrySchema, ['enabled', 'multiplier', 'randomization_factor'], 'retry_on_failure');
  if (retry.max_interval < retry.initial_interval) {
    throw new ArgumentError('retry_on_failure.max_interval', 'max_interval must not be less than initial_interval');
  }
  const isDefault = retry.max_elapsed_time === retrySchema.max_elapsed_time.default;
  return {
    ...defaults,
    minBackoffMs: retry.initial_interval,
    maxBackoffMs: retry.max_interval,
    maxAgeMs: isDefault ? 0 : retry.max_elapsed_time,
  };
}

function batchPolicy(queue: Decoded<typeof queueSchema> | undefined): Destination['batch'] {
  const defaults = { maxItems: 3000, maxBytes: maxBatchBytes, maxWaitMs: 200 };
  if (queue === undefined) return defaults;
  const settings = Object.keys(queueSchema).filter((name) => name !== 'batch');
  refuseUnsupported(queue, queueSchema, settings, 'sending_queue');
  if (queue.batch === undefined) return defaults;
  if (queue.batch.sizer === 'bytes') {
    throw new UnsupportedError('sending_queue.batch.sizer', 'sizing batches by bytes is not yet supported here');
  }
  if (queue.batch.max_size <= 0) throw new ArgumentError('sending_queue.batch.max_size', 'must be greater than 0');
  return { ...defaults, maxItems: queue.batch.max_size, maxWaitMs: queue.batch.flush_timeout };
}

export const otelcolExporterOtlphttp = defineComponent({
  name: 'otelcol.exporter.otlphttp',
  summary: 'Sends traces over OTLP/HTTP, to Tempo or an OpenTelemetry Collector.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { input: 'otelcol.Consumer' },
  create: (context: ComponentContext, args) => new OtlpHttpExporter(context.componentId, args),
});
