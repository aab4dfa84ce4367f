/**
 * OTLP logs to Loki's entries as `otelcol.exporter.loki` makes them: few labels, chosen by attributes that are hints
 * (`loki.attribute.labels`, `loki.resource.labels`, `loki.format`), and the whole record as the text of the line.
 */
import { decodeUtf8Lossy } from '../../bytes/utf8.ts';
import { type Labels, LabelsBuilder } from '../../labels/labels.ts';
import type { Reason } from '../../outcome.ts';
import { formatGoFloat } from '../go-float.ts';
import type { LogStream } from '../log-stream.ts';
import { formatLogfmt, parseStrictLogfmt } from '../logfmt-text.ts';
import { MAX_CONVERTED_TEXT, TextBudget } from '../text-budget.ts';
import { instanceOf, jobOf } from './labels.ts';
import { decodeLogs, type OtlpLogRecord } from './logs-decode.ts';
import { labelName } from './names.ts';
import { recordTime, StreamCollector } from './to-loki.ts';
import {
  attributesJson,
  findAttribute,
  isList,
  isMap,
  jsonText,
  type OtlpAttribute,
  type OtlpScope,
  type OtlpValue,
  valueJson,
  valueText,
} from './values.ts';

const ATTRIBUTE_LABELS = 'loki.attribute.labels';
const RESOURCE_LABELS = 'loki.resource.labels';
const FORMAT = 'loki.format';
/** They steer, and are not part of what is logged. The tenant is not acted upon, as in Alloy. */
const HINTS: ReadonlySet<string> = new Set([ATTRIBUTE_LABELS, RESOURCE_LABELS, FORMAT, 'loki.tenant']);

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

export interface HintedLogs {
  readonly streams: readonly LogStream[];
  readonly leftOut: readonly { readonly reason: Reason; readonly items: number; readonly example: string }[];
}

/** Takes a body that `countLogRecords` has taken. */
export function convertHintedLogs(body: Uint8Array, nowNs: bigint): HintedLogs {
  const streams = new StreamCollector();
  const budget = new TextBudget(MAX_CONVERTED_TEXT);
  let unknownFormats = 0;
  let example = '';
  for (const { resource, scopes } of decodeLogs(body)) {
    for (const { scope, records } of scopes) {
      for (const original of records) {
        const record = withLevel(original);
        const format = valueText(findAttribute(resource, FORMAT) ?? findAttribute(record.attributes, FORMAT) ?? 'json');
        const encode = Object.hasOwn(ENCODERS, format) ? ENCODERS[format] : undefined;
        if (encode === undefined) {
          if (unknownFormats++ === 0) example = `${FORMAT} is ${JSON.stringify(format)}, expected json, logfmt or raw`;
          continue;
        }
        const chosen = chooseLabels(record.attributes, resource);
        const keep = ({ key }: OtlpAttribute) => !HINTS.has(key) && !chosen.has(key);
        const line = encode(
          { ...record, attributes: record.attributes.filter(keep) },
          resource.filter(keep),
          scope,
          budget,
        );
        budget.spend(line.length);
        streams.add(toLabels(chosen), { timestampNs: recordTime(record, nowNs), line, metadata: [] });
      }
    }
  }
  const leftOut =
    unknownFormats === 0 ? [] : [{ reason: 'unsupported_format' as const, items: unknownFormats, example }];
  return { streams: streams.take(), leftOut };
}

/** The severity becomes the attribute `level`, and that a label, unless the record has one of its own. */
function withLevel(record: OtlpLogRecord): OtlpLogRecord {
  const { severityNumber, attributes } = record;
  if (severityNumber === 0) return record;
  const hint = findAttribute(attributes, ATTRIBUTE_LABELS);
  const others = attributes.filter(({ key }) => key !== ATTRIBUTE_LABELS);
  const changed = [...others, { key: ATTRIBUTE_LABELS, value: hintWithLevel(hint) }];
  if (findAttribute(attributes, 'level') === undefined) changed.push({ key: 'level', value: levelOf(severityNumber) });
  return { ...record, attributes: changed };
}

function hintWithLevel(hint: OtlpValue | undefined): OtlpValue {
  if (hint === undefined) return 'level';
  if (typeof hint === 'string') return `${hint},level`;
  return isList(hint) ? [...hint, 'level'] : hint;
}

/** 9 is INFO, 10 is INFO2; '' for what OpenTelemetry does not define. */
function levelOf(severityNumber: number): string {
  const level = LEVELS[Math.floor((severityNumber - 1) / 4)];
  const step = ((severityNumber - 1) % 4) + 1;
  return level === undefined ? '' : `${level}${step === 1 ? '' : step}`;
}

/** By the names of the attributes; later ones win. */
function chooseLabels(attributes: readonly OtlpAttribute[], resource: readonly OtlpAttribute[]): Map<string, string> {
  const chosen = new Map([['exporter', 'OTLP']]);
  const job = jobOf(resource);
  const instance = instanceOf(resource);
  if (job !== '') chosen.set('job', job);
  if (instance !== '') chosen.set('instance', instance);
  choose(chosen, resource, findAttribute(resource, RESOURCE_LABELS));
  choose(chosen, resource, findAttribute(attributes, RESOURCE_LABELS));
  choose(chosen, attributes, findAttribute(attributes, ATTRIBUTE_LABELS));
  return chosen;
}

