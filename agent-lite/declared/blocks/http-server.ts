/** The blocks by which components configure an HTTP or gRPC server of their own. */
import { block, body, optional, t, withDefault } from '../../../core/alloy/schema.ts';

export const serverTlsSchema = body({
  cert_pem: optional(t.string, { doc: 'The certificate, as PEM text.' }),
  key_pem: optional(t.secret, { doc: 'The private key, as PEM text.' }),
  cert_file: optional(t.string, { doc: 'File of the certificate.' }),
  key_file: optional(t.string, { doc: 'File of the private key.' }),
  client_auth_type: optional(t.string, { doc: 'Whether clients must show a certificate.' }),
  client_ca_file: optional(t.string, { doc: 'File of the authorities that clients are checked against.' }),
  client_ca: optional(t.string, { doc: 'The same, as PEM text.' }),
  cipher_suites: optional(t.string, { doc: 'The cipher suites to allow.' }),
  min_version: optional(t.string, { doc: 'The oldest version of TLS to speak.' }),
});

export const http2Schema = body({
  enabled: withDefault(t.bool, false, { doc: 'Speak it.' }),
  max_handlers: withDefault(t.int, 0, { doc: 'Requests at a time over all connections; 0: no limit.' }),
  max_concurrent_streams: withDefault(t.uint, 100, { doc: 'Requests at a time of a connection.' }),
  max_decoder_header_table_size: withDefault(t.uint, 4096, { doc: 'Bytes of the table for headers that come in.' }),
  max_encoder_header_table_size: withDefault(t.uint, 4096, { doc: 'Bytes of the table for headers that go out.' }),
  max_read_frame_size: withDefault(t.uint, 0, { doc: 'Bytes of a frame; 0: the default of Go.' }),
  permit_prohibited_ciphers: withDefault(t.bool, false, { doc: 'Allow ciphers that HTTP/2 forbids.' }),
  idle_timeout: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'How long an unused connection is kept; 0s: as long as in HTTP/1.',
  }),
  read_idle_timeout: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'Silence after which a connection is checked with a ping; 0s: never.',
  }),
  ping_timeout: withDefault(t.duration, 15_000, { text: '15s', doc: 'How long an answer to a ping may take.' }),
  write_byte_timeout: withDefault(t.duration, 0, {
    text: '0s',
    doc: 'How long nothing may be taken of an answer; 0s: no limit.',
  }),
  max_upload_buffer_per_connection: withDefault(t.int, 0, {
    doc: 'Bytes of the flow control window of a connection; 0: the default of Go.',
  }),
  max_upload_buffer_per_stream: withDefault(t.int, 0, {
    doc: 'Bytes of the flow control window of a request; 0: the default of Go.',
  }),
});

export const httpServerSchema = body({
  listen_address: optional(t.string, { doc: 'Where to listen.' }),
  listen_port: withDefault(t.int, 8080, { doc: 'Port to listen on.' }),
  conn_limit: withDefault(t.int, 0, { doc: 'Connections at a time; 0: no limit.' }),
  server_read_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long a request may take.' }),
  server_write_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long an answer may take.' }),
  server_idle_timeout: withDefault(t.duration, 120_000, { text: '2m', doc: 'How long an unused connection is kept.' }),
  tls: block(serverTlsSchema, { doc: 'TLS settings of the server.' }),
  http2: block(http2Schema, { doc: 'HTTP/2 without TLS.' }),
});

export const grpcServerSchema = body({
  listen_address: optional(t.string, { doc: 'Where to listen.' }),
  listen_port: withDefault(t.int, 0, { doc: 'Port to listen on.' }),
  conn_limit: withDefault(t.int, 0, { doc: 'Connections at a time; 0: no limit.' }),
  max_connection_age: withDefault(t.duration, Number.POSITIVE_INFINITY, {
    text: 'infinity',
    doc: 'How long a connection may live.',
  }),
  max_connection_age_grace: withDefault(t.duration, Number.POSITIVE_INFINITY, {
    text: 'infinity',
    doc: 'How long its requests may go on after that.',
  }),
  max_connection_idle: withDefault(t.duration, Number.POSITIVE_INFINITY, {
    text: 'infinity',
    doc: 'How long an unused connection is kept.',
  }),
  server_max_recv_msg_size: withDefault(t.int, 4_194_304, { doc: 'Bytes of a message that comes in.' }),
  server_max_send_msg_size: withDefault(t.int, 4_194_304, { doc: 'Bytes of a message that goes out.' }),
  server_max_concurrent_streams: withDefault(t.uint, 100, { doc: 'Requests at a time of a connection.' }),
  tls: block(serverTlsSchema, { doc: 'TLS settings of the server.' }),
});

export const serverFields = {
  graceful_shutdown_timeout: withDefault(t.duration, 30_000, {
    text: '30s',
    doc: 'How long requests may go on at the end.',
  }),
  http: block(httpServerSchema, { doc: 'Where and how to listen for HTTP.' }),
  grpc: block(grpcServerSchema, { doc: 'Where and how to listen for gRPC.' }),
} as const;
