/** One scrape configuration as `prometheus.scrape`. */
import { attributes, type Block, block, same } from '../alloy/block.ts';
import { type AlloyValue, Duration, type Expression, joined } from '../alloy/value.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { GlobalForm, ScrapeForm } from '../forms/prometheus.ts';
import { checkHttpClient, httpClient } from './http-client.ts';

const DEFAULT_INTERVAL = new Duration(60_000);
const DEFAULT_TIMEOUT = new Duration(10_000);

export function scrapeBlock(
  form: ScrapeForm,
  global: GlobalForm,
  label: string,
  targets: readonly AlloyValue[],
  forwardTo: readonly Expression[],
): Block {
  const settings = { ...limits(global), ...form };
  const interval = orDefault(form.scrape_interval, orDefault(global.scrape_interval, DEFAULT_INTERVAL));
  const fallback = orDefault(global.scrape_timeout, DEFAULT_TIMEOUT);
  const timeout = orDefault(form.scrape_timeout, fallback.ms > interval.ms ? interval : fallback);
  return block(
    'prometheus.scrape',
    [
      ...attributes({ targets: joined(targets), forward_to: forwardTo }),
      ...same(form, 'job_name', 'honor_labels', 'honor_timestamps', 'track_timestamps_staleness', 'params'),
      ...attributes({ scrape_classic_histograms: settings.always_scrape_classic_histograms }),
      ...same(settings, 'scrape_failure_log_file'),
      ...attributes({ scrape_interval: interval, scrape_timeout: timeout }),
      ...same(settings, 'scrape_protocols', 'metrics_path', 'scheme', 'body_size_limit', 'sample_limit'),
      ...same(settings, 'target_limit', 'label_limit', 'label_name_length_limit', 'label_value_length_limit'),
      ...httpClient(form),
      ...attributes({ scrape_fallback_protocol: form.fallback_scrape_protocol }),
      ...same(settings, 'convert_classic_histograms_to_nhcb', 'enable_compression', 'native_histogram_bucket_limit'),
      ...same(settings, 'native_histogram_min_bucket_factor'),
    ],
    label,
  );
}

/** Zero means what leaving it out means. */
function orDefault(given: Duration | undefined, fallback: Duration): Duration {
  return given === undefined || given.ms === 0 ? fallback : given;
}

function limits(global: GlobalForm): Partial<ScrapeForm> {
  const { external_labels, evaluation_interval, rule_query_offset, query_log_file, ...shared } = global;
  return shared;
}

export function checkScrape(form: ScrapeForm, global: GlobalForm, diagnostics: ConversionDiagnostics): void {
  if (form.track_timestamps_staleness) diagnostics.unsupported('scrape_configs track_timestamps_staleness');
  if (form.native_histogram_bucket_limit) diagnostics.unsupported('scrape_configs native_histogram_bucket_limit');
  if (form.keep_dropped_targets || global.keep_dropped_targets) {
    diagnostics.unsupported('scrape_configs keep_dropped_targets');
  }
  checkHttpClient(form, diagnostics);
}

/** What Prometheus itself refuses when it loads a configuration. */
export function scrapeMistake(form: ScrapeForm, global: GlobalForm, seenJobs: Set<string>): string | undefined {
  const job = form.job_name ?? '';
  if (job === '') return 'job_name is empty';
  if (seenJobs.has(job)) return `found multiple scrape configs with job name ${JSON.stringify(job)}`;
  seenJobs.add(job);
  const interval = orDefault(form.scrape_interval, orDefault(global.scrape_interval, DEFAULT_INTERVAL));
  if (form.scrape_timeout !== undefined && form.scrape_timeout.ms > interval.ms) {
    return `scrape timeout greater than scrape interval for scrape config with job name ${JSON.stringify(job)}`;
  }
  return undefined;
}
