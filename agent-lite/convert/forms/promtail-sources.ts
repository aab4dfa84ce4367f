/** What Promtail reads logs from, besides files found by service discovery. */
import { mapping, presence, type Read } from '../yaml/form.ts';
import { bool, goDuration, int, promDuration, text, textList, textMap } from '../yaml/scalars.ts';
import { tlsFields, tlsForm } from './http-client.ts';
import { serverForm } from './http-server.ts';

export const sourceFields = {
  journal: presence({ max_age: text, json: bool, labels: textMap, path: text, matches: text }),
  syslog: presence({
    listen_address: text,
    listen_protocol: text,
    idle_timeout: goDuration,
    label_structured_data: bool,
    labels: textMap,
    use_incoming_timestamp: bool,
    use_rfc5424_message: bool,
    syslog_format: text,
    max_message_length: int,
    tls_config: tlsForm,
    raw_format_options: mapping({ use_null_terminator_delimiter: bool }),
    rfc3164_cisco_components: mapping({
      enable_all: bool,
      message_counter: bool,
      sequence_number: bool,
      hostname: bool,
      second_fractions: bool,
    }),
  }),
  gcplog: mapping({
    project_id: text,
    subscription: text,
    labels: textMap,
    use_incoming_timestamp: bool,
    use_full_line: bool,
    subscription_type: text,
    push_timeout: goDuration,
    server: serverForm,
  }),
  loki_push_api: presence({
    server: serverForm,
    labels: textMap,
    use_incoming_timestamp: bool,
    max_send_msg_size: int,
  }),
  windows_events: mapping({
    locale: int,
    eventlog_name: text,
    xpath_query: text,
    use_incoming_timestamp: bool,
    bookmark_path: text,
    poll_interval: goDuration,
    exclude_event_data: bool,
    exclude_event_message: bool,
    exclude_user_data: bool,
    labels: textMap,
  }),
  kafka: mapping({
    brokers: textList,
    group_id: text,
    topics: textList,
    version: text,
    assignor: text,
    use_incoming_timestamp: bool,
    labels: textMap,
    authentication: mapping({
      type: text,
      tls_config: tlsForm,
      sasl_config: mapping({ mechanism: text, user: text, password: text, use_tls: bool, ...tlsFields }),
    }),
  }),
  azure_event_hubs: mapping({
    event_hubs: textList,
    connection_string: text,
    fully_qualified_namespace: text,
    group_id: text,
    disallow_custom_messages: bool,
    use_incoming_timestamp: bool,
    labels: textMap,
  }),
  gelf: presence({ listen_address: text, labels: textMap, use_incoming_timestamp: bool }),
  cloudflare: mapping({
    api_token: text,
    zone_id: text,
    labels: textMap,
    workers: int,
    pull_range: promDuration,
    fields_type: text,
    additional_fields: textList,
  }),
  heroku_drain: presence({ server: serverForm, labels: textMap, use_incoming_timestamp: bool }),
};

const sourcesForm = mapping(sourceFields);
export type SourceForms = Required<Read<typeof sourcesForm>>;
