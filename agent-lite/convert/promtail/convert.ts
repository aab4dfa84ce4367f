/** Converts a Promtail configuration. */
import type { Conversion } from '../conversion.ts';
import { ConversionDiagnostics } from '../diagnostics.ts';
import { type PromtailForm, promtailForm } from '../forms/promtail.ts';
import { readYaml } from '../yaml/document.ts';
import { convertLogs, warnOfLimits } from './pipeline.ts';

/** Where Promtail keeps its positions when it is not told. */
const DEFAULT_POSITIONS_FILE = '/var/log/positions.yaml';

export function convertPromtail(text: string): Conversion {
  const diagnostics = new ConversionDiagnostics();
  const form = readYaml(promtailForm, text, 'Promtail', diagnostics);
  if (form === undefined) return { blocks: [], diagnostics };
  checkTopLevel(form, diagnostics);
  const blocks = convertLogs(
    {
      clients: [...(form.clients ?? []), ...(form.client ? [form.client] : [])],
      scrapeConfigs: form.scrape_configs ?? [],
      limits: form.limits_config ?? {},
      positionsFile: form.positions?.filename ?? DEFAULT_POSITIONS_FILE,
      syncPeriod: form.target_config?.sync_period,
      fileWatch: form.global?.file_watch_config ?? {},
    },
    '',
    diagnostics,
  );
  return { blocks, diagnostics };
}

function checkTopLevel(form: PromtailForm, diagnostics: ConversionDiagnostics): void {
  const { server = {}, limits_config = {}, tracing = {}, target_config = {} } = form;
  if (form.wal?.enabled) diagnostics.add('Error', "Promtail's WAL is currently not supported in Alloy");
  warnOfLimits(limits_config, diagnostics);
  if (tracing.enabled !== false) diagnostics.add('Warning', TRACING);
  if (target_config.stdin) {
    diagnostics.add('Error', 'reading targets from stdin is not supported in Alloy configuration file');
  }
  if (server.profiling_enabled) diagnostics.add('Warning', PROFILING);
  if (server.register_instrumentation !== false) diagnostics.add('Warning', METRICS);
  if (server.log_level !== undefined && server.log_level !== 'info') diagnostics.add('Warning', LOG_LEVEL);
  if (server.http_path_prefix) diagnostics.add('Error', 'server.http_path_prefix is not supported');
  if (server.health_check_target === false) {
    diagnostics.add('Warning', 'server.health_check_target disabling is not supported in Alloy');
  }
}

/** Promtail traces by default, as its environment variables say; no text can stand for those. */
const TRACING =
  'If you have a tracing set up for Promtail, it cannot be migrated to Alloy automatically. ' +
  'Refer to the documentation on how to configure tracing in Alloy.';
const PROFILING =
  "server.profiling_enabled is not supported - use Alloy's main HTTP server's profiling endpoints instead";
const METRICS =
  "Alloy's metrics are different from the metrics emitted by Promtail. If you rely on Promtail's metrics, " +
  'you must change your configuration, for example, your alerts and dashboards.';
const LOG_LEVEL =
  'The converter does not support converting the provided server.log_level config: ' +
  'The equivalent feature in Alloy is to use the logging config block to set the level argument.';
