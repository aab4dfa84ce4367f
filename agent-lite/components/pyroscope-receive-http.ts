/** `pyroscope.receive_http`: takes profiles over HTTP. Listens on loopback unless the configuration says otherwise. */
import { ArgumentError, type Component, defineComponent, type StopSignal } from '../../core/alloy/component.ts';
import { block, body, type Decoded, required, t, withDefault } from '../../core/alloy/schema.ts';
import { contents, profilesReceiver } from '../../core/pipeline/capsules.ts';
import { graphChanged, type ProfilesReceiver } from '../../core/pipeline/nodes.ts';
import { countProfiles, type ProfilesBatch } from '../../core/pipeline/signals.ts';
import { refuseUnsupported } from '../../core/pipeline/unsupported.ts';
import type { HostContext, PipelineWriter } from '../context.ts';
import { grpcServerSchema, http2Schema, serverTlsSchema } from '../declared/blocks/http-server.ts';
import { HttpListener } from '../receive/http-listener.ts';
import { createPyroscopeServer } from '../receive/pyroscope-http.ts';
import { formatListenAddress, parseListenAddress } from '../runtime/listen-address.ts';
import { toAbortSignal } from '../runtime/stop-signal.ts';

const httpSchema = body({
  listen_address: withDefault(t.string, '127.0.0.1', {
    doc: 'Where to listen. Alloy listens on all addresses by default; this does not.',
  }),
  listen_port: withDefault(t.int, 8080, { doc: 'Port to listen on; 0: any that is free.' }),
  conn_limit: withDefault(t.int, 16_384, { doc: 'Connections at a time; 0: no limit.' }),
  server_read_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long a request may take.' }),
  server_write_timeout: withDefault(t.duration, 30_000, { text: '30s', doc: 'How long an answer may take.' }),
  server_idle_timeout: withDefault(t.duration, 120_000, { text: '2m', doc: 'How long an unused connection is kept.' }),
  tls: block(serverTlsSchema, { doc: 'TLS settings of the server.' }),
  http2: block(http2Schema, { doc: 'HTTP/2 without TLS.' }),
});

const schema = body({
  forward_to: required(t.list(profilesReceiver), { doc: 'Receivers of the profiles.' }),
  graceful_shutdown_timeout: withDefault(t.duration, 30_000, {
    text: '30s',
    doc: 'How long requests may go on at the end.',
  }),
  debug_info_upload_timeout: withDefault(t.duration, 120_000, {
    text: '2m',
    doc: 'How long an upload of debug information may take; they are not taken here.',
  }),
  http: block(httpSchema, { doc: 'Where and how to listen.' }),
  grpc: block(grpcServerSchema, { doc: "Alloy's server opens a gRPC port too, on which it takes no profiles." }),
});

type Arguments = Decoded<typeof schema>;
type HttpArguments = Decoded<typeof httpSchema>;
type Http = Pick<HttpArguments, keyof typeof DEFAULT_HTTP>;

/** Uncompressed. The gateway takes as much, and Pyroscope takes profiles of 4 MiB. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Alloy listens whether or not there is a block. */
const DEFAULT_HTTP = {
  listen_address: '127.0.0.1',
  listen_port: 8080,
  conn_limit: 16_384,
  server_read_timeout: 30_000,
  server_write_timeout: 30_000,
  server_idle_timeout: 120_000,
} as const satisfies Partial<HttpArguments>;

class PyroscopeReceiveHttp implements Component<Arguments> {
  readonly #context: HostContext;
  readonly #writer: PipelineWriter<ProfilesBatch>;
  readonly #listener: HttpListener;
  #http: Http = DEFAULT_HTTP;
  #next: readonly ProfilesReceiver[] = [];

  constructor(context: HostContext, args: Arguments) {
    this.#context = context;
    this.#writer = context.openProfiles(() => this.#next);
    this.#listener = new HttpListener(context, 'profiles over HTTP');
    this.update(args);
  }

  update(args: Arguments): void {
    const http = args.http ?? DEFAULT_HTTP;
    check(args, http);
    const names = Object.keys(DEFAULT_HTTP) as (keyof typeof DEFAULT_HTTP)[];
    const changed = names.some((name) => http[name] !== this.#http[name]);
    this.#http = http;
    this.#next = contents(args.forward_to);
    graphChanged();
    if (changed) this.#listener.restart();
  }

  exports() {
    return {};
  }

  async run(signal: StopSignal): Promise<void> {
    const { telemetry, componentId } = this.#context;
    const received = telemetry.counter(
      'spillway_agent_received_profiles_total',
      'Profiles taken over HTTP.',
      { component_id: componentId },
      componentId,
    );
    const write = async (batch: ProfilesBatch) => {
      await this.#writer.write(batch);
      received.add(countProfiles(batch));
    };
    const serve = () => createPyroscopeServer(serverSettings(this.#http), write);
    await this.#listener.run(toAbortSignal(signal), () => addressOf(this.#http), serve);
  }

  health() {
    return this.#listener.health();
  }

  /** Where it listens, with the real port where port 0 was asked for. */
  debugInfo() {
    return { http: this.#listener.address };
  }
}

function serverSettings({ conn_limit, server_idle_timeout, server_read_timeout }: Http) {
  return {
    maxBodyBytes: MAX_BODY_BYTES,
    maxConnections: conn_limit,
    idleTimeoutMs: server_idle_timeout,
    readTimeoutMs: server_read_timeout,
  };
}

function addressOf({ listen_address, listen_port }: Http): string {
  return formatListenAddress({ host: listen_address, port: listen_port });
}

function check(args: Arguments, http: Http): void {
  refuseUnsupported(args, schema, ['graceful_shutdown_timeout', 'debug_info_upload_timeout', 'grpc']);
  refuseUnsupported(http, httpSchema, ['server_write_timeout', 'tls', 'http2'], 'http');
  if (parseListenAddress(addressOf(http)) === undefined) {
    throw new ArgumentError('http.listen_address', `${JSON.stringify(addressOf(http))} is not an address with a port`);
  }
}

export const pyroscopeReceiveHttp = defineComponent<typeof schema, HostContext>({
  name: 'pyroscope.receive_http',
  summary: 'Takes profiles over HTTP, as Pyroscope does, from its SDKs and from other agents.',
  stability: 'generally-available',
  sides: ['host'],
  schema,
  exports: {},
  create: (context, args) => new PyroscopeReceiveHttp(context, args),
});
