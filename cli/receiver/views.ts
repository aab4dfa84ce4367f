/** The store as the JSON of the page. A search is words separated by spaces; all must occur, whatever their case. */
import type { Labels } from '../../core/labels/labels.ts';
import type {
  JsonNumber,
  LabelPairs,
  LogsPage,
  ProfilesPage,
  SeriesPage,
  SeriesView,
  TracesPage,
} from '../../ui/receiver/api.ts';
import type { HeldSeries } from './series-window.ts';
import type { HeldLine, HeldProfile, HeldSpan, ReceiverStore } from './store.ts';

const STALE_NAN_BITS = 0x7ff0000000000002n;

export function seriesPage(store: ReceiverStore, search: string, limit: number): SeriesPage {
  const words = searchWords(search);
  const matching = [...store.series.held()].filter((series) => matches(words, series.searchText));
  matching.sort(hostFirst);
  return {
    held: store.series.size,
    matched: matching.length,
    series: matching.slice(0, limit).map(seriesView),
  };
}

/** By name, but what is measured on a host comes before what programs tell of themselves: people look for it first. */
function hostFirst(a: HeldSeries, b: HeldSeries): number {
  const ofHost = (series: HeldSeries) => (series.searchText.startsWith('{__name__="node_') ? 0 : 1);
  return ofHost(a) - ofHost(b) || (a.text < b.text ? -1 : 1);
}

export function logsPage(store: ReceiverStore, search: string, limit: number): LogsPage {
  const words = searchWords(search);
  const { matched, items } = store.lines.newest(limit, (held) => words.length === 0 || matches(words, lineText(held)));
  return {
    held: store.lines.size,
    matched,
    lines: items.map(({ id, item: { labels, entry } }) => ({
      id,
      timestampNs: String(entry.timestampNs),
      labels: pairs(labels),
      metadata: pairs(entry.metadata),
      line: entry.line,
    })),
  };
}

export function tracesPage(store: ReceiverStore, search: string, limit: number): TracesPage {
  const words = searchWords(search);
  const { matched, items } = store.spans.newest(limit, (span) => words.length === 0 || matches(words, spanText(span)));
  return {
    held: store.spans.size,
    matched,
    spans: items.map(({ id, item }) => ({
      id,
      traceId: item.traceId,
      spanId: item.spanId,
      parentSpanId: item.parentSpanId,
      service: item.service,
      name: item.name,
      kind: item.kind,
      startNs: String(item.startNs),
      durationMs: Number(item.endNs - item.startNs) / 1e6,
      status: item.status,
      statusMessage: item.statusMessage,
      attributes: pairs(item.attributes),
    })),
  };
}

export function profilesPage(store: ReceiverStore, search: string, limit: number): ProfilesPage {
  const words = searchWords(search);
  const matching = (held: HeldProfile) => words.length === 0 || matches(words, profileText(held));
  const { matched, items } = store.profiles.newest(limit, matching);
  return {
    held: store.profiles.size,
    matched,
    profiles: items.map(({ id, item: { labels, ...rest } }) => ({ id, labels: pairs(labels), ...rest })),
  };
}

function profileText({ labels, format }: HeldProfile): string {
  return `${labelsText(labels)} ${format}`.toLowerCase();
}

function seriesView(series: HeldSeries): SeriesView {
  return {
    labels: pairs(series.labels),
    points: series.timestampsMs.map((timestampMs, i) => [timestampMs, jsonNumber(series.valueBits[i]!)]),
  };
}

const bits = new DataView(new ArrayBuffer(8));

/** Looks at the bits first: once it is a JS number, the staleness marker is just another NaN. */
export function jsonNumber(valueBits: bigint): JsonNumber {
  if (valueBits === STALE_NAN_BITS) return 'stale';
  bits.setBigUint64(0, valueBits);
  const value = bits.getFloat64(0);
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return value;
}

function pairs(labels: Labels): LabelPairs {
  return labels.map(({ name, value }) => [name, value] as const);
}

function searchWords(search: string): string[] {
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

function matches(words: readonly string[], text: string): boolean {
  return words.every((word) => text.includes(word));
}

function labelsText(labels: Labels): string {
  return labels.map(({ name, value }) => `${name}="${value}"`).join(' ');
}

function lineText({ labels, entry }: HeldLine): string {
  return `${entry.line} ${labelsText(labels)} ${labelsText(entry.metadata)}`.toLowerCase();
}

function spanText(span: HeldSpan): string {
  return `${span.service} ${span.name} ${span.traceId} ${span.status} ${labelsText(span.attributes)}`.toLowerCase();
}
