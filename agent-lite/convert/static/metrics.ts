/** `metrics`: each instance is a set of scrapes with writers of its own. */
import { createHash } from 'node:crypto';
import type { Block } from '../alloy/block.ts';
import { toIdentifier } from '../alloy/identifier.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { GlobalForm, RemoteWriteForm } from '../forms/prometheus.ts';
import type { MetricsInstanceForm, StaticMetricsForm } from '../forms/static.ts';
import { checkGlobal } from '../prometheus/convert.ts';
import { convertMetrics } from '../prometheus/pipeline.ts';
import { scrapeMistake } from '../prometheus/scrape.ts';

export function convertInstances(
  form: StaticMetricsForm,
  global: GlobalForm,
  diagnostics: ConversionDiagnostics,
): Block[] {
  return (form.configs ?? []).flatMap((instance) => {
    checkInstance(instance, global, diagnostics);
    const prefix = `metrics_${instance.name}`;
    return convertMetrics(
      {
        global,
        scrapeConfigs: instance.scrape_configs ?? [],
        remoteWrite: writersOf(instance, form.global?.remote_write ?? []),
      },
      { label: (job) => toIdentifier(job === '' ? prefix : `${prefix}_${job}`)! },
      diagnostics,
    );
  });
}

/** The agent names writers that have no name, so that several instances can be told apart. */
function writersOf(instance: MetricsInstanceForm, global: readonly RemoteWriteForm[]): readonly RemoteWriteForm[] {
  const writers = instance.remote_write?.length ? instance.remote_write : global;
  return writers.map((writer) =>
    writer.name ? writer : { ...writer, name: `${instance.name}-${fingerprint(writer)}` },
  );
}

function fingerprint(writer: RemoteWriteForm): string {
  const text = JSON.stringify(writer, (_, value: unknown) => (value instanceof Map ? [...value] : value));
  return createHash('md5').update(text).digest('hex').slice(0, 6);
}

function checkInstance(instance: MetricsInstanceForm, global: GlobalForm, diagnostics: ConversionDiagnostics): void {
  checkGlobal(global, diagnostics);
  if (instance.host_filter)
    diagnostics.unsupported('metrics host_filter', 'a discovery.relabel rule on the host can do the same');
  if (instance.host_filter_relabel_configs?.length) diagnostics.unsupported('metrics host_filter_relabel_configs');
}

/** What the agent itself refuses when it starts. */
export function metricsMistake(form: StaticMetricsForm): string | undefined {
  const names = new Set<string>();
  for (const [index, instance] of (form.configs ?? []).entries()) {
    const { name = '', scrape_configs = [] } = instance;
    if (name === '') return `error validating instance at index ${index}: missing instance name`;
    if (names.has(name)) {
      return `prometheus instance names must be unique. found multiple instances with name ${name}`;
    }
    names.add(name);
    const jobs = new Set<string>();
    for (const scrape of scrape_configs) {
      const mistake = scrapeMistake(scrape, form.global ?? {}, jobs);
      if (mistake !== undefined) return `error validating instance ${name}: ${mistake}`;
    }
  }
  return undefined;
}

const CLEANUP_AGE_MS = 12 * 3_600_000;
const CLEANUP_PERIOD_MS = 30 * 60_000;
const RESTART_BACKOFF_MS = 5000;
const IDLE_TIMEOUT_MS = 5 * 60_000;

export function checkMetrics(form: StaticMetricsForm, diagnostics: ConversionDiagnostics): void {
  if ((form.wal_cleanup_age?.ms ?? CLEANUP_AGE_MS) !== CLEANUP_AGE_MS)
    diagnostics.unsupported('wal_cleanup_age metrics');
  if ((form.wal_cleanup_period?.ms ?? CLEANUP_PERIOD_MS) !== CLEANUP_PERIOD_MS) {
    diagnostics.unsupported('wal_cleanup_period metrics');
  }
  if (form.scraping_service) diagnostics.unsupported('scraping_service metrics');
  if (form.scraping_service_client) diagnostics.unsupported('scraping_service_client metrics');
  if ((form.instance_restart_backoff?.ms ?? RESTART_BACKOFF_MS) !== RESTART_BACKOFF_MS) {
    diagnostics.unsupported('instance_restart_backoff metrics');
  }
  if ((form.instance_mode ?? 'shared') !== 'shared') diagnostics.unsupported('instance_mode metrics');
  if (form.http_disable_keepalives) diagnostics.unsupported('http_disable_keepalives metrics');
  if ((form.http_idle_conn_timeout?.ms ?? IDLE_TIMEOUT_MS) !== IDLE_TIMEOUT_MS) {
    diagnostics.unsupported('http_idle_conn_timeout metrics');
  }
  if (form.wal_directory !== undefined) diagnostics.add('Warning', WAL_DIRECTORY);
}

const WAL_DIRECTORY =
  'The converter does not support converting the provided metrics wal_directory config: ' +
  'Use the run command flag --storage.path instead.';