function choose(chosen: Map<string, string>, from: readonly OtlpAttribute[], hint: OtlpValue | undefined): void {
  if (hint === undefined) return;
  const names = isList(hint) ? hint.map(valueText) : valueText(hint).split(',');
  for (const name of names.map((text) => text.trim())) {
    const value = findAttribute(from, name) ?? findNested(from, name);
    if (value !== undefined) chosen.set(name, valueText(value));
  }
}

/** `a.b` is `b` in the map `a`. */
function findNested(attributes: readonly OtlpAttribute[], path: string): OtlpValue | undefined {
  let current: readonly OtlpAttribute[] = attributes;
  let value: OtlpValue | undefined;
  for (const part of path.split('.')) {
    value = findAttribute(current, part);
    if (value === undefined) return undefined;
    current = isMap(value) ? value.entries : [];
  }
  return value;
}

function toLabels(chosen: ReadonlyMap<string, string>): Labels {
  const labels = new LabelsBuilder();
  for (const [name, value] of chosen) labels.set(labelName(name), value);
  return labels.labels();
}

type Encode = (
  record: OtlpLogRecord,
  resource: readonly OtlpAttribute[],
  scope: OtlpScope,
  budget: TextBudget,
) => string;

const ENCODERS: Readonly<Record<string, Encode>> = {
  json: encodeJson,
  logfmt: encodeLogfmt,
  raw: ({ body }) => valueText(body),
};

function encodeJson(record: OtlpLogRecord, resource: readonly OtlpAttribute[], scope: OtlpScope): string {
  const fields: string[] = [];
  const add = (name: string, json: string) => fields.push(`"${name}":${json}`);
  if (record.body !== null) add('body', valueJson(record.body, true));
  if (record.traceId !== '') add('traceid', `"${record.traceId}"`);
  if (record.spanId !== '') add('spanid', `"${record.spanId}"`);
  if (record.severityText !== '') add('severity', jsonText(record.severityText, true));
  if (record.flags !== 0) add('flags', String(record.flags));
  if (record.attributes.length > 0) add('attributes', attributesJson(record.attributes, true));
  if (resource.length > 0) add('resources', attributesJson(resource, true));
  if (scope.name !== '') add('instrumentation_scope', scopeJson(scope));
  return `{${fields.join(',')}}`;
}

function scopeJson({ name, version, attributes }: OtlpScope): string {
  const fields = [`"name":${jsonText(name, true)}`];
  if (version !== '') fields.push(`"version":${jsonText(version, true)}`);
  if (attributes.length > 0) fields.push(`"attributes":${attributesJson(attributes, true)}`);
  return `{${fields.join(',')}}`;
}

type Pair = readonly [key: string, value: string];

function encodeLogfmt(
  record: OtlpLogRecord,
  resource: readonly OtlpAttribute[],
  scope: OtlpScope,
  budget: TextBudget,
): string {
  const fields = new Map<string, string>();
  if (record.traceId !== '') fields.set('traceID', record.traceId);
  if (record.spanId !== '') fields.set('spanID', record.spanId);
  if (record.severityText !== '') fields.set('severity', record.severityText);
  if (record.flags !== 0) fields.set('flags', String(record.flags));
  // What the body says of the same thing is replaced where it stands.
  const pairs = bodyPairs(record.body, budget).map(([key, value]): Pair => {
    const field = fields.get(key);
    fields.delete(key);
    return [key, field ?? value];
  });
  pairs.push(...fields);
  for (const { key, value } of record.attributes) addPairs(pairs, `attribute_${key}`, value, budget);
  for (const { key, value } of resource) addPairs(pairs, `resource_${key}`, value, budget);
  if (scope.name !== '') {
    pairs.push(['instrumentation_scope_name', scope.name]);
    if (scope.version !== '') pairs.push(['instrumentation_scope_version', scope.version]);
    for (const { key, value } of scope.attributes) {
      addPairs(pairs, `instrumentation_scope_attribute_${key}`, value, budget);
    }
  }
  return formatLogfmt(pairs);
}

function bodyPairs(body: OtlpValue, budget: TextBudget): readonly Pair[] {
  // Alloy reads the first of several lines and forgets the others; here they stay together as the message.
  if (typeof body === 'string') return (body.includes('\n') ? undefined : parseStrictLogfmt(body)) ?? [['msg', body]];
  const pairs: Pair[] = [];
  const key = isList(body) ? 'body' : 'msg';
  addPairs(pairs, isMap(body) ? '' : key, body, budget);
  return pairs;
}

function addPairs(pairs: Pair[], key: string, value: OtlpValue, budget: TextBudget): void {
  budget.spend(key.length);
  if (value === null) return;
  const prefix = key === '' ? '' : `${key}_`;
  if (isList(value)) for (const [i, item] of value.entries()) addPairs(pairs, `${prefix}${i}`, item, budget);
  else if (isMap(value)) for (const entry of value.entries) addPairs(pairs, prefix + entry.key, entry.value, budget);
  else if (value instanceof Uint8Array) pairs.push([key, decodeUtf8Lossy(value)]);
  else pairs.push([key, typeof value === 'number' ? formatGoFloat(value) : String(value)]);
}
