/** `logs`: each instance is a Promtail of its own. */
import type { Block } from '../alloy/block.ts';
import { toIdentifier } from '../alloy/identifier.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { StaticLogsForm } from '../forms/static.ts';
import { convertLogs, warnOfLimits } from '../promtail/pipeline.ts';

export function convertLogInstances(form: StaticLogsForm, diagnostics: ConversionDiagnostics): Block[] {
  return (form.configs ?? []).flatMap((instance) => {
    const { name = '', limits_config: limits = {}, target_config: target = {} } = instance;
    warnOfLimits(limits, diagnostics);
    if (target.stdin) {
      diagnostics.add('Error', 'reading targets from stdin is not supported in Alloy configuration file');
    }
    return convertLogs(
      {
        clients: instance.clients?.length ? instance.clients : (form.global?.clients ?? []),
        scrapeConfigs: instance.scrape_configs ?? [],
        limits,
        positionsFile: positionsFile(instance.positions?.filename, form.positions_directory, name),
        syncPeriod: target.sync_period,
        fileWatch: form.global?.file_watch_config ?? {},
      },
      toIdentifier(`logs_${name}`)!,
      diagnostics,
    );
  });
}

function positionsFile(given: string | undefined, directory = '', name: string): string {
  return given || `${directory.replace(/\/+$/, '')}/${name}.yml`;
}

/** What the agent itself refuses when it starts. */
export function logsMistake(form: StaticLogsForm): string | undefined {
  const names = new Set<string>();
  const files = new Map<string, string>();
  for (const [index, { name = '', positions }] of (form.configs ?? []).entries()) {
    if (name === '') return `loki config index ${index} must have a name`;
    if (names.has(name)) return `found two Loki configs with name ${name}`;
    names.add(name);
    if (!positions?.filename && !form.positions_directory) {
      return `cannot generate Loki positions file path for ${name} because positions_directory is not configured`;
    }
    const file = positionsFile(positions?.filename, form.positions_directory, name);
    const other = files.get(file);
    if (other !== undefined) return `loki configs ${other} and ${name} must have different positions file paths`;
    files.set(file, name);
  }
  return undefined;
}
