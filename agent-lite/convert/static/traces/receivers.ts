/** Receivers of traces. */
import { attributes, type Block, type Body, block, optionalBlock, type Statement, same } from '../../alloy/block.ts';
import { Size } from '../../alloy/value.ts';
import type { ConversionDiagnostics } from '../../diagnostics.ts';
import type {
  GrpcServerForm,
  HttpServerForm,
  Receiver,
  ReceiverForms,
  ServerTlsForm,
  UdpServerForm,
} from '../../forms/trace-receivers.ts';
import type { TraceInstanceForm } from '../../forms/traces.ts';
import { type Stage, withOutput } from './pipeline.ts';

const MIB = 1024 * 1024;

export function receiverStages(instance: TraceInstanceForm, diagnostics: ConversionDiagnostics): Stage[] {
  return (instance.receivers ?? []).flatMap((receiver): Stage[] => {
    if (receiver.kind === undefined) {
      diagnostics.add(
        'Error',
        `The converter does not support converting the provided traces receiver: ${receiver.name}`,
      );
      return [];
    }
    if (receiver.kind === 'otlp') tellOfLocalhost(receiver.form, instance.name ?? '', diagnostics);
    const name = receiver.name.split('/').slice(1).join('/');
    return [{ component: `otelcol.receiver.${receiver.kind}`, name, body: (output) => receiverBody(receiver, output) }];
  });
}

function tellOfLocalhost(
  { protocols = {} }: ReceiverForms['otlp'],
  instance: string,
  diagnostics: ConversionDiagnostics,
): void {
  for (const protocol of ['grpc', 'http'] as const) {
    if (protocols[protocol] === undefined || protocols[protocol].endpoint !== undefined) continue;
    const summary = `the otlp receiver of traces config ${instance} names no ${protocol} endpoint and listens on localhost now`;
    diagnostics.add(
      'Info',
      summary,
      '\tGrafana Agent listened on all addresses: set endpoint to "0.0.0.0:…" where others send to it',
    );
  }
}

function receiverBody(receiver: Exclude<Receiver, { kind: undefined }>, output: Block | undefined): Body {
  switch (receiver.kind) {
    case 'otlp':
      return withOutput(otlpBody(receiver.form), output);
    case 'jaeger':
      return withOutput([block('protocols', jaegerBody(receiver.form))], output);
    case 'zipkin': {
      const endpoint = receiver.form.endpoint ?? 'localhost:9411';
      return withOutput(
        [...same(receiver.form, 'parse_string_tags'), ...httpServerBody(receiver.form, endpoint)],
        output,
      );
    }
  }
}

/** The agent passes metadata of requests on unless told otherwise. */
function otlpBody({ protocols: { grpc, http } = {} }: ReceiverForms['otlp']): Statement[] {
  const include_metadata = true;
  return [
    ...(grpc ? [block('grpc', grpcServerBody({ include_metadata, ...grpc }, 'localhost:4317'))] : []),
    ...(http
      ? [
          block('http', [
            ...httpServerBody({ include_metadata, ...http }, 'localhost:4318'),
            ...same(http, 'traces_url_path', 'metrics_url_path', 'logs_url_path'),
          ]),
        ]
      : []),
  ];
}

function jaegerBody({
  protocols: { grpc, thrift_http, thrift_binary, thrift_compact } = {},
}: ReceiverForms['jaeger']): Body {
  return [
    ...(grpc ? [block('grpc', grpcServerBody(grpc, 'localhost:14250'))] : []),
    ...(thrift_http ? [block('thrift_http', httpServerBody(thrift_http, 'localhost:14268'))] : []),
    ...(thrift_binary ? [block('thrift_binary', udpServerBody(thrift_binary, 'localhost:6832'))] : []),
    ...(thrift_compact ? [block('thrift_compact', udpServerBody(thrift_compact, 'localhost:6831'))] : []),
  ];
}

export function grpcServerBody(form: GrpcServerForm, endpoint: string): Statement[] {
  const { server_parameters: parameters, enforcement_policy: policy } = form.keepalive ?? {};
  return [
    ...attributes({ endpoint: form.endpoint ?? endpoint, transport: form.transport }),
    ...serverTls(form.tls),
    ...attributes({
      max_recv_msg_size:
        form.max_recv_msg_size_mib === undefined ? undefined : new Size(form.max_recv_msg_size_mib * MIB),
      max_concurrent_streams: form.max_concurrent_streams,
      read_buffer_size: sizeOf(form.read_buffer_size),
      write_buffer_size: sizeOf(form.write_buffer_size),
    }),
    optionalBlock('keepalive', [
      optionalBlock(
        'server_parameters',
        parameters
          ? same(parameters, 'max_connection_idle', 'max_connection_age', 'max_connection_age_grace', 'time', 'timeout')
          : [],
      ),
      optionalBlock('enforcement_policy', policy ? same(policy, 'min_time', 'permit_without_stream') : []),
    ]),
    ...same(form, 'include_metadata'),
  ];
}

export function httpServerBody(form: HttpServerForm, endpoint: string): Statement[] {
  const { cors } = form;
  return [
    ...attributes({ endpoint: form.endpoint ?? endpoint }),
    ...serverTls(form.tls),
    ...(cors ? [block('cors', same(cors, 'allowed_origins', 'allowed_headers', 'exposed_headers', 'max_age'))] : []),
    ...attributes({ max_request_body_size: sizeOf(form.max_request_body_size) }),
    ...same(form, 'include_metadata', 'compression_algorithms', 'idle_timeout', 'read_timeout', 'write_timeout'),
    ...same(form, 'read_header_timeout'),
  ];
}

/** The Collector's own, a little less than that of the component. */
const MAX_PACKET_BYTES = 65_000;

function udpServerBody(form: UdpServerForm, endpoint: string): Body {
  return attributes({
    endpoint: form.endpoint ?? endpoint,
    queue_size: form.queue_size,
    max_packet_size: new Size(form.max_packet_size ?? MAX_PACKET_BYTES),
    workers: form.workers,
    socket_buffer_size: sizeOf(form.socket_buffer_size),
  });
}

function serverTls(form: ServerTlsForm | undefined): Block[] {
  if (form === undefined) return [];
  const files = same(
    form,
    'ca_pem',
    'ca_file',
    'cert_pem',
    'cert_file',
    'key_pem',
    'key_file',
    'min_version',
    'max_version',
  );
  return [block('tls', [...files, ...same(form, 'reload_interval', 'cipher_suites', 'client_ca_file')])];
}

function sizeOf(bytes: number | undefined): Size | undefined {
  return bytes === undefined ? undefined : new Size(bytes);
}

const LOAD_BALANCING_PORT = '4318';

/** What instances of one cluster send each other. */
export function balancedReceiver({ load_balancing: form = {} }: TraceInstanceForm): Stage {
  const endpoint = `0.0.0.0:${form.receiver_port ?? LOAD_BALANCING_PORT}`;
  return {
    component: 'otelcol.receiver.otlp',
    name: 'lb',
    body: (output) => withOutput([block('grpc', attributes({ endpoint }))], output),
  };
}
