/** Receivers of traces in YAML, as the OpenTelemetry Collector writes them. */
import { isMap } from 'yaml';
import { type Form, mapping, presence, type Read, readField, refuse } from '../yaml/form.ts';
import { bool, goDuration, int, text, textList } from '../yaml/scalars.ts';

const serverTlsForm = mapping({
  ca_file: text,
  ca_pem: text,
  cert_file: text,
  cert_pem: text,
  key_file: text,
  key_pem: text,
  client_ca_file: text,
  min_version: text,
  max_version: text,
  reload_interval: goDuration,
  cipher_suites: textList,
});

const grpcFields = {
  endpoint: text,
  transport: text,
  tls: serverTlsForm,
  max_recv_msg_size_mib: int,
  max_concurrent_streams: int,
  read_buffer_size: int,
  write_buffer_size: int,
  keepalive: mapping({
    server_parameters: mapping({
      max_connection_idle: goDuration,
      max_connection_age: goDuration,
      max_connection_age_grace: goDuration,
      time: goDuration,
      timeout: goDuration,
    }),
    enforcement_policy: mapping({ min_time: goDuration, permit_without_stream: bool }),
  }),
  include_metadata: bool,
};

const httpFields = {
  endpoint: text,
  tls: serverTlsForm,
  cors: mapping({ allowed_origins: textList, allowed_headers: textList, exposed_headers: textList, max_age: int }),
  max_request_body_size: int,
  include_metadata: bool,
  compression_algorithms: textList,
  idle_timeout: goDuration,
  read_timeout: goDuration,
  read_header_timeout: goDuration,
  write_timeout: goDuration,
};

export const grpcForm = presence(grpcFields);
export const httpForm = presence(httpFields);
const udpForm = presence({
  endpoint: text,
  queue_size: int,
  max_packet_size: int,
  workers: int,
  socket_buffer_size: int,
});

const receiverForms = {
  otlp: presence({
    protocols: presence({
      grpc: grpcForm,
      http: presence({ ...httpFields, traces_url_path: text, metrics_url_path: text, logs_url_path: text }),
    }),
  }),
  jaeger: presence({
    protocols: presence({ grpc: grpcForm, thrift_http: httpForm, thrift_binary: udpForm, thrift_compact: udpForm }),
  }),
  zipkin: presence({ parse_string_tags: bool, ...httpFields }),
};
export type ReceiverKind = keyof typeof receiverForms;
export type ReceiverForms = { readonly [K in ReceiverKind]: Read<(typeof receiverForms)[K]> };
export type GrpcServerForm = Read<typeof grpcForm>;
export type HttpServerForm = Read<typeof httpForm>;
export type UdpServerForm = Read<typeof udpForm>;
export type ServerTlsForm = Read<typeof serverTlsForm>;

export type Receiver =
  | {
      readonly [K in ReceiverKind]: { readonly kind: K; readonly name: string; readonly form: ReceiverForms[K] };
    }[ReceiverKind]
  | { readonly kind: undefined; readonly name: string };

/** Names are `otlp` or `otlp/edge`; the part after the slash tells several of a kind apart. */
export const receivers: Form<readonly Receiver[]> = {
  read(node, source, path) {
    if (!isMap(node)) return refuse(source, node, path, 'expected a mapping');
    return source.fields(node).flatMap(({ name, value }): Receiver[] => {
      const kind = name.split('/')[0]!;
      if (!Object.hasOwn(receiverForms, kind)) return [{ kind: undefined, name }];
      const form = receiverForms[kind as ReceiverKind] as Form<never>;
      const read = readField(form, value, source, `${path}.${name}`);
      return read === undefined ? [] : [{ kind: kind as ReceiverKind, name, form: read } as Receiver];
    });
  },
};
