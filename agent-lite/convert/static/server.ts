/** The agent's own log and TLS as the blocks `logging` and `http`. */
import { attributes, type Block, block, same } from '../alloy/block.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { StaticForm } from '../forms/static.ts';

type ServerForm = NonNullable<StaticForm['server']>;

export function serverBlocks({
  log_level: level = 'info',
  log_format: format = 'logfmt',
  http_tls_config: tls,
}: ServerForm): Block[] {
  const blocks: Block[] = [];
  if (level !== 'info' || format !== 'logfmt') blocks.push(block('logging', attributes({ level, format })));
  const body = tls && [
    ...same(tls, 'cert_file', 'key_file', 'client_ca_file', 'client_auth_type', 'cipher_suites', 'curve_preferences'),
    ...same(tls, 'min_version', 'max_version'),
  ];
  if (body?.length) blocks.push(block('http', [block('tls', body)]));
  return blocks;
}

export function checkServer(server: ServerForm, diagnostics: ConversionDiagnostics): void {
  if (server.grpc_tls_config !== undefined) {
    diagnostics.unsupported('grpc_tls_config server', 'Alloy does not have a gRPC server to configure.');
  }
  if (server.http_tls_config?.prefer_server_cipher_suites)
    diagnostics.unsupported('prefer_server_cipher_suites server');
  if (server.http_tls_config?.windows_certificate_filter) diagnostics.unsupported('windows_certificate_filter server');
}
