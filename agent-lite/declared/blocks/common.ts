/** Arguments and blocks of more than one family of components. */
import { body, optional, required, t, withDefault } from '../../../core/alloy/schema.ts';

export const clusteringSchema = body({ enabled: required(t.bool) });

export const ec2FilterSchema = body({ name: required(t.string), values: required(t.list(t.string)) });

export const proxyFields = {
  proxy_url: optional(t.string),
  no_proxy: optional(t.string),
  proxy_from_environment: withDefault(t.bool, false),
  proxy_connect_header: optional(t.map(t.list(t.secret))),
} as const;
