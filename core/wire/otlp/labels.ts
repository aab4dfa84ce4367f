/** From attributes to labels, and the label sets that the series of a resource, a scope and a data point are made of. */
import { compareNames, type Label, type Labels } from '../../labels/labels.ts';
import { labelName } from './names.ts';
import { findAttribute, type OtlpAttribute, valueText } from './values.ts';

/** What tells a target apart; they become `job` and `instance`. */
const SERVICE_NAME = 'service.name';
const SERVICE_NAMESPACE = 'service.namespace';
const SERVICE_INSTANCE_ID = 'service.instance.id';
export const IDENTIFYING: ReadonlySet<string> = new Set([SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_INSTANCE_ID]);

/** '' where the resource does not say. */
export function jobOf(resource: readonly OtlpAttribute[]): string {
  const name = findAttribute(resource, SERVICE_NAME);
  if (name === undefined) return '';
  const namespace = findAttribute(resource, SERVICE_NAMESPACE);
  return namespace === undefined ? valueText(name) : `${valueText(namespace)}/${valueText(name)}`;
}

export function instanceOf(resource: readonly OtlpAttribute[]): string {
  return valueText(findAttribute(resource, SERVICE_INSTANCE_ID) ?? null);
}

/** Sent again and again, so each is worked out once. Bounded, because senders choose the keys. */
const labelNames = new Map<string, string>();
const MAX_KNOWN_NAMES = 4096;
const MAX_KNOWN_LENGTH = 200;

/** `labelName`, remembered. */
export function knownLabelName(key: string): string {
  if (key.length > MAX_KNOWN_LENGTH) return labelName(key);
  let name = labelNames.get(key);
  if (name === undefined) {
    if (labelNames.size >= MAX_KNOWN_NAMES) labelNames.clear();
    name = labelName(key);
    labelNames.set(key, name);
  }
  return name;
}

/**
 * Adds attributes to `labels`. Those whose names become the same are joined with ";" in the order of their keys, as the
 * specification wants; an attribute replaces a label that was there before, and an empty one takes it away.
 */
export function addAttributes(labels: Map<string, string>, attributes: readonly OtlpAttribute[]): void {
  if (attributes.length === 0) return;
  const values = new Map<string, string>();
  let collided: Set<string> | undefined;
  for (const { key, value } of attributes) {
    const name = knownLabelName(key);
    if (name === '') continue;
    if (values.has(name)) (collided ??= new Set()).add(name);
    values.set(name, valueText(value));
  }
  for (const name of collided ?? []) values.set(name, joinValues(attributes, name));
  for (const [name, value] of values) labels.set(name, value);
}

function joinValues(attributes: readonly OtlpAttribute[], name: string): string {
  // A key given twice is not valid OTLP: the last one counts, as in the Collector.
  const byKey = new Map<string, string>();
  for (const { key, value } of attributes) if (knownLabelName(key) === name) byKey.set(key, valueText(value));
  const keys = [...byKey.keys()].sort(compareNames);
  return keys.map((key) => byKey.get(key)).join(';');
}

/** Without empty ones, sorted. */
export function sortedLabels(labels: ReadonlyMap<string, string>): Label[] {
  const sorted: Label[] = [];
  for (const [name, value] of labels) if (value !== '') sorted.push({ name, value });
  return sorted.sort((a, b) => compareNames(a.name, b.name));
}

/** Sorted labels with one more, or with that one replaced. */
export function withLabel(labels: Labels, name: string, value: string): Label[] {
  const at = labels.findIndex((label) => compareNames(label.name, name) >= 0);
  const position = at < 0 ? labels.length : at;
  const replaced = labels[position]?.name === name ? 1 : 0;
  return [...labels.slice(0, position), { name, value }, ...labels.slice(position + replaced)];
}
