/** Integrations: each is an exporter with a scrape of its own, and all write to one place. */
import { type Block, block } from '../alloy/block.ts';
import { toIdentifier } from '../alloy/identifier.ts';
import { Expression } from '../alloy/value.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import {
  type CommonForm,
  type IntegrationForms,
  type IntegrationName,
  integrationNames,
  unsupportedIntegrations,
} from '../forms/integrations.ts';
import type { GlobalForm, RemoteWriteForm, ScrapeForm } from '../forms/prometheus.ts';
import type { StaticIntegrationsForm } from '../forms/static.ts';
import { convertMetrics } from '../prometheus/pipeline.ts';
import { exporters } from './exporters.ts';

const PREFIX = 'integrations';

export function convertIntegrations(
  form: StaticIntegrationsForm,
  global: GlobalForm,
  globalRemoteWrite: readonly RemoteWriteForm[],
  diagnostics: ConversionDiagnostics,
): Block[] {
  const remoteWrite = form.prometheus_remote_write?.length ? form.prometheus_remote_write : globalRemoteWrite;
  const blocks: Block[] = [];
  let writer: string | undefined;
  for (const name of integrationNames) {
    const integration = form[name];
    if (integration?.enabled !== true || !isScraped(name, integration, form, diagnostics)) continue;
    checkIntegration(name, integration, diagnostics);
    if (remoteWrite.length === 0) diagnostics.add('Critical', NO_REMOTE_WRITE);
    const label = toIdentifier(`${PREFIX}/${name}`)!;
    blocks.push(exporterBlock(name, integration, label));
    const targets = new Expression(`prometheus.exporter.${exporters[name].component}.${label}.targets`);
    const source = { global, scrapeConfigs: [scrapeOf(name, integration, form)], remoteWrite };
    const placement = { label: labelOf, extraTargets: [targets], ...(writer === undefined ? {} : { writer }) };
    blocks.push(...convertMetrics(source, placement, diagnostics));
    writer = `prometheus.remote_write.${PREFIX}.receiver`;
  }
  return blocks;
}

const NO_REMOTE_WRITE =
  'The converter does not support handling integrations which are not connected to a remote_write.';

function isScraped(
  name: string,
  integration: CommonForm,
  form: StaticIntegrationsForm,
  diagnostics: ConversionDiagnostics,
): boolean {
  if (integration.scrape_integration ?? form.scrape_integrations ?? true) return true;
  const message = `The converter does not support handling integrations which are not being scraped: ${name}.`;
  diagnostics.add('Critical', message);
  return false;
}

function exporterBlock<K extends IntegrationName>(name: K, form: IntegrationForms[K], label: string): Block {
  const { component, body } = exporters[name];
  return block(`prometheus.exporter.${component}`, body(form), label);
}

/** `integrations` for the writer, `integrations_node_exporter` for a job. */
function labelOf(job: string): string {
  return job === '' ? PREFIX : `${PREFIX}_${job.replace(/^integrations\//, '')}`;
}

/** The agent names the job and, where it is told to, the instance; rules that do so themselves come first. */
function scrapeOf(name: string, integration: CommonForm, form: StaticIntegrationsForm): ScrapeForm {
  const given = integration.relabel_configs ?? [];
  const instance =
    integration.instance === undefined ? [] : [{ target_label: 'instance', replacement: integration.instance }];
  const namesJob = given.some(({ target_label }) => target_label === 'job');
  const job = namesJob ? [] : [{ target_label: 'job', replacement: `${PREFIX}/${name}` }];
  const { scrape_interval, scrape_timeout, metric_relabel_configs } = integration;
  return {
    job_name: `${PREFIX}/${name}`,
    relabel_configs: [...given, ...instance, ...job],
    ...(metric_relabel_configs === undefined ? {} : { metric_relabel_configs }),
    ...(scrape_interval === undefined ? {} : { scrape_interval }),
    ...(scrape_timeout === undefined ? {} : { scrape_timeout }),
    ...(form.http_tls_config === undefined ? {} : { tls_config: form.http_tls_config }),
  };
}

/** Parts of single integrations that their components do not have. */
function checkIntegration(name: IntegrationName, integration: CommonForm, diagnostics: ConversionDiagnostics): void {
  if (name === 'statsd_exporter' && (integration as IntegrationForms['statsd_exporter']).mapping_config !== undefined) {
    diagnostics.add('Error', 'mapping_config is not supported in statsd_exporter integrations config');
  }
}

export function checkIntegrations(form: StaticIntegrationsForm, diagnostics: ConversionDiagnostics): void {
  for (const name of integrationNames) {
    const integration = form[name];
    if (integration !== undefined && integration.enabled !== true) {
      const message = `disabled integrations do nothing and are not included in the output: ${name}.`;
      diagnostics.add('Warning', message);
    }
  }
  for (const name of unsupportedIntegrations) {
    if (form[name as keyof StaticIntegrationsForm] !== undefined) {
      diagnostics.add('Error', `The converter does not support converting the provided ${name} integration.`);
    }
  }
  if (form.labels?.size)
    diagnostics.unsupported('integrations labels', 'add them with a discovery.relabel rule or as external_labels');
}
