/** Sources that wait for others to send logs: push API, syslog, GELF, Heroku, Google Cloud. */
import { attributes, block, blocks, type Statement, same } from '../alloy/block.ts';
import type { SourceForms } from '../forms/promtail-sources.ts';
import { tlsBlock } from '../prometheus/http-client.ts';
import type { LogsScrape } from './scrape.ts';
import { checkServer, serverBlocks } from './server.ts';
import { ends, push } from './sources.ts';

export function appendPushApi(scrape: LogsScrape): void {
  const { loki_push_api: form } = scrape.form;
  if (form === undefined) return;
  checkServer(form.server ?? {}, scrape.context.diagnostics);
  const { forward_to, relabel_rules } = ends(scrape);
  push(scrape, 'api', [
    ...serverBlocks(form.server ?? {}),
    ...attributes({ forward_to, labels: form.labels, relabel_rules }),
    ...same(form, 'use_incoming_timestamp'),
    ...attributes({
      max_send_message_size: form.max_send_msg_size === undefined ? undefined : `${form.max_send_msg_size}B`,
    }),
  ]);
}

const SYSLOG_FORMATS = ['rfc3164', 'rfc5424', 'raw'];

export function appendSyslog(scrape: LogsScrape): void {
  const { syslog: form } = scrape.form;
  if (form === undefined) return;
  const format = form.syslog_format;
  if (format !== undefined && format !== '' && !SYSLOG_FORMATS.includes(format)) {
    scrape.context.diagnostics.add('Critical', `unknown syslog format ${JSON.stringify(format)}`);
    return;
  }
  const { forward_to, relabel_rules } = ends(scrape);
  push(scrape, 'syslog', [block('listener', listenerBody(form)), ...attributes({ forward_to, relabel_rules })]);
}

function listenerBody(form: SourceForms['syslog']): Statement[] {
  const { raw_format_options: raw, rfc3164_cisco_components: cisco } = form;
  return [
    ...attributes({ address: form.listen_address ?? '', protocol: form.listen_protocol }),
    ...same(form, 'idle_timeout', 'label_structured_data', 'labels', 'use_incoming_timestamp', 'use_rfc5424_message'),
    ...same(form, 'max_message_length'),
    tlsBlock(form.tls_config),
    ...attributes({ syslog_format: form.syslog_format || undefined }),
    ...blocks('raw_format_options', raw ? [raw] : [], (each) => same(each, 'use_null_terminator_delimiter')),
    ...blocks('rfc3164_cisco_components', cisco ? [cisco] : [], (each) =>
      same(each, 'enable_all', 'message_counter', 'sequence_number', 'hostname', 'second_fractions'),
    ),
  ];
}

export function appendGcplog(scrape: LogsScrape): void {
  const { gcplog: form } = scrape.form;
  if (form === undefined) return;
  const target = gcplogTarget(form, scrape);
  const { forward_to, relabel_rules } = ends(scrape);
  push(scrape, 'gcplog', [...target, ...attributes({ forward_to, relabel_rules })]);
}

function gcplogTarget(form: SourceForms['gcplog'], scrape: LogsScrape): Statement[] {
  const common = same(form, 'labels', 'use_incoming_timestamp', 'use_full_line');
  switch (form.subscription_type ?? '') {
    case '':
    case 'pull':
      return [
        block('pull', [
          ...attributes({ project_id: form.project_id ?? '', subscription: form.subscription ?? '' }),
          ...common,
        ]),
      ];
    case 'push':
      checkServer(form.server ?? {}, scrape.context.diagnostics);
      return [block('push', [...serverBlocks(form.server ?? {}), ...same(form, 'push_timeout'), ...common])];
    default:
      scrape.context.diagnostics.add('Error', "gcplog.subscription_type must be one of 'pull' or 'push'");
      return [];
  }
}

export function appendGelf(scrape: LogsScrape): void {
  const { gelf: form } = scrape.form;
  if (form === undefined) return;
  if (form.labels?.size) {
    const hint = 'loki.source.gelf adds none; put them into a stage.static_labels of the loki.process behind it';
    scrape.context.diagnostics.add('Warning', `labels of gelf are left out: ${hint}`);
  }
  const { forward_to, relabel_rules } = ends(scrape);
  push(scrape, 'gelf', [
    ...same(form, 'listen_address', 'use_incoming_timestamp'),
    ...attributes({ relabel_rules, forward_to }),
  ]);
}

export function appendHerokuDrain(scrape: LogsScrape): void {
  const { heroku_drain: form } = scrape.form;
  if (form === undefined) return;
  const { forward_to, relabel_rules } = ends(scrape);
  push(scrape, 'heroku', [
    ...serverBlocks(form.server ?? {}),
    ...same(form, 'labels', 'use_incoming_timestamp'),
    ...attributes({ forward_to, relabel_rules }),
  ]);
}
