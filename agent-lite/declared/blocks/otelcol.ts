/** Arguments and blocks that OpenTelemetry components have in common. */
import { block, body, optional, required, t, withDefault } from '../../../core/alloy/schema.ts';
import { otelConsumer } from '../../../core/pipeline/capsules.ts';
import { authHandler, KiB, MiB, storageHandler } from '../declare.ts';
import { need, needExactlyOne, needOneOf, needPositive, ruled, tlsRule } from '../rules.ts';

export const compressionType = t.oneOf('gzip', 'zlib', 'deflate', 'snappy', 'zstd', 'none', '');

/** What becomes of telemetry for which an OTTL statement or condition fails. */
export const ottlErrorMode = t.oneOfAnyCase('ignore', 'propagate', 'silent');

export const debugMetricsSchema = body({
  disable_high_cardinality_metrics: withDefault(t.bool, true, { doc: 'Leave out metrics that have many series.' }),
  level: withDefault(t.oneOf('none', 'basic', 'normal', 'detailed'), 'detailed', { doc: 'How much the metrics tell.' }),
});

export const outputSchema = body({
  metrics: optional(t.list(otelConsumer), { doc: 'Consumers of the metrics.' }),
  logs: optional(t.list(otelConsumer), { doc: 'Consumers of the log records.' }),
  traces: optional(t.list(otelConsumer), { doc: 'Consumers of the spans.' }),
});

export const tlsTpmSchema = body({
  enabled: withDefault(t.bool, false, { doc: 'Use the module.' }),
  path: optional(t.string, { doc: 'Device of the trusted platform module.' }),
  owner_auth: optional(t.string, { doc: 'Password of its owner.' }),
  auth: optional(t.string, { doc: 'Password of the key.' }),
});

export const tlsFields = {
  ca_pem: optional(t.string, { doc: 'Certificates of authorities to trust, as PEM text.' }),
  ca_file: optional(t.string, { doc: 'File of certificates of authorities to trust.' }),
  cert_pem: optional(t.string, { doc: 'The certificate, as PEM text.' }),
  cert_file: optional(t.string, { doc: 'File of the certificate.' }),
  key_pem: optional(t.secret, { doc: 'The private key, as PEM text.' }),
  key_file: optional(t.string, { doc: 'File of the private key.' }),
  min_version: optional(t.string, { doc: 'The oldest version of TLS to speak.' }),
  max_version: optional(t.string, { doc: 'The newest version of TLS to speak.' }),
  reload_interval: withDefault(t.duration, 0, { text: '0s', doc: 'How often files are read again; 0s: never.' }),
  cipher_suites: optional(t.list(t.string), { doc: 'The cipher suites to allow.' }),
  include_insecure_cipher_suites: withDefault(t.bool, false, { doc: 'Allow cipher suites that are known to be weak.' }),
  include_system_ca_certs_pool: withDefault(t.bool, false, { doc: 'Trust the authorities of the system too.' }),
  curve_preferences: optional(t.list(t.string), { doc: 'Elliptic curves by preference.' }),
  tpm: block(tlsTpmSchema, { doc: 'Keep the key in a trusted platform module.' }),
} as const;

export const tlsClientSchema = ruled(
  body({
    ...tlsFields,
    insecure: withDefault(t.bool, false, { doc: 'Speak without TLS where the address does not say https.' }),
    insecure_skip_verify: withDefault(t.bool, false, { doc: 'Do not check the certificate of the server.' }),
    server_name: optional(t.string, { doc: 'The name that the certificate of the server must carry.' }),
  }),
  tlsRule,
);

export const tlsServerSchema = ruled(
  body({
    ...tlsFields,
    client_ca_file: optional(t.string, {
      doc: 'File of certificates of authorities that clients must have theirs from.',
    }),
  }),
  tlsRule,
);

