/**
 * The agent's own metrics: counters and gauges with labels, written as text exposition 0.0.4. A value is held by a
 * handle, so that counting on a hot path looks nothing up. Gauges that have a source are read when somebody asks.
 */
import { quoteExpositionValue } from './exposition-text.ts';

export interface Counter {
  add(amount?: number): void;
  readonly value: number;
}

export interface Gauge {
  set(value: number): void;
  readonly value: number;
}

export interface Histogram {
  observe(value: number): void;
}

export type MetricLabels = Readonly<Record<string, string>>;

interface Family {
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** By what comes behind the family's name: labels, of a histogram also `_bucket` and the like. */
  readonly series: Map<string, Series>;
}

interface Series extends Counter, Gauge {
  owner: string;
  value: number;
  read?: () => number;
}

export class Telemetry {
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string, labels: MetricLabels = {}, owner = ''): Counter {
    return this.#series(name, help, 'counter', labels, owner);
  }

  gauge(name: string, help: string, labels: MetricLabels = {}, owner = ''): Gauge {
    return this.#series(name, help, 'gauge', labels, owner);
  }

  /** A histogram without labels of its own. `upperBounds` rise; the one for everything is added. */
  histogram(name: string, help: string, upperBounds: readonly number[]): Histogram {
    const counts = upperBounds.map(() => 0);
    let count = 0;
    let sum = 0;
    const family: Family = { help, type: 'histogram', series: new Map() };
    const read = (suffix: string, value: () => number): void => {
      family.series.set(suffix, { ...newSeries(''), read: value });
    };
    for (const [i, bound] of upperBounds.entries()) read(`_bucket{le="${bound}"}`, () => counts[i]!);
    read('_bucket{le="+Inf"}', () => count);
    read('_sum', () => sum);
    read('_count', () => count);
    this.#families.set(name, family);
    return {
      observe(value) {
        count++;
        sum += value;
        // Buckets are cumulative.
        for (let i = upperBounds.length - 1; i >= 0 && value <= upperBounds[i]!; i--) counts[i]!++;
      },
    };
  }

  /** A gauge or counter whose value is read at each exposition. */
  observe(
    name: string,
    help: string,
    type: 'counter' | 'gauge',
    read: () => number,
    labels: MetricLabels = {},
    owner = '',
  ): void {
    this.#series(name, help, type, labels, owner).read = read;
  }

  /** Forgets every series that was made for `owner`: a component that is no more exposes nothing. */
  forget(owner: string): void {
    for (const [name, family] of this.#families) {
      for (const [key, series] of family.series) if (series.owner === owner) family.series.delete(key);
      if (family.series.size === 0) this.#families.delete(name);
    }
  }

  /** Families in order of name, as Prometheus clients write them. */
  expose(): string {
    let text = '';
    for (const name of [...this.#families.keys()].sort()) {
      const family = this.#families.get(name)!;
      text += `# HELP ${name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${family.type}\n`;
      for (const [key, series] of family.series) text += `${name}${key} ${formatValue(series)}\n`;
    }
    return text;
  }

  #series(name: string, help: string, type: 'counter' | 'gauge', labels: MetricLabels, owner: string): Series {
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, (family = { help, type, series: new Map() }));
    const key = seriesKey(labels);
    const known = family.series.get(key);
    if (known !== undefined) return known;
    const series = newSeries(owner);
    family.series.set(key, series);
    return series;
  }
}

function newSeries(owner: string): Series {
  const series: Series = {
    owner,
    value: 0,
    add(amount = 1) {
      series.value += amount;
    },
    set(value) {
      series.value = value;
    },
  };
  return series;
}

function seriesKey(labels: MetricLabels): string {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return '';
  return `{${names.map((name) => `${name}=${quoteExpositionValue(labels[name]!)}`).join(',')}}`;
}

function formatValue(series: Series): string {
  const value = series.read === undefined ? series.value : series.read();
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
