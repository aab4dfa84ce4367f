/**
 * A log line on its way through the stages of `loki.process`. Labels and extracted values are copied only when a stage
 * changes them: most lines leave with the labels they came with.
 */
import type { Label, Labels } from '../../labels/labels.ts';
import { LabelsBuilder } from '../../labels/labels.ts';
import type { Json } from '../jmespath/jmespath.ts';
import { labelsKey } from '../labels-key.ts';
import type { LogEntry } from '../signals.ts';

/** What stages pass to each other under a name. It begins as a copy of the labels. */
export type Extracted = Json;

export class StageEntry {
  line: string;
  timestampNs: bigint;
  origin: number | undefined;
  #labels: Labels;
  #ownLabels: LabelsBuilder | undefined;
  #metadata: Labels;
  #ownMetadata: LabelsBuilder | undefined;
  readonly #initial: Labels;
  #extracted: Map<string, Extracted | undefined> | undefined;

  constructor(labels: Labels, entry: LogEntry) {
    this.#labels = labels;
    this.#initial = labels;
    this.line = entry.line;
    this.timestampNs = entry.timestampNs;
    this.#metadata = entry.metadata;
    this.origin = entry.origin;
  }

  label(name: string): string {
    return this.#ownLabels?.get(name) ?? labelValue(this.#labels, name);
  }

  hasLabel(name: string): boolean {
    return this.label(name) !== '';
  }

  setLabel(name: string, value: string): void {
    if (this.label(name) === value) return;
    this.#ownLabels ??= new LabelsBuilder(this.#labels);
    this.#ownLabels.set(name, value);
  }

  deleteLabel(name: string): void {
    this.setLabel(name, '');
  }

  get labels(): Labels {
    if (this.#ownLabels !== undefined) {
      this.#labels = this.#ownLabels.labels();
      this.#ownLabels = undefined;
    }
    return this.#labels;
  }

  /** The same text for entries of equal labels. */
  get labelsKey(): string {
    return labelsKey(this.labels);
  }

  get metadata(): Labels {
    if (this.#ownMetadata !== undefined) {
      this.#metadata = this.#ownMetadata.labels();
      this.#ownMetadata = undefined;
    }
    return this.#metadata;
  }

  setMetadata(name: string, value: string): void {
    this.#ownMetadata ??= new LabelsBuilder(this.#metadata);
    this.#ownMetadata.set(name, value);
  }

  /** Undefined where nothing is stored under the name; null is a value. */
  extracted(name: string): Extracted | undefined {
    if (this.#extracted?.has(name)) return this.#extracted.get(name);
    const label = labelValue(this.#initial, name);
    return label === '' ? undefined : label;
  }

  setExtracted(name: string, value: Extracted): void {
    this.#extracted ??= new Map();
    this.#extracted.set(name, value);
  }

  deleteExtracted(name: string): void {
    this.#extracted ??= new Map();
    this.#extracted.set(name, undefined);
  }

  /** Everything extracted, in order of names. */
  allExtracted(): (readonly [name: string, value: Extracted])[] {
    const all = new Map<string, Extracted | undefined>(this.#initial.map(({ name, value }) => [name, value]));
    for (const [name, value] of this.#extracted ?? []) all.set(name, value);
    return [...all]
      .filter((pair): pair is [string, Extracted] => pair[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Another line that shares everything with this one so far. */
  withLine(line: string): StageEntry {
    const copy = new StageEntry(this.labels, this.toEntry());
    for (const { name } of copy.labels) copy.deleteExtracted(name);
    for (const [name, value] of this.allExtracted()) copy.setExtracted(name, value);
    copy.line = line;
    return copy;
  }

  toEntry(): LogEntry {
    const { timestampNs, line, metadata, origin } = this;
    return origin === undefined ? { timestampNs, line, metadata } : { timestampNs, line, metadata, origin };
  }
}

function labelValue(labels: readonly Label[], name: string): string {
  for (const label of labels) if (label.name === name) return label.value;
  return '';
}
