/** Sources of logs that are not files: journal, brokers, clouds, Windows. */

import { parseDuration } from '../../../core/alloy/duration.ts';
import { ValueError } from '../../../core/alloy/value-error.ts';
import { attributes, type Body, block, optionalBlock, type Statement, same } from '../alloy/block.ts';
import { Duration, Expression } from '../alloy/value.ts';
import type { SourceForms } from '../forms/promtail-sources.ts';
import { discoveryBodies } from '../prometheus/discovery-blocks.ts';
import { httpClient, tlsBlock, tlsBody } from '../prometheus/http-client.ts';
import type { LogsScrape } from './scrape.ts';

/** Consumers of a broker keep their place under this name. */
const PROMTAIL_GROUP = 'promtail';

export function appendCloudflare(scrape: LogsScrape): void {
  const { cloudflare: form } = scrape.form;
  if (form === undefined) return;
  push(scrape, 'cloudflare', [
    ...attributes({ api_token: form.api_token ?? '', zone_id: form.zone_id ?? '' }),
    ...same(form, 'labels', 'workers', 'pull_range', 'fields_type', 'additional_fields'),
    ...attributes({ forward_to: scrape.relabelled() }),
  ]);
}

export function appendJournal(scrape: LogsScrape): void {
  const { journal: form, job_name = '' } = scrape.form;
  if (form === undefined) return;
  const { forward_to, relabel_rules } = ends(scrape);
  push(scrape, 'journal', [
    ...attributes({ format_as_json: form.json, max_age: maxAge(form, scrape), path: form.path, relabel_rules }),
    ...same(form, 'matches'),
    ...attributes({ forward_to, labels: form.labels }),
    // With it, reading goes on where Promtail stopped.
    block('legacy_position', attributes({ file: scrape.context.positionsFile, name: job_name })),
  ]);
}

function maxAge({ max_age }: SourceForms['journal'], scrape: LogsScrape): Duration | undefined {
  if (max_age === undefined || max_age === '') return undefined;
  try {
    return new Duration(parseDuration(max_age));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const message = `failed to parse max_age duration for journal config: ${error.message}, will use default`;
    scrape.context.diagnostics.add('Error', message);
    return undefined;
  }
}

export function appendWindowsEvents(scrape: LogsScrape): void {
  const { windows_events: form } = scrape.form;
  if (form === undefined) return;
  const forward_to = scrape.relabelled();
  push(scrape, 'windowsevent', [
    ...same(form, 'locale', 'eventlog_name', 'xpath_query', 'poll_interval', 'exclude_event_data', 'exclude_user_data'),
    ...same(form, 'exclude_event_message', 'use_incoming_timestamp'),
    ...attributes({ forward_to, labels: form.labels, legacy_bookmark_path: form.bookmark_path }),
  ]);
}

export function appendKafka(scrape: LogsScrape): void {
  const { kafka: form } = scrape.form;
  if (form === undefined) return;
  const { forward_to, relabel_rules } = ends(scrape);
  push(scrape, 'kafka', [
    ...attributes({ brokers: form.brokers ?? [], topics: form.topics ?? [] }),
    ...attributes({ group_id: form.group_id ?? PROMTAIL_GROUP }),
    ...same(form, 'assignor', 'version'),
    optionalBlock('authentication', kafkaAuthentication(form.authentication ?? {})),
    ...same(form, 'use_incoming_timestamp', 'labels'),
    ...attributes({ forward_to, relabel_rules }),
  ]);
}

function kafkaAuthentication(form: NonNullable<SourceForms['kafka']['authentication']>): Statement[] {
  const { sasl_config: sasl } = form;
  return [
    ...same(form, 'type'),
    tlsBlock(form.tls_config),
    ...(sasl
      ? [
          optionalBlock('sasl_config', [
            ...same(sasl, 'mechanism', 'user', 'password', 'use_tls'),
            optionalBlock('tls_config', tlsBody(sasl)),
          ]),
        ]
      : []),
  ];
}

export function appendAzureEventHubs(scrape: LogsScrape): void {
  const { azure_event_hubs: form } = scrape.form;
  if (form === undefined) return;
  const { forward_to, relabel_rules } = ends(scrape);
  const { fully_qualified_namespace = '', event_hubs = [], connection_string } = form;
  push(scrape, 'azure_event_hubs', [
    ...attributes({ fully_qualified_namespace, event_hubs }),
    block('authentication', attributes({ mechanism: 'connection_string', connection_string })),
    ...attributes({ group_id: form.group_id ?? PROMTAIL_GROUP }),
    ...same(form, 'use_incoming_timestamp', 'disallow_custom_messages'),
    ...attributes({ relabel_rules }),
    ...same(form, 'labels'),
    ...attributes({ forward_to }),
  ]);
}

/** Containers are not files to Promtail: each Docker is a source with its own discovery. */
export function appendDocker(scrape: LogsScrape): void {
  scrape.form.docker_sd_configs?.forEach((form, i) => {
    const label = scrape.label(i);
    scrape.blocks.push(block('discovery.docker', discoveryBodies.docker(form), label));
    const { forward_to, relabel_rules } = ends(scrape);
    const body = [
      ...same(form, 'host'),
      ...attributes({ targets: new Expression(`discovery.docker.${label}.targets`), forward_to, relabel_rules }),
      optionalBlock('http_client_config', httpClient(form)),
      ...same(form, 'refresh_interval'),
    ];
    scrape.blocks.push(block('loki.source.docker', body, label));
  });
}

/** Where the lines of a source go, and the rules it applies. Makes the components of both. */
export function ends(scrape: LogsScrape): { forward_to: readonly Expression[]; relabel_rules: Expression | undefined } {
  const forward_to = scrape.receivers();
  return { forward_to, relabel_rules: scrape.rules() };
}

export function push(scrape: LogsScrape, source: string, body: Body): void {
  scrape.blocks.push(block(`loki.source.${source}`, body, scrape.label()));
}
