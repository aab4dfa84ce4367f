/** Kafka's settings in OpenTelemetry components. */
import { block, body, optional, required, t, withDefault } from '../../../core/alloy/schema.ts';
import { tlsClientSchema } from './otelcol.ts';

export const kafkaPlaintextSchema = body({ username: required(t.string), password: required(t.secret) });

export const kafkaAwsMskSchema = body({ region: required(t.string) });

export const kafkaSaslSchema = body({
  username: required(t.string),
  password: required(t.secret),
  mechanism: required(t.string),
  version: withDefault(t.int, 0),
  aws_msk: block(kafkaAwsMskSchema),
});

export const kafkaKerberosSchema = body({
  username: required(t.string),
  service_name: optional(t.string),
  realm: optional(t.string),
  use_keytab: withDefault(t.bool, false),
  password: optional(t.secret),
  config_file: optional(t.string),
  keytab_file: optional(t.string),
  disable_fast_negotiation: withDefault(t.bool, false),
});

export const kafkaAuthenticationSchema = body({
  plaintext: block(kafkaPlaintextSchema),
  sasl: block(kafkaSaslSchema),
  tls: block(tlsClientSchema),
  kerberos: block(kafkaKerberosSchema),
});

export const kafkaMetadataRetrySchema = body({
  max_retries: withDefault(t.int, 3),
  backoff: withDefault(t.duration, 250, { text: '250ms' }),
});

export const kafkaMetadataSchema = body({
  full: withDefault(t.bool, true),
  refresh_interval: withDefault(t.duration, 600_000, { text: '10m' }),
  retry: block(kafkaMetadataRetrySchema),
});
