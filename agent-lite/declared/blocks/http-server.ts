/** The blocks by which components configure an HTTP or gRPC server of their own. */
import { block, body, optional, t, withDefault } from '../../../core/alloy/schema.ts';

export const serverTlsSchema = body({
  cert_pem: optional(t.string),
  key_pem: optional(t.secret),
  cert_file: optional(t.string),
  key_file: optional(t.string),
  client_auth_type: optional(t.string),
  client_ca_file: optional(t.string),
  client_ca: optional(t.string),
  cipher_suites: optional(t.string),
  min_version: optional(t.string),
});

export const http2Schema = body({
  enabled: withDefault(t.bool, false),
  max_handlers: withDefault(t.int, 0),
  max_concurrent_streams: withDefault(t.uint, 100),
  max_decoder_header_table_size: withDefault(t.uint, 4096),
  max_encoder_header_table_size: withDefault(t.uint, 4096),
  max_read_frame_size: withDefault(t.uint, 0),
  permit_prohibited_ciphers: withDefault(t.bool, false),
  idle_timeout: withDefault(t.duration, 0, { text: '0s' }),
  read_idle_timeout: withDefault(t.duration, 0, { text: '0s' }),
  ping_timeout: withDefault(t.duration, 15_000, { text: '15s' }),
  write_byte_timeout: withDefault(t.duration, 0, { text: '0s' }),
  max_upload_buffer_per_connection: withDefault(t.int, 0),
  max_upload_buffer_per_stream: withDefault(t.int, 0),
});

export const httpServerSchema = body({
  listen_address: optional(t.string),
  listen_port: withDefault(t.int, 8080),
  conn_limit: withDefault(t.int, 0),
  server_read_timeout: withDefault(t.duration, 30_000, { text: '30s' }),
  server_write_timeout: withDefault(t.duration, 30_000, { text: '30s' }),
  server_idle_timeout: withDefault(t.duration, 120_000, { text: '2m' }),
  tls: block(serverTlsSchema),
  http2: block(http2Schema),
});

export const grpcServerSchema = body({
  listen_address: optional(t.string),
  listen_port: withDefault(t.int, 0),
  conn_limit: withDefault(t.int, 0),
  max_connection_age: withDefault(t.duration, Number.POSITIVE_INFINITY, { text: 'infinity' }),
  max_connection_age_grace: withDefault(t.duration, Number.POSITIVE_INFINITY, { text: 'infinity' }),
  max_connection_idle: withDefault(t.duration, Number.POSITIVE_INFINITY, { text: 'infinity' }),
  server_max_recv_msg_size: withDefault(t.int, 4_194_304),
  server_max_send_msg_size: withDefault(t.int, 4_194_304),
  server_max_concurrent_streams: withDefault(t.uint, 100),
  tls: block(serverTlsSchema),
});

export const serverFields = {
  graceful_shutdown_timeout: withDefault(t.duration, 30_000, { text: '30s' }),
  http: block(httpServerSchema),
  grpc: block(grpcServerSchema),
} as const;
