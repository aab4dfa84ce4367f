/**
 * OTLP logs to Loki's streams as Loki's own OTLP endpoint makes them with its default settings: a fixed list of resource
 * attributes becomes labels, everything else structured metadata, the body becomes the line (docs/otlp.md).
 */

import { formatLabels, type Labels, LabelsBuilder } from '../../labels/labels.ts';
import type { LogEntry, LogStream } from '../log-stream.ts';
import { checkMessageCount } from '../message-budget.ts';
import { MAX_CONVERTED_TEXT, TextBudget } from '../text-budget.ts';
import { knownLabelName } from './labels.ts';
import { decodeLogs, type OtlpLogRecord } from './logs-decode.ts';
import { labelName } from './names.ts';
import { shapeOf } from './schema.ts';
import { logsRequest } from './schema-logs.ts';
import { isMap, type OtlpAttribute, type OtlpScope, type OtlpValue, valueText } from './values.ts';

/** Loki's default `otlp_config`: of everything that may describe a sender, what is worth a stream of its own. */
const INDEX_ATTRIBUTES: ReadonlySet<string> = new Set([
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'k8s.replicaset.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
]);

/** Of `discover_service_name`, those that an index attribute can become. */
const SERVICE_NAME_LABELS: ReadonlySet<string> = new Set(['container_name', 'k8s_container_name', 'k8s_job_name']);
const UNKNOWN_SERVICE = 'unknown_service';

const LOGS_SHAPE = shapeOf(logsRequest);

/** Takes a body that `countLogRecords` has taken. `nowNs` is for records without any time. Throws body_too_large. */
export function convertLogs(body: Uint8Array, nowNs: bigint): LogStream[] {
  checkMessageCount(body, LOGS_SHAPE);
  const streams = new StreamCollector();
  const budget = new TextBudget(MAX_CONVERTED_TEXT);
  for (const { resource, scopes } of decodeLogs(body)) {
    const { labels, rest } = splitResource(resource, budget);
    for (const { scope, records } of scopes) {
      const shared = scopeMetadata(scope, rest, budget);
      for (const record of records) streams.add(labels, toEntry(record, shared, nowNs, budget));
    }
  }
  return streams.take();
}

/** Streams by their labels, in order of first appearance. */
export class StreamCollector {
  readonly #streams = new Map<string, { readonly labels: Labels; readonly entries: LogEntry[] }>();

  add(labels: Labels, entry: LogEntry): void {
    const key = formatLabels(labels);
    const known = this.#streams.get(key);
    if (known === undefined) this.#streams.set(key, { labels, entries: [entry] });
    else known.entries.push(entry);
  }

  take(): LogStream[] {
    return [...this.#streams.values()];
  }
}

type Pair = readonly [name: string, value: string];

function splitResource(
  resource: readonly OtlpAttribute[],
  budget: TextBudget,
): { readonly labels: Labels; readonly rest: readonly Pair[] } {
  const labels = new LabelsBuilder();
  const rest: Pair[] = [];
  let discovered = '';
  for (const { key, value } of resource) {
    if (!INDEX_ATTRIBUTES.has(key)) flatten(key, value, '', budget, rest);
    else {
      const index: Pair[] = [];
      flatten(key, value, '', budget, index);
      for (const [name, text] of index) {
        labels.set(name, text);
        if (discovered === '' && SERVICE_NAME_LABELS.has(name)) discovered = text;
      }
    }
  }
  if (!labels.has('service_name')) labels.set('service_name', discovered === '' ? UNKNOWN_SERVICE : discovered);
  return { labels: labels.labels(), rest };
}

/** What all records of a scope have: first the scope, so that the resource goes over it, as the record goes over both. */
function scopeMetadata(scope: OtlpScope, resource: readonly Pair[], budget: TextBudget): readonly Pair[] {
  const { name, version, attributes, droppedAttributes } = scope;
  const own: Pair[] = [];
  for (const { key, value } of attributes) flatten(key, value, '', budget, own);
  own.push(['scope_name', name], ['scope_version', version]);
  if (droppedAttributes !== 0) own.push(['scope_dropped_attributes_count', String(droppedAttributes)]);
  return [...own, ...resource];
}

function toEntry(record: OtlpLogRecord, shared: readonly Pair[], nowNs: bigint, budget: TextBudget): LogEntry {
  const metadata = new LabelsBuilder();
  for (const [name, value] of shared) {
    metadata.set(name, value);
    budget.spend(name.length + value.length);
  }
  for (const [name, value] of recordFields(record)) metadata.set(name, value);
  const own: Pair[] = [];
  for (const { key, value } of record.attributes) flatten(key, value, '', budget, own);
  for (const [name, value] of own) metadata.set(name, value);
  return { timestampNs: recordTime(record, nowNs), line: valueText(record.body), metadata: metadata.labels() };
}

/** The time of the record, else when it was seen, else now. */
export function recordTime({ timeNs, observedNs }: OtlpLogRecord, nowNs: bigint): bigint {
  if (timeNs !== 0n) return timeNs;
  return observedNs !== 0n ? observedNs : nowNs;
}

function recordFields(record: OtlpLogRecord): Pair[] {
  const fields: Pair[] = [
    ['severity_text', record.severityText],
    ['trace_id', record.traceId],
    ['span_id', record.spanId],
    ['event_name', record.eventName],
  ];
  // Where the record has no time of its own, the line already bears this one.
  if (record.timeNs !== 0n && record.observedNs !== 0n) fields.push(['observed_timestamp', String(record.observedNs)]);
  if (record.severityNumber !== 0) fields.push(['severity_number', String(record.severityNumber)]);
  if (record.droppedAttributes !== 0) fields.push(['dropped_attributes_count', String(record.droppedAttributes)]);
  if (record.flags !== 0) fields.push(['flags', String(record.flags)]);
  return fields;
}

/** A map becomes one pair for each of its values, `a_b` for `b` of `a`; anything else is one pair. */
function flatten(key: string, value: OtlpValue, prefix: string, budget: TextBudget, pairs: Pair[]): void {
  const name = prefix === '' ? knownLabelName(key) : labelName(`${prefix}_${key}`);
  budget.spend(name.length);
  if (name === '') return;
  if (isMap(value)) for (const entry of value.entries) flatten(entry.key, entry.value, name, budget, pairs);
  else pairs.push([name, valueText(value)]);
}