export const queueBatchSchema = ruled(
  body({
    flush_timeout: withDefault(t.duration, 200, { text: '200ms', doc: 'How long data waits for more.' }),
    min_size: withDefault(t.int, 2000, { doc: 'A request holds at least this many, unless flush_timeout is over.' }),
    max_size: withDefault(t.int, 3000, { doc: 'A request holds at most this many.' }),
    sizer: withDefault(t.string, 'items', { doc: 'What min_size and max_size count.' }),
  }),
  (args, path) => {
    needOneOf(args, path, 'sizer', 'items', 'bytes');
    needPositive(args, path, 'flush_timeout');
    need(args.min_size >= 0, path, 'min_size', 'must not be negative');
    need(args.max_size >= 0, path, 'max_size', 'must not be negative');
    need(args.max_size === 0 || args.max_size >= args.min_size, path, 'max_size', 'must be 0 or at least min_size');
  },
);

export const queueSchema = ruled(
  body({
    enabled: withDefault(t.bool, true, { doc: 'Queue what is to be sent.' }),
    num_consumers: withDefault(t.int, 10, { doc: 'Requests at once.' }),
    queue_size: withDefault(t.int, 1000, { doc: 'How much the queue may hold.' }),
    block_on_overflow: withDefault(t.bool, false, { doc: 'Hold the senders back while the queue is full.' }),
    sizer: withDefault(t.string, 'requests', { doc: 'What queue_size counts.' }),
    wait_for_result: withDefault(t.bool, false, { doc: 'Answer a sender only after delivery.' }),
    storage: optional(storageHandler, { doc: 'Where the queue is stored.' }),
    batch: block(queueBatchSchema, { doc: 'Data is put together before it is sent.' }),
  }),
  (args, path) => {
    if (!args.enabled) return;
    needPositive(args, path, 'queue_size');
    needOneOf(args, path, 'sizer', 'requests', 'items', 'bytes');
    need(
      args.batch === undefined || args.batch.sizer !== args.sizer || args.batch.min_size <= args.queue_size,
      path,
      'batch',
      'min_size must be at most queue_size',
    );
  },
);

export const retrySchema = ruled(
  body({
    enabled: withDefault(t.bool, true, { doc: 'Send again after a failure.' }),
    initial_interval: withDefault(t.duration, 5000, { text: '5s', doc: 'The wait after the first failure.' }),
    randomization_factor: withDefault(t.float, 0.5, { doc: 'How far waits are spread.' }),
    multiplier: withDefault(t.float, 1.5, { doc: 'How much a wait is longer than the one before.' }),
    max_interval: withDefault(t.duration, 30_000, { text: '30s', doc: 'The longest wait after a failure.' }),
    max_elapsed_time: withDefault(t.duration, 300_000, { text: '5m', doc: 'After how long to give up.' }),
  }),
  (args, path) => {
    need(args.multiplier > 1, path, 'multiplier', 'must be greater than 1.0');
    need(args.randomization_factor >= 0, path, 'randomization_factor', 'must not be negative');
  },
);

export const corsSchema = body({
  allowed_origins: optional(t.list(t.string), { doc: 'Sites whose pages may send.' }),
  allowed_headers: optional(t.list(t.string), { doc: 'Headers they may send.' }),
  exposed_headers: optional(t.list(t.string), { doc: 'Headers of the answer they may read.' }),
  max_age: withDefault(t.int, 0, { doc: 'Seconds for which a browser remembers this.' }),
});

export const keepaliveClientSchema = body({
  ping_wait: withDefault(t.duration, 0, { text: '0s', doc: 'After how long without data to ping.' }),
  ping_response_timeout: withDefault(t.duration, 0, { text: '0s', doc: 'How long an answer to a ping may take.' }),
  ping_without_stream: withDefault(t.bool, false, { doc: 'Ping also while there is no call.' }),
});

export const keepaliveParametersSchema = body({
  max_connection_idle: withDefault(t.duration, Number.POSITIVE_INFINITY, {
    text: 'infinity',
    doc: 'How long an unused connection is kept.',
  }),
  max_connection_age: withDefault(t.duration, Number.POSITIVE_INFINITY, {
    text: 'infinity',
    doc: 'How old a connection may become.',
  }),
  max_connection_age_grace: withDefault(t.duration, Number.POSITIVE_INFINITY, {
    text: 'infinity',
    doc: 'How long its calls may then take.',
  }),
  time: withDefault(t.duration, 7_200_000, { text: '2h', doc: 'After how long without data to ping.' }),
  timeout: withDefault(t.duration, 20_000, { text: '20s', doc: 'How long an answer to a ping may take.' }),
});

