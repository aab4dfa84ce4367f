/** Promtail's scrape configurations and clients as components. Grafana Agent's `logs` instances are the same. */
import type { Block } from '../alloy/block.ts';
import type { AlloyValue } from '../alloy/value.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { ClientForm, FileWatchForm, LimitsForm, LogsScrapeForm } from '../forms/promtail.ts';
import { convertClients } from './clients.ts';
import { appendDiscovery, appendFileSource } from './files.ts';
import { appendGcplog, appendGelf, appendHerokuDrain, appendPushApi, appendSyslog } from './listeners.ts';
import { LogsScrape, limitStages } from './scrape.ts';
import {
  appendAzureEventHubs,
  appendCloudflare,
  appendDocker,
  appendJournal,
  appendKafka,
  appendWindowsEvents,
} from './sources.ts';

export interface LogsSource {
  readonly clients: readonly ClientForm[];
  readonly scrapeConfigs: readonly LogsScrapeForm[];
  readonly limits: LimitsForm;
  readonly positionsFile: string;
  readonly syncPeriod: AlloyValue | undefined;
  readonly fileWatch: FileWatchForm;
}

export function convertLogs(source: LogsSource, labelPrefix: string, diagnostics: ConversionDiagnostics): Block[] {
  const writers = convertClients(source.clients, labelPrefix, source.limits.max_streams, diagnostics);
  const context = {
    receivers: writers.receivers,
    labelPrefix,
    limitStages: limitStages(source.limits),
    positionsFile: source.positionsFile,
    syncPeriod: source.syncPeriod,
    fileWatch: source.fileWatch,
    diagnostics,
  };
  const blocks = source.scrapeConfigs.flatMap((form) => convertScrape(new LogsScrape(form, context)));
  return [...blocks, ...writers.blocks];
}

function convertScrape(scrape: LogsScrape): Block[] {
  appendDiscovery(scrape);
  appendFileSource(scrape);
  appendCloudflare(scrape);
  appendJournal(scrape);
  appendPushApi(scrape);
  appendSyslog(scrape);
  appendGcplog(scrape);
  appendWindowsEvents(scrape);
  appendKafka(scrape);
  appendAzureEventHubs(scrape);
  appendGelf(scrape);
  appendHerokuDrain(scrape);
  appendDocker(scrape);
  return scrape.blocks;
}

export function warnOfLimits(limits: LimitsForm, diagnostics: ConversionDiagnostics): void {
  if (!limits.readline_rate_enabled) return;
  diagnostics.add(
    'Warning',
    'limits_config rate limiting settings (readline_rate, readline_burst, readline_rate_drop) have been ' +
      "converted to stage.limit stages in each loki.process component. Unlike Promtail's global rate " +
      'limiter, these limits apply independently per pipeline rather than across all pipelines combined.',
  );
}
