/** `otelcol.exporter.otlphttp`: sends OTLP over HTTP, to any backend or collector, through a durable queue for each signal. */
import type { ComponentContext } from '../../alloy/component.ts';
import { ArgumentError, defineComponent, UnsupportedError } from '../../alloy/component.ts';
import type { Decoded } from '../../alloy/schema.ts';
import { block, body, optional, required, requiredBlock, t, withDefault } from '../../alloy/schema.ts';
import type { Destination } from '../../delivery/destination.ts';
import { otelCapsule } from '../capsules.ts';
import { debugMetricsBlock } from '../debug-metrics-block.ts';
import { checkHeaders, checkProxyUrl, checkUrl } from '../http-client-blocks.ts';
import type { OtlpDestination } from '../nodes.ts';
import { refuseUnsupported } from '../unsupported.ts';
import { NodeWriter } from '../writer.ts';

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
  endpoint: required(t.string, { doc: 'Base URL; /v1/traces, /v1/metrics and /v1/logs are appended.' }),
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
  proxy_url: optional(t.string, { doc: 'The proxy to send through, http://proxy:3128; on a host only.' }),
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
  'read_buffer_size',
  'write_buffer_size',
  'compression_params',
] as const;

const WITHOUT_EFFECT = 'Accepted and without effect';

const retrySchema = body({
  enabled: withDefault(t.bool, true, { doc: 'Send again after a failure; with false what failed once is given up.' }),
  initial_interval: withDefault(t.duration, 5000, { text: '5s', doc: 'The shortest wait after a failure.' }),
  max_interval: withDefault(t.duration, 30_000, { text: '30s', doc: 'The longest wait after a failure.' }),
  max_elapsed_time: optional(t.duration, {
    doc: 'Where given, data that waited longer is dropped; 0s: never. Where left out nothing is dropped, unlike in Alloy, which gives up after 5m.',
  }),
  multiplier: optional(t.number, {
    doc: 'By how much the wait grows. Where neither this nor randomization_factor is given, it doubles and is spread over its whole length.',
  }),
  randomization_factor: optional(t.number, { doc: 'By what part of itself a wait is spread up and down, 0 to 1.' }),
});

const queueSchema = body({
  enabled: withDefault(t.bool, true, { doc: `${WITHOUT_EFFECT}: a sender is answered when its data is on the disk.` }),
  block_on_overflow: withDefault(t.bool, false, {
    doc: 'Hold senders back while the queue is full; with false they are told to come back.',
  }),
  num_consumers: withDefault(t.int, 10, { doc: `${WITHOUT_EFFECT}: requests go one at a time.` }),
  queue_size: optional(t.int, {
    doc: 'How much the queue may hold. Where left out 1GiB, for it is on the disk; Alloy has 1000 requests in memory.',
  }),
  sizer: withDefault(t.oneOf('requests', 'items', 'bytes'), 'requests', { doc: 'What queue_size counts.' }),
  wait_for_result: withDefault(t.bool, false, {
    doc: `${WITHOUT_EFFECT}: a sender is answered when its data is on the disk.`,
  }),
  storage: optional(t.capsule('extension.ExtensionHandler'), {
    doc: `${WITHOUT_EFFECT}: the queue is always stored, below the storage path.`,
  }),
  batch: block(
    body({
      flush_timeout: withDefault(t.duration, 200, {
        text: '200ms',
        doc: `${WITHOUT_EFFECT}: senders wait for the answer, so nothing is held back for company.`,
      }),
      min_size: withDefault(t.int, 2000, { doc: `${WITHOUT_EFFECT}, for the same reason.` }),
      max_size: withDefault(t.int, 3000, { doc: 'A request holds at most this many; 0: no limit.' }),
      sizer: withDefault(t.oneOf('items', 'bytes'), 'items', { doc: 'What max_size counts.' }),
    }),
    { doc: 'Data is put together before it is sent.' },
  ),
});

const schema = body({
  encoding: withDefault(t.oneOf('proto', 'json'), 'proto', { doc: 'How requests are written.' }),
  traces_endpoint: optional(t.string, { doc: 'URL for traces, in place of client.endpoint + "/v1/traces".' }),
  metrics_endpoint: optional(t.string, { doc: 'URL for metrics, in place of client.endpoint + "/v1/metrics".' }),
  logs_endpoint: optional(t.string, { doc: 'URL for logs, in place of client.endpoint + "/v1/logs".' }),
  client: requiredBlock(clientSchema, { doc: 'Where to send, and how.' }),
  retry_on_failure: block(retrySchema, { doc: 'Waits between attempts.' }),
  sending_queue: block(queueSchema, { doc: 'The durable queue.' }),
  debug_metrics: debugMetricsBlock,
});

type Arguments = Decoded<typeof schema>;

const maxBatchBytes = 1024 * 1024;

class OtlpHttpExporter extends NodeWriter<Arguments, OtlpDestination> {
  readonly #context: ComponentContext;
  readonly #exports = {
    input: otelCapsule({
      metrics: () => this.#nodesOf('metrics'),
      logs: () => this.#nodesOf('logs'),
      traces: () => this.#nodesOf('traces'),
    }),
  };

  constructor(context: ComponentContext, args: Arguments) {
    super();
    this.#context = context;
    this.update(args);
  }

  update(args: Arguments): void {
    const { componentId } = this.#context;
    this.replaceNodes(
      toDestinations(this.#context, args).map((destination) => {
        return { kind: 'destination', componentId, destination };
      }),
    );
  }

  exports() {
    return this.#exports;
  }

  #nodesOf(signal: OtlpSignal): readonly OtlpDestination[] {
    return this.nodes.filter(({ destination }) => destination.signal === signal);
  }
}