export const keepalivePolicySchema = body({
  min_time: withDefault(t.duration, 300_000, { text: '5m', doc: 'Clients may not ping more often.' }),
  permit_without_stream: withDefault(t.bool, false, { doc: 'Clients may ping while there is no call.' }),
});

export const keepaliveServerSchema = body({
  server_parameters: block(keepaliveParametersSchema, { doc: 'What the server does for its connections.' }),
  enforcement_policy: block(keepalivePolicySchema, { doc: 'What clients may do.' }),
});

export const compressionParamsSchema = body({ level: required(t.int, { doc: 'The level of the compression.' }) });

export const cookiesSchema = body({ enabled: withDefault(t.bool, false, { doc: 'Keep cookies between requests.' }) });

export const consumerRetrySchema = body({
  enabled: withDefault(t.bool, false, { doc: 'Try again after a failure.' }),
  initial_interval: withDefault(t.duration, 1000, { text: '1s', doc: 'The wait after the first failure.' }),
  max_interval: withDefault(t.duration, 30_000, { text: '30s', doc: 'The longest wait after a failure.' }),
  max_elapsed_time: withDefault(t.duration, 300_000, { text: '5m', doc: 'After how long to give up.' }),
});

export const multilineSchema = ruled(
  body({
    line_start_pattern: optional(t.string, { doc: 'Expression that begins an entry.' }),
    line_end_pattern: optional(t.string, { doc: 'Expression that ends an entry.' }),
    omit_pattern: withDefault(t.bool, false, { doc: 'Leave out what the expression matched.' }),
  }),
  (args, path) => needExactlyOne(args, path, 'line_start_pattern', 'line_end_pattern'),
);

export const httpServerFields = {
  endpoint: optional(t.string, { doc: 'Where to listen.' }),
  auth: optional(authHandler, { doc: 'What checks who sends.' }),
  max_request_body_size: withDefault(t.size, 20 * MiB, { text: '20MiB', doc: 'Bytes of a request.' }),
  include_metadata: withDefault(t.bool, false, { doc: 'Hand headers of requests on.' }),
  compression_algorithms: withDefault(t.list(t.string), ['', 'gzip', 'zstd', 'zlib', 'snappy', 'deflate', 'lz4'], {
    doc: 'Encodings of requests to accept.',
  }),
  keep_alives_enabled: withDefault(t.bool, true, { doc: 'Keep connections for further requests.' }),
  idle_timeout: withDefault(t.duration, 60_000, { text: '1m', doc: 'How long an unused connection is kept.' }),
  read_timeout: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'How long a request may take; 0s: as long as it likes.',
  }),
  write_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long an answer may take.' }),
  read_header_timeout: withDefault(t.duration, 60_000, { text: '1m', doc: 'How long headers may take.' }),
  tls: block(tlsServerSchema, { doc: 'TLS settings of the server.' }),
  cors: block(corsSchema, { doc: 'Which web pages may send.' }),
} as const;

export const grpcServerFields = {
  endpoint: optional(t.string, { doc: 'Where to listen.' }),
  transport: withDefault(t.string, 'tcp', { doc: 'tcp, or unix for a socket of the file system.' }),
  max_recv_msg_size: withDefault(t.size, 4 * MiB, { text: '4MiB', doc: 'Bytes of a message.' }),
  max_concurrent_streams: withDefault(t.uint, 0, { doc: 'Streams of a connection at once.' }),
  read_buffer_size: withDefault(t.size, 512 * KiB, { text: '512KiB', doc: 'Bytes of the buffer for reading.' }),
  write_buffer_size: optional(t.size, { doc: 'Bytes of the buffer for writing.' }),
  auth: optional(authHandler, { doc: 'What checks who sends.' }),
  include_metadata: withDefault(t.bool, false, { doc: 'Hand headers of requests on.' }),
  tls: block(tlsServerSchema, { doc: 'TLS settings of the server.' }),
  keepalive: block(keepaliveServerSchema, { doc: 'How connections are kept.' }),
} as const;

export const trimFields = {
  preserve_leading_whitespaces: withDefault(t.bool, false, { doc: 'Keep blanks at the start of an entry.' }),
  preserve_trailing_whitespaces: withDefault(t.bool, false, { doc: 'Keep blanks at the end of an entry.' }),
} as const;
