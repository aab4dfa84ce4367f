/** Sources of log lines on this host and from the network. */
import { block, blocks, body, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { logsReceiver, relabelRules } from '../../core/pipeline/capsules.ts';
import { tlsConfigSchema } from '../../core/pipeline/http-client-blocks.ts';
import { serverFields } from './blocks/http-server.ts';
import { type DeclaredComponent, declareComponent, MiB } from './declare.ts';
import { need, ruled } from './rules.ts';

interface SyslogListener {
  readonly syslog_format: string;
  readonly rfc5424_allow_empty_msg: boolean;
  readonly use_rfc5424_message: boolean;
  readonly rfc3164_default_to_current_year: boolean;
  readonly use_incoming_timestamp: boolean;
  readonly raw_format_options?: object | undefined;
  readonly rfc3164_cisco_components?: Readonly<Record<string, boolean>> | undefined;
}

/** What has no effect with a format is refused with it. */
function syslogListener(args: SyslogListener, path: string): void {
  const { syslog_format: format, rfc3164_cisco_components: cisco } = args;
  const only = (given: boolean, name: string, allowed: boolean) =>
    need(!given || allowed, path, name, `has no effect with syslog_format ${format}`);
  only(cisco !== undefined, 'rfc3164_cisco_components', format === 'rfc3164');
  need(
    cisco === undefined || Object.values(cisco).includes(true),
    path,
    'rfc3164_cisco_components',
    'at least one part must be enabled',
  );
  only(args.rfc5424_allow_empty_msg, 'rfc5424_allow_empty_msg', format === 'rfc5424');
  only(args.use_rfc5424_message, 'use_rfc5424_message', format !== 'raw');
  only(args.rfc3164_default_to_current_year, 'rfc3164_default_to_current_year', format !== 'raw');
  only(args.use_incoming_timestamp, 'use_incoming_timestamp', format !== 'raw');
  only(args.raw_format_options !== undefined, 'raw_format_options', format === 'raw');
}

export const lokiSourcesComponents: readonly DeclaredComponent[] = [
  declareComponent({
    name: 'loki.source.api',
    summary: "Takes log lines over Loki's push API.",
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      ...serverFields,
      labels: optional(t.map(t.string)),
      relabel_rules: optional(relabelRules),
      use_incoming_timestamp: withDefault(t.bool, false),
      max_send_message_size: withDefault(t.size, 100 * MiB, { text: '100MiB' }),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.gelf',
    summary: 'Takes log lines in GELF over UDP.',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      listen_address: withDefault(t.string, '0.0.0.0:12201'),
      use_incoming_timestamp: withDefault(t.bool, false),
      relabel_rules: optional(relabelRules),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.heroku',
    summary: 'Takes log lines from Heroku drains.',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      ...serverFields,
      labels: optional(t.map(t.string)),
      use_incoming_timestamp: withDefault(t.bool, false),
      relabel_rules: optional(relabelRules),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.syslog',
    summary: 'Takes syslog messages over TCP or UDP.',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      relabel_rules: optional(relabelRules),
      listener: blocks(
        ruled(
          body({
            address: required(t.string),
            protocol: withDefault(t.oneOf('tcp', 'udp'), 'tcp'),
            idle_timeout: withDefault(t.duration, 120_000, { text: '2m' }),
            label_structured_data: withDefault(t.bool, false),
            labels: optional(t.map(t.string)),
            use_incoming_timestamp: withDefault(t.bool, false),
            use_rfc5424_message: withDefault(t.bool, false),
            rfc3164_default_to_current_year: withDefault(t.bool, false),
            rfc5424_allow_empty_msg: withDefault(t.bool, false),
            max_message_length: withDefault(t.int, 8192),
            syslog_format: withDefault(t.oneOf('rfc5424', 'rfc3164', 'raw'), 'rfc5424'),
            udp_queue_size: withDefault(t.int, 10),
            udp_host_cache_size: withDefault(t.int, 128),
            tls_config: block(tlsConfigSchema),
            raw_format_options: block(body({ use_null_terminator_delimiter: withDefault(t.bool, false) })),
            rfc3164_cisco_components: block(
              body({
                enable_all: withDefault(t.bool, false),
                message_counter: withDefault(t.bool, false),
                sequence_number: withDefault(t.bool, false),
                hostname: withDefault(t.bool, false),
                second_fractions: withDefault(t.bool, false),
              }),
            ),
          }),
          (args, path) => syslogListener(args, path),
        ),
        { required: true },
      ),
    }),
    exports: {},
  }),
  declareComponent({
    name: 'loki.source.windowsevent',
    summary: 'Reads the Windows event log.',
    schema: body({
      forward_to: required(t.list(logsReceiver)),
      locale: withDefault(t.int, 0),
      eventlog_name: optional(t.string),
      xpath_query: withDefault(t.string, '*'),
      bookmark_path: optional(t.string),
      poll_interval: withDefault(t.duration, 3000, { text: '3s' }),
      exclude_event_data: withDefault(t.bool, false),
      exclude_user_data: withDefault(t.bool, false),
      exclude_event_message: withDefault(t.bool, false),
      use_incoming_timestamp: withDefault(t.bool, false),
      labels: optional(t.map(t.string)),
      legacy_bookmark_path: optional(t.string),
    }),
    exports: {},
  }),
];
