/** Sources of log lines from Kafka and cloud services. */
import { block, body, optional, required, requiredBlock, t, withDefault } from '../../core/alloy/schema.ts';
import { logsReceiver, relabelRules } from '../../core/pipeline/capsules.ts';
import { tlsConfigSchema } from '../../core/pipeline/http-client-blocks.ts';
import { serverFields } from './blocks/http-server.ts';
import { type DeclaredComponent, declareComponent, GiB } from './declare.ts';
import { need, needExactlyOne, ruled } from './rules.ts';

export const lokiSourcesCloudComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'loki.source.awsfirehose',
    summary: 'Takes log lines from AWS Data Firehose.',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      ...serverFields,
      access_key: optional(t.secret),
      use_incoming_timestamp: withDefault(t.bool, false),
      relabel_rules: optional(relabelRules),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.azure_event_hubs',
    summary: 'Reads log lines from Azure Event Hubs.',
    schema: body({
      fully_qualified_namespace: required(t.string),
      event_hubs: required(t.list(t.string)),
      forward_to: required(t.list(logsReceiver)),
      group_id: withDefault(t.string, 'loki.source.azure_event_hubs'),
      use_incoming_timestamp: withDefault(t.bool, false),
      disallow_custom_messages: withDefault(t.bool, false),
      relabel_rules: optional(relabelRules),
      labels: withDefault(t.map(t.string), { job: 'loki.source.azure_event_hubs' }),
      assignor: withDefault(t.string, 'range'),
      authentication: requiredBlock(
        body({
          mechanism: required(t.string),
          scopes: optional(t.list(t.string)),
          connection_string: optional(t.secret),
        }),
      ),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.cloudflare',
    summary: 'Reads logs of Cloudflare zones from Logpull.',
    schema: ruled(
      body({
        api_token: required(t.secret),
        zone_id: required(t.string),
        forward_to: required(t.list(logsReceiver)),
        labels: optional(t.map(t.string)),
        workers: withDefault(t.int, 3),
        pull_range: withDefault(t.duration, 60_000, { text: '1m' }),
        fields_type: withDefault(t.oneOf('default', 'minimal', 'extended', 'all', 'custom'), 'default'),
        additional_fields: optional(t.list(t.string)),
      }),
      (args, path) => need(args.pull_range >= 0, path, 'pull_range', 'must not be negative'),
    ),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.gcplog',
    summary: 'Reads logs of Google Cloud from Pub/Sub.',
    schema: ruled(
      body({
        forward_to: required(t.list(logsReceiver)),
        relabel_rules: optional(relabelRules),
        pull: block(
          body({
            project_id: required(t.string),
            subscription: required(t.string),
            labels: optional(t.map(t.string)),
            use_incoming_timestamp: withDefault(t.bool, false),
            use_full_line: withDefault(t.bool, false),
            limit: block(
              body({
                max_outstanding_bytes: withDefault(t.size, 1 * GiB, { text: '1GiB' }),
                max_outstanding_messages: withDefault(t.int, 1000),
              }),
            ),
          }),
        ),
        push: block(
          body({
            ...serverFields,
            push_timeout: withDefault(t.duration, 0, { text: '0s' }),
            labels: optional(t.map(t.string)),
            use_incoming_timestamp: withDefault(t.bool, false),
            use_full_line: withDefault(t.bool, false),
          }),
        ),
      }),
      (args, path) => needExactlyOne(args, path, 'pull', 'push'),
    ),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.kafka',
    summary: 'Reads log lines from Kafka topics.',
    schema: body({
      brokers: required(t.list(t.string)),
      topics: required(t.list(t.string)),
      forward_to: required(t.list(logsReceiver)),
      group_id: withDefault(t.string, 'loki.source.kafka'),
      assignor: withDefault(t.string, 'range'),
      version: withDefault(t.string, '2.2.1'),
      use_incoming_timestamp: withDefault(t.bool, false),
      labels: optional(t.map(t.string)),
      relabel_rules: optional(relabelRules),
      authentication: block(
        body({
          type: withDefault(t.string, 'none'),
          tls_config: block(tlsConfigSchema),
          sasl_config: block(
            body({
              mechanism: withDefault(t.string, 'PLAIN'),
              user: optional(t.string),
              password: optional(t.secret),
              use_tls: withDefault(t.bool, false),
              tls_config: block(tlsConfigSchema),
              oauth_config: block(body({ token_provider: required(t.string), scopes: required(t.list(t.string)) })),
            }),
          ),
        }),
      ),
    }),
    exports: {},
  }),
];
