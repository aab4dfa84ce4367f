/** The servers of Promtail's listeners: push API, Heroku drain, GCP push. */
import { attributes, type Block, block, type Statement } from '../alloy/block.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { ServerForm, ServerTlsForm } from '../forms/http-server.ts';

export function serverBlocks(server: ServerForm): Statement[] {
  return [
    block('http', [
      ...attributes({
        listen_address: server.http_listen_address,
        listen_port: server.http_listen_port,
        conn_limit: server.http_listen_conn_limit,
        server_read_timeout: server.http_server_read_timeout,
        server_write_timeout: server.http_server_write_timeout,
        server_idle_timeout: server.http_server_idle_timeout,
      }),
      ...tls(server.http_tls_config),
    ]),
    block('grpc', [
      ...attributes({
        listen_address: server.grpc_listen_address,
        listen_port: server.grpc_listen_port,
        conn_limit: server.grpc_listen_conn_limit,
        max_connection_age: server.grpc_server_max_connection_age,
        max_connection_age_grace: server.grpc_server_max_connection_age_grace,
        max_connection_idle: server.grpc_server_max_connection_idle,
        server_max_recv_msg_size: server.grpc_server_max_recv_msg_size,
        server_max_send_msg_size: server.grpc_server_max_send_msg_size,
        server_max_concurrent_streams: server.grpc_server_max_concurrent_streams,
      }),
      ...tls(server.grpc_tls_config),
    ]),
    ...attributes({ graceful_shutdown_timeout: server.graceful_shutdown_timeout }),
  ];
}

function tls(form: ServerTlsForm | undefined): Block[] {
  if (!form?.cert_file && !form?.cert) return [];
  const { cert, key, cert_file, key_file, client_auth_type, client_ca_file, client_ca } = form;
  const values = { cert_pem: cert, key_pem: key, cert_file, key_file, client_auth_type, client_ca_file, client_ca };
  return [block('tls', attributes(values))];
}

/** Settings of a listener's server that the components have no counterpart of. */
const UNSUPPORTED = [
  'http_listen_network',
  'grpc_listen_network',
  'tls_cipher_suites',
  'tls_min_version',
  'register_instrumentation',
  'graceful_shutdown_timeout',
  'grpc_server_keepalive_time',
  'grpc_server_keepalive_timeout',
  'grpc_server_min_time_between_pings',
  'grpc_server_ping_without_stream_allowed',
  'log_format',
  'log_level',
  'log_source_ips_enabled',
  'log_source_ips_header',
  'log_source_ips_regex',
  'log_request_at_info_level_enabled',
  'http_path_prefix',
] as const;

export function checkServer(server: ServerForm, diagnostics: ConversionDiagnostics): void {
  for (const name of UNSUPPORTED) {
    const value = server[name];
    if (value !== undefined && value !== false && value !== '') {
      diagnostics.add('Error', `${name} is not supported in server config`);
    }
  }
}