type OtlpSignal = 'traces' | 'metrics' | 'logs';

/** The queue of traces goes by the component's own id, as it did when there were no others. */
function toDestinations(context: ComponentContext, args: Arguments): Destination[] {
  const { componentId } = context;
  const shared = toDestination(context, args);
  return [
    { ...shared, id: componentId, signal: 'traces', url: endpointUrl(args, 'traces') },
    { ...shared, id: `${componentId}/metrics`, signal: 'metrics', url: endpointUrl(args, 'metrics') },
    { ...shared, id: `${componentId}/logs`, signal: 'logs', url: endpointUrl(args, 'logs') },
  ];
}

function toDestination(context: ComponentContext, args: Arguments): Omit<Destination, 'id' | 'signal' | 'url'> {
  refuseUnsupported(args, schema, ['encoding']);
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
    componentId: context.componentId,
    protocol: 'otlp_http',
    headers: checkHeaders(client.headers, 'client.headers'),
    auth: {},
    ...clientProxy(client, context),
    timeoutMs: client.timeout,
    compression: compressed ? 'gzip' : 'none',
    retry: retryPolicy(args.retry_on_failure),
    batch: batchPolicy(args.sending_queue),
    ...queuePolicy(args.sending_queue),
  };
}

/** Alone without `proxy_url` it goes through the proxy of the environment, as the Collector does. */
function clientProxy(client: Arguments['client'], { proxies }: ComponentContext): Pick<Destination, 'proxy'> {
  if (proxies === undefined) refuseUnsupported(client, clientSchema, ['proxy_url'], 'client');
  const { proxy_url: proxyUrl = '' } = client;
  return proxyUrl === '' ? {} : { proxy: checkProxyUrl(proxyUrl, 'client.proxy_url', proxies) };
}

function endpointUrl(args: Arguments, signal: OtlpSignal): string {
  const name = `${signal}_endpoint` as const;
  const own = args[name];
  if (own !== undefined) return checkUrl(own, name);
  return checkUrl(`${args.client.endpoint.replace(/\/+$/, '')}/v1/${signal}`, 'client.endpoint');
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
  if (retry.max_interval < retry.initial_interval) {
    throw new ArgumentError('retry_on_failure.max_interval', 'max_interval must not be less than initial_interval');
  }
  return {
    ...defaults,
    minBackoffMs: retry.initial_interval,
    maxBackoffMs: retry.max_interval,
    maxAgeMs: retry.max_elapsed_time ?? 0,
    ...(retry.enabled ? {} : { maxAttempts: 1 }),
    ...otelBackoff(retry),
  };
}

/** Where the configuration leaves both out, waits are those of every other destination. */
function otelBackoff(retry: Decoded<typeof retrySchema>): Pick<Destination['retry'], 'otelBackoff'> {
  if (retry.multiplier === undefined && retry.randomization_factor === undefined) return {};
  const { multiplier = 1.5, randomization_factor: randomization = 0.5 } = retry;
  if (multiplier < 1) throw new ArgumentError('retry_on_failure.multiplier', 'must not be less than 1');
  if (randomization < 0 || randomization > 1) {
    throw new ArgumentError('retry_on_failure.randomization_factor', 'must be between 0 and 1');
  }
  return { otelBackoff: { multiplier, randomization } };
}

function batchPolicy(queue: Decoded<typeof queueSchema> | undefined): Destination['batch'] {
  const defaults = { maxItems: 3000, maxBytes: maxBatchBytes, maxWaitMs: 200 };
  if (queue?.batch === undefined) return defaults;
  const { max_size, sizer } = queue.batch;
  if (max_size < 0) throw new ArgumentError('sending_queue.batch.max_size', 'must not be less than 0');
  const maxSize = max_size === 0 ? Number.MAX_SAFE_INTEGER : max_size;
  return sizer === 'bytes'
    ? { ...defaults, maxItems: Number.MAX_SAFE_INTEGER, maxBytes: maxSize }
    : { ...defaults, maxItems: maxSize };
}

function queuePolicy(queue: Decoded<typeof queueSchema> | undefined): Pick<Destination, 'queue'> {
  if (queue === undefined) return {};
  const { queue_size, sizer, block_on_overflow } = queue;
  if (queue_size !== undefined && queue_size <= 0) {
    throw new ArgumentError('sending_queue.queue_size', 'must be greater than 0');
  }
  const bound = ({ requests: 'maxPayloads', items: 'maxItems', bytes: 'maxBytes' } as const)[sizer];
  const policy = {
    ...(queue_size === undefined ? {} : { [bound]: queue_size }),
    ...(block_on_overflow ? { whenFull: 'block' as const } : {}),
  };
  return Object.keys(policy).length === 0 ? {} : { queue: policy };
}

export const otelcolExporterOtlphttp = defineComponent({
  name: 'otelcol.exporter.otlphttp',
  summary: 'Sends metrics, logs and traces over OTLP/HTTP, to any backend that takes it or an OpenTelemetry Collector.',
  stability: 'generally-available',
  sides: ['host', 'edge'],
  schema,
  exports: { input: 'otelcol.Consumer' },
  create: (context: ComponentContext, args) => new OtlpHttpExporter(context, args),
});
