/** Converts a prometheus.yml. What only a Prometheus server does (rules, alerting, storage) is an error each. */
import type { Block } from '../alloy/block.ts';
import type { Conversion, Environment } from '../conversion.ts';
import { ConversionDiagnostics } from '../diagnostics.ts';
import { type GlobalForm, type PrometheusForm, prometheusForm } from '../forms/prometheus.ts';
import { readYaml } from '../yaml/document.ts';
import { expandExternalLabels } from './external-labels.ts';
import { convertMetrics } from './pipeline.ts';
import { scrapeMistake } from './scrape.ts';

const DEFAULT_EVALUATION_MS = 60_000;

export function convertPrometheus(text: string, environment: Environment): Conversion {
  const diagnostics = new ConversionDiagnostics();
  const form = readYaml(prometheusForm, text, 'Prometheus', diagnostics);
  if (form === undefined) return { blocks: [], diagnostics };
  const { global = {}, scrape_configs: scrapeConfigs = [], remote_write: remoteWrite = [] } = form;
  const mistake = firstMistake(form);
  if (mistake !== undefined) {
    diagnostics.add('Critical', `failed to parse Prometheus config: ${mistake}`);
    return { blocks: [], diagnostics };
  }
  checkServer(form, diagnostics);
  const blocks: Block[] = convertMetrics(
    { global: expandExternalLabels(global, environment), scrapeConfigs, remoteWrite },
    { label: (job) => job },
    diagnostics,
  );
  return { blocks, diagnostics };
}

function firstMistake({ global = {}, scrape_configs = [] }: PrometheusForm): string | undefined {
  const seenJobs = new Set<string>();
  for (const scrape of scrape_configs) {
    const mistake = scrapeMistake(scrape, global, seenJobs);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

export function checkGlobal(global: GlobalForm, diagnostics: ConversionDiagnostics): void {
  const evaluationMs = global.evaluation_interval?.ms ?? DEFAULT_EVALUATION_MS;
  if (evaluationMs !== DEFAULT_EVALUATION_MS && evaluationMs !== 0)
    diagnostics.unsupported('global evaluation_interval');
  if (global.query_log_file) diagnostics.unsupported('global query_log_file');
}

function checkServer(form: PrometheusForm, diagnostics: ConversionDiagnostics): void {
  const { global = {}, alerting = {}, rule_files = [], remote_read = [], storage } = form;
  checkGlobal(global, diagnostics);
  if (alerting.alertmanagers?.length || alerting.alert_relabel_configs?.length) diagnostics.unsupported('alerting');
  if (rule_files.length > 0) diagnostics.unsupported('rule_files');
  if (form.scrape_config_files?.length) diagnostics.unsupported('scrape_config_files');
  if (storage?.tsdb || storage?.exemplars) diagnostics.unsupported('storage');
  if (form.tracing) diagnostics.unsupported('tracing');
  if (remote_read.length > 0) diagnostics.unsupported('remote_read');
  if (form.otlp) diagnostics.unsupported('otlp');
}
