/**
 * Labels of one series or stream. The immutable form is a list sorted by name in byte order (as Go sorts strings),
 * names unique and no value empty: an empty value means "no such label" in Prometheus.
 */
export interface Label {
  readonly name: string;
  readonly value: string;
}

export type Labels = readonly Label[];

export const METRIC_NAME_LABEL = '__name__';

/** Byte order of UTF-8, which is code point order: differs from JS order only where surrogates meet U+E000..U+FFFF. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Surrogates encode code points above U+FFFF, so they rank behind every other UTF-16 unit. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Mutable labels, the form that relabelling works on. Insertion order is kept; `labels()` sorts. */
export class LabelsBuilder {
  readonly #values: Map<string, string>;
  /** Names that were set since `rebase`, in that order. */
  #written: Set<string> | undefined;

  constructor(labels: Iterable<Label> = []) {
    this.#values = new Map();
    for (const { name, value } of labels) {
      if (value === '') this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }

  get size(): number {
    return this.#values.size;
  }

  /** The value, or "" where the label is absent: Prometheus treats the two alike. */
  get(name: string): string {
    return this.#values.get(name) ?? '';
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Setting an empty value deletes the label. */
  set(name: string, value: string): this {
    if (value === '') return this.delete(name);
    this.#values.set(name, value);
    this.#written ??= new Set();
    this.#written.add(name);
    return this;
  }

  delete(name: string): this {
    this.#values.delete(name);
    this.#written?.delete(name);
    return this;
  }

  /** From here on `labelsByAge` takes what there is as what there always was. */
  rebase(): void {
    this.#written = undefined;
  }

  /** Labels that were not touched since `rebase`, sorted, then the others as they came: the order of Prometheus's Range. */
  labelsByAge(): Labels {
    const written = this.#written;
    if (written === undefined || written.size === 0) return this.labels();
    const untouched = this.labels().filter(({ name }) => !written.has(name));
    return [...untouched, ...[...written].map((name) => ({ name, value: this.get(name) }))];
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  labels(): Labels {
    const labels: Label[] = [];
    let sorted = true;
    let previous = '';
    for (const [name, value] of this.#values) {
      if (sorted && compareNames(previous, name) > 0) sorted = false;
      previous = name;
      labels.push({ name, value });
    }
    return sorted ? labels : labels.sort((a, b) => compareNames(a.name, b.name));
  }
}

export function labelsFromRecord(record: Readonly<Record<string, string>>): Labels {
  return new LabelsBuilder(Object.entries(record).map(([name, value]) => ({ name, value }))).labels();
}

/** `{a="b", c="d"}` with Go quoting, the form Loki's push API and people use. */
export function formatLabels(labels: Labels): string {
  return `{${labels.map(({ name, value }) => `${name}=${quoteLabelValue(value)}`).join(', ')}}`;
}

/** Go's strconv.Quote for the characters that occur in label values. */
export function quoteLabelValue(value: string): string {
  let out = '"';
  for (const char of value) {
    const code = char.codePointAt(0) as number;
    if (char === '"' || char === '\\') out += `\\${char}`;
    else if (char === '\n') out += '\\n';
    else if (char === '\r') out += '\\r';
    else if (char === '\t') out += '\\t';
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else out += char;
  }
  return `${out}"`;
}
