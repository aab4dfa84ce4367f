/** Blocks that configure Alloy itself and that agent-lite does not act on yet: they can be checked, and `run` refuses them. */
import { ArgumentError } from '../../core/alloy/component.ts';
import { notRunning } from '../../core/alloy/component-node.ts';
import { type AnyConfigBlock, defineConfigBlock } from '../../core/alloy/config-block.ts';
import { type BodySchema, block, body, optional, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { otelConsumer } from '../../core/pipeline/capsules.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';

const windowsCertificateSchema = body({
  server: requiredBlock(
    body({
      store: optional(t.string),
      system_store: optional(t.string),
      issuer_common_names: optional(t.list(t.string)),
      template_id: optional(t.string),
      refresh_interval: withDefault(t.duration, 0, { text: '0s' }),
    }),
  ),
  client: requiredBlock(
    body({
      issuer_common_names: optional(t.list(t.string)),
      subject_regex: optional(t.string),
      template_id: optional(t.string),
    }),
  ),
});

/** The block `tls` of `http`. */
export const tlsServerSchema = body({
  cert_pem: optional(t.string),
  cert_file: optional(t.string),
  key_pem: optional(t.secret),
  key_file: optional(t.string),
  client_ca_pem: optional(t.string),
  client_ca_file: optional(t.string),
  client_auth_type: optional(t.string),
  cipher_suites: optional(t.list(t.string)),
  curve_preferences: optional(t.list(t.string)),
  min_version: optional(t.string),
  max_version: optional(t.string),
  windows_certificate_filter: block(windowsCertificateSchema),
});

const tracingSchema = body({
  sampling_fraction: withDefault(t.float, 0.1),
  send_traceparent: withDefault(t.bool, false),
  write_to: optional(t.list(otelConsumer)),
  sampler: block(
    body({
      jaeger_remote: block(
        body({
          url: withDefault(t.string, 'http://127.0.0.1:5778/sampling'),
          max_operations: withDefault(t.int, 256),
          refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
        }),
      ),
    }),
  ),
});

const remotecfgSchema = body({
  url: optional(t.string),
  id: optional(t.string),
  name: optional(t.string),
  attributes: optional(t.map(t.string)),
  poll_frequency: withDefault(t.duration, 60_000, { text: '1m' }),
  ...httpClientFields,
});

export const declaredBlocks: readonly AnyConfigBlock[] = [
  declareBlock('remotecfg', remotecfgSchema),
  declareBlock('tracing', tracingSchema),
];

function declareBlock(name: string, schema: BodySchema): AnyConfigBlock {
  return defineConfigBlock({
    name,
    stability: 'generally-available',
    schema,
    apply(args) {
      if (args !== undefined) throw new ArgumentError('', notRunning(`block ${JSON.stringify(name)}`));
    },
  });
}
