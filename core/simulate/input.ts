/**
 * The input of a simulation: samples (Prometheus text or OpenMetrics), log lines (plain, JSON lines, a Loki push) or
 * targets (a JSON list of objects, or of groups as Prometheus reads them from files).
 */
import { encodeUtf8 } from '../bytes/utf8.ts';
import { type Label, type Labels, LabelsBuilder, labelsFromRecord } from '../labels/labels.ts';
import { OutcomeError } from '../outcome.ts';
import { compileTimeFormat } from '../pipeline/gotime/parse.ts';
import { ExpositionError, parseExposition, seriesLabels } from '../wire/exposition/exposition.ts';
import { parseLabelsText } from '../wire/labels-text.ts';
import { decodeLokiPushJson } from '../wire/loki/push-json.ts';
import type { ItemState, SimulatedSignal } from './trace.ts';

export interface SimulationInput {
  readonly signal: SimulatedSignal;
  readonly items: readonly ItemState[];
}

export class SimulationError extends Error {}

export interface InputOptions {
  /** What the file holds; otherwise that is found out. */
  readonly signal?: SimulatedSignal;
  /** What the pipeline takes, to tell a line `GET 200` from a sample. */
  readonly fits: ReadonlySet<SimulatedSignal>;
  /** Labels of plain lines. */
  readonly labels: Labels;
}

export function parseInput(text: string, { signal, fits, labels }: InputOptions): SimulationInput {
  const trimmed = text.trim();
  if (trimmed === '') throw new SimulationError('the input is empty');
  const json = tryJson(trimmed);
  if (signal === 'targets') return { signal, items: targets(json) };
  if (signal === 'metrics') return { signal, items: samples(text) };
  if (signal === 'logs') return { signal, items: lines(text, json, labels) };
  if (isPush(json)) return { signal: 'logs', items: lines(text, json, labels) };
  if (Array.isArray(json) && json.every(isObject)) return { signal: 'targets', items: targets(json) };
  if (fits.has('metrics') && (looksLikeSamples(trimmed) || !fits.has('logs'))) {
    return { signal: 'metrics', items: samples(text) };
  }
  return { signal: 'logs', items: lines(text, json, labels) };
}

const SAMPLE = /^[a-zA-Z_:{][^\s{]*(\{.*\})?\s+[-+]?([0-9.]+(e[-+]?\d+)?|nan|inf)(\s+-?[0-9.]+)?(\s*#.*)?$/i;

function looksLikeSamples(text: string): boolean {
  const rows = text.split('\n').filter((row) => row.trim() !== '' && !row.startsWith('#'));
  return rows.length > 0 && rows.filter((row) => SAMPLE.test(row.trim())).length * 2 > rows.length;
}

function samples(text: string): ItemState[] {
  const bytes = encodeUtf8(text.endsWith('\n') ? text : `${text}\n`);
  const items: ItemState[] = [];
  const format = /^# EOF$/m.test(text) ? 'openmetrics' : 'text';
  try {
    parseExposition(bytes, format, {
      sample(start, end, value, timestampMs) {
        const labels = new LabelsBuilder(seriesLabels(bytes, start, end)).labels();
        const time = timestampMs === undefined ? {} : { timestampNs: BigInt(Math.round(timestampMs)) * 1_000_000n };
        items.push({ labels, value: valueText(value), ...time });
      },
    });
  } catch (error) {
    if (error instanceof ExpositionError) throw new SimulationError(`the input: ${error.message}`);
    throw error;
  }
  return items;
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function lines(text: string, json: unknown, labels: Labels): ItemState[] {
  if (isPush(json)) return pushed(text);
  const rows = text.split('\n').map((row) => row.replace(/\r$/, ''));
  if (rows.at(-1) === '') rows.pop();
  const records = rows.map((row) => tryJson(row));
  const structured = records.every((record, i) => rows[i] === '' || isRecord(record));
  if (!structured) return rows.map((line) => ({ labels, line }));
  return records.flatMap((record, i) => (isRecord(record) ? [fromRecord(record, labels, i + 1)] : []));
}

function pushed(text: string): ItemState[] {
  try {
    return decodeLokiPushJson(text).flatMap(({ labels, entries }) =>
      entries.map(({ line, metadata, timestampNs }) => ({ labels, line, metadata, timestampNs })),
    );
  } catch (error) {
    if (error instanceof OutcomeError) throw new SimulationError(`the input: ${error.message}`);
    throw error;
  }
}

interface LineRecord {
  readonly line: string;
  readonly labels?: unknown;
  readonly timestamp?: unknown;
  readonly metadata?: unknown;
}

/** Only what has a line and nothing that we would not read is a record of ours; other JSON is a line itself. */
function isRecord(value: unknown): value is LineRecord {
  if (!isObject(value) || typeof value.line !== 'string') return false;
  return Object.keys(value).every((key) => ['line', 'labels', 'timestamp', 'metadata'].includes(key));
}

function fromRecord(record: LineRecord, fallback: Labels, row: number): ItemState {
  const labels = record.labels === undefined ? fallback : labelsOf(record.labels, `line ${row}: labels`);
  const timestampNs = record.timestamp === undefined ? undefined : timeOf(record.timestamp, row);
  return {
    labels,
    line: record.line,
    ...(record.metadata === undefined ? {} : { metadata: labelsOf(record.metadata, `line ${row}: metadata`) }),
    ...(timestampNs === undefined ? {} : { timestampNs }),
  };
}

function labelsOf(value: unknown, what: string): Labels {
  if (typeof value === 'string') {
    try {
      return parseLabelsText(value);
    } catch (error) {
      if (error instanceof OutcomeError) throw new SimulationError(`the input: ${what}: ${error.message}`);
      throw error;
    }
  }
  if (!isObject(value) || !Object.values(value).every((each) => typeof each === 'string')) {
    throw new SimulationError(`the input: ${what} must be an object of texts`);
  }
  return labelsFromRecord(value as Record<string, string>);
}

const parseTime = compileTimeFormat('RFC3339Nano');

function timeOf(value: unknown, row: number): bigint {
  const text = String(value);
  const parsed = /^\d+$/.test(text) ? BigInt(text) : parseTime(text, 0n);
  if (parsed !== undefined) return parsed;
  throw new SimulationError(`the input: line ${row}: timestamp must be RFC 3339 or nanoseconds, not ${text}`);
}

function targets(json: unknown): ItemState[] {
  if (!Array.isArray(json)) throw new SimulationError('the input: targets must be a JSON list');
  return json.flatMap((each, i) => targetsOf(each, `target ${i + 1}`)).map((labels) => ({ labels }));
}

function targetsOf(value: unknown, what: string): Labels[] {
  if (!isObject(value) || !Array.isArray(value.targets)) return [labelsOf(value, what)];
  const shared: readonly Label[] = value.labels === undefined ? [] : labelsOf(value.labels, `${what}: labels`);
  return value.targets.map((address) =>
    new LabelsBuilder([...shared, { name: '__address__', value: String(address) }]).labels(),
  );
}

function isPush(json: unknown): boolean {
  return isObject(json) && Array.isArray(json.streams);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tryJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
