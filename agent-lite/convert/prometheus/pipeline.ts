/**
 * Scrape configurations and the writers they feed, as components: discovery, relabelling of targets, scraping,
 * relabelling of samples, writing, in this order in the text. Static mode puts its own targets, writers and labels in.
 */
import { attributes, type Block, block, blockId } from '../alloy/block.ts';
import { toIdentifier } from '../alloy/identifier.ts';
import { type AlloyValue, Expression, joined } from '../alloy/value.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { GlobalForm, RemoteWriteForm, ScrapeForm } from '../forms/prometheus.ts';
import { checkDiscovery, convertDiscovery } from './discovery.ts';
import { ruleBlocks } from './relabel.ts';
import { checkRemoteWrite, remoteWriteBlock } from './remote-write.ts';
import { checkScrape, scrapeBlock } from './scrape.ts';

export interface MetricsSource {
  readonly global: GlobalForm;
  readonly scrapeConfigs: readonly ScrapeForm[];
  readonly remoteWrite: readonly RemoteWriteForm[];
}

export interface MetricsPlacement {
  /** The component label of a job; that of the writer for ''. */
  readonly label: (job: string) => string;
  /** Targets that do not come from the configuration's own discovery. */
  readonly extraTargets?: readonly AlloyValue[];
  /** A writer that stands elsewhere already: its receiver. */
  readonly writer?: string;
}

export function convertMetrics(
  { global, scrapeConfigs, remoteWrite }: MetricsSource,
  placement: MetricsPlacement,
  diagnostics: ConversionDiagnostics,
): Block[] {
  const parts: Parts = { discovery: [], targetRelabel: [], scrape: [], sampleRelabel: [] };
  const writerLabel = toIdentifier(placement.label('')) ?? 'default';
  const writes = placement.writer === undefined && remoteWrite.length > 0;
  const receiver = placement.writer ?? (writes ? `prometheus.remote_write.${writerLabel}.receiver` : undefined);
  for (const form of scrapeConfigs) {
    const label = toIdentifier(placement.label(form.job_name ?? '')) ?? '_';
    convertScrape(form, global, label, receiver, placement.extraTargets ?? [], parts);
  }
  const writer = writes ? [remoteWriteBlock(remoteWrite, global.external_labels, writerLabel)] : [];
  if (receiver === undefined && scrapeConfigs.length > 0) diagnostics.add('Warning', NOWHERE);
  check({ global, scrapeConfigs, remoteWrite }, diagnostics);
  tellWhatBecame(scrapeConfigs, parts, diagnostics);
  if (writes) tellWriter(remoteWrite, writerLabel, diagnostics);
  return [...parts.discovery, ...parts.targetRelabel, ...parts.scrape, ...parts.sampleRelabel, ...writer];
}

const NOWHERE =
  'There is no remote_write: what is scraped goes nowhere until forward_to names a prometheus.remote_write component.';

interface Parts {
  readonly discovery: Block[];
  readonly targetRelabel: Block[];
  readonly scrape: Block[];
  readonly sampleRelabel: Block[];
}

function convertScrape(
  form: ScrapeForm,
  global: GlobalForm,
  label: string,
  receiver: string | undefined,
  extraTargets: readonly AlloyValue[],
  parts: Parts,
): void {
  let forwardTo = receiver === undefined ? [] : [new Expression(receiver)];
  if (form.metric_relabel_configs?.length) {
    const rules = ruleBlocks('rule', form.metric_relabel_configs);
    const body = [...attributes({ forward_to: forwardTo }), ...rules];
    parts.sampleRelabel.push(block('prometheus.relabel', body, label));
    forwardTo = [new Expression(`prometheus.relabel.${label}.receiver`)];
  }
  const discovered = convertDiscovery(form, label);
  parts.discovery.push(...discovered.blocks);
  let targets: readonly AlloyValue[] = [...discovered.targets, ...extraTargets];
  if (form.relabel_configs?.length) {
    parts.targetRelabel.push(discoveryRelabel(form.relabel_configs, targets, label));
    targets = [new Expression(`discovery.relabel.${label}.output`)];
  }
  parts.scrape.push(scrapeBlock(form, global, label, targets, forwardTo));
}

export function discoveryRelabel(
  rules: ScrapeForm['relabel_configs'],
  targets: readonly AlloyValue[],
  label: string,
): Block {
  const body = [...attributes({ targets: joined(targets) }), ...ruleBlocks('rule', rules)];
  return block('discovery.relabel', body, label);
}

function check({ global, scrapeConfigs, remoteWrite }: MetricsSource, diagnostics: ConversionDiagnostics): void {
  for (const form of scrapeConfigs) {
    checkScrape(form, global, diagnostics);
    checkDiscovery(form, diagnostics);
  }
  for (const form of remoteWrite) checkRemoteWrite(form, diagnostics);
}

function tellWhatBecame(
  scrapeConfigs: readonly ScrapeForm[],
  { discovery, targetRelabel, scrape, sampleRelabel }: Parts,
  diagnostics: ConversionDiagnostics,
): void {
  scrape.forEach((scraped, i) => {
    const others = [...discovery, ...targetRelabel, ...sampleRelabel].filter(({ label }) =>
      label.startsWith(scraped.label),
    );
    const detail = [scraped, ...others].map((each) => `\tA ${blockId(each)} component`).join('\n');
    const job = JSON.stringify(scrapeConfigs[i]!.job_name);
    diagnostics.add('Info', `Converted scrape_configs job_name ${job} into...`, detail);
  });
}

function tellWriter(forms: readonly RemoteWriteForm[], label: string, diagnostics: ConversionDiagnostics): void {
  const names = JSON.stringify(forms.map(({ name = '' }) => name).join(','));
  const detail = `\tA prometheus.remote_write.${label} component`;
  diagnostics.add('Info', `Converted ${forms.length} remote_write[s] ${names} into...`, detail);
}
