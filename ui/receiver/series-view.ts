/** How one series is shown: counters as a rate, values in the unit their name tells. Pure. */
import { formatBytes, formatShort } from '../format/numbers.ts';
import { formatDateTime, formatLatency } from '../format/time.ts';
import type { JsonNumber, LabelPairs, SeriesView } from './api.ts';

export interface SeriesRow {
  readonly name: string;
  readonly labels: LabelPairs;
  /** Unique, for keys. */
  readonly key: string;
  readonly value: string;
  /** The newest sample with every digit. */
  readonly exact: string;
  readonly stale: boolean;
  readonly counter: boolean;
  readonly lastAtMs: number | undefined;
  /** What the sparkline draws: values, or per-second rates of a counter. */
  readonly line: readonly (readonly [atMs: number, value: number])[];
}

const COUNTER = /_(total|count|sum|bucket)$/;

export function seriesRow(series: SeriesView): SeriesRow {
  const name = series.labels.find(([label]) => label === '__name__')?.[1] ?? '(no name)';
  const labels = series.labels.filter(([label]) => label !== '__name__');
  const counter = COUNTER.test(name);
  const finite = finitePoints(series);
  const line = counter ? rates(finite) : finite;
  const newest = series.points.at(-1);
  const stale = newest?.[1] === 'stale';
  return {
    name,
    labels,
    key: JSON.stringify(series.labels),
    value: stale ? 'stale' : newestText(name, counter, line, newest?.[1]),
    exact: newest ? exactText(newest[1]) : '',
    stale,
    counter,
    lastAtMs: newest?.[0],
    line,
  };
}

function finitePoints(series: SeriesView): [number, number][] {
  const points: [number, number][] = [];
  for (const [atMs, value] of series.points) if (typeof value === 'number') points.push([atMs, value]);
  return points;
}

/** Increase per second between neighbours. After a reset the counter starts at 0, as Prometheus assumes. */
export function rates(points: readonly (readonly [number, number])[]): [number, number][] {
  const out: [number, number][] = [];
  for (let i = 1; i < points.length; i++) {
    const [beforeMs, before] = points[i - 1]!;
    const [atMs, value] = points[i]!;
    const increase = value >= before ? value - before : value;
    if (atMs > beforeMs) out.push([atMs, (increase * 1000) / (atMs - beforeMs)]);
  }
  return out;
}

function newestText(
  name: string,
  counter: boolean,
  line: readonly (readonly [number, number])[],
  newest: JsonNumber | undefined,
): string {
  if (newest === undefined) return '';
  if (typeof newest !== 'number') return newest;
  if (!counter) return formatValue(name, newest);
  const rate = line.at(-1);
  return rate ? `${formatRate(name, rate[1])}` : formatValue(name, newest);
}

/** Prometheus' naming: the unit is the end of the name, before `_total`. */
export function formatValue(name: string, value: number): string {
  const base = name.replace(COUNTER, '');
  if (/_bytes$/.test(base)) return formatBytes(value);
  if (/_(time|timestamp|date)_seconds$/.test(base) && value > 1e9 && value < 1e11) return formatDateTime(value * 1000);
  if (/_seconds$/.test(base)) return value < 0 ? `${formatShort(value)} s` : formatLatency(value * 1000);
  if (/_celsius$/.test(base)) return `${formatShort(value)} °C`;
  return formatShort(value);
}

function formatRate(name: string, perSecond: number): string {
  const base = name.replace(COUNTER, '');
  if (/_bytes$/.test(base)) return `${formatBytes(perSecond)}/s`;
  if (/_seconds$/.test(base)) return `${formatShort(perSecond)} s/s`;
  return `${formatShort(perSecond)}/s`;
}

function exactText(value: JsonNumber): string {
  if (value === 'stale') return 'staleness marker: the series ended';
  return String(value);
}
