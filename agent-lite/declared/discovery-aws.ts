/** Discovery in AWS. */
import { blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { ec2FilterSchema } from './blocks/common.ts';
import { type DeclaredComponent, declareComponent } from './declare.ts';

export const discoveryAwsComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'discovery.aws',
    summary: 'Finds targets in AWS: EC2, Lightsail, ECS and others.',
    schema: body({
      role: required(t.string),
      endpoint: optional(t.string),
      region: optional(t.string),
      access_key: optional(t.string),
      secret_key: optional(t.secret),
      profile: optional(t.string),
      role_arn: optional(t.string),
      external_id: optional(t.string),
      refresh_interval: withDefault(t.duration, 0, { text: '0s' }),
      port: withDefault(t.int, 0),
      clusters: optional(t.list(t.string)),
      request_concurrency: withDefault(t.int, 0),
      filter: blocks(ec2FilterSchema),
      ...httpClientFields,
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.ec2',
    summary: 'Finds EC2 instances.',
    schema: body({
      endpoint: optional(t.string),
      region: optional(t.string),
      access_key: optional(t.string),
      secret_key: optional(t.secret),
      profile: optional(t.string),
      role_arn: optional(t.string),
      refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      port: withDefault(t.int, 80),
      filter: blocks(ec2FilterSchema),
      ...httpClientFields,
    }),
    exports: { targets: 'list(map(string))' },
  }),
  declareComponent({
    name: 'discovery.lightsail',
    summary: 'Finds AWS Lightsail instances.',
    schema: body({
      endpoint: optional(t.string),
      region: optional(t.string),
      access_key: optional(t.string),
      secret_key: optional(t.secret),
      profile: optional(t.string),
      role_arn: optional(t.string),
      refresh_interval: withDefault(t.duration, 60_000, { text: '1m' }),
      port: withDefault(t.int, 80),
      ...httpClientFields,
    }),
    exports: { targets: 'list(map(string))' },
  }),
];
