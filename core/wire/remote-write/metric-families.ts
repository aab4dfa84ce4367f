/**
 * Metadata belongs to a metric family in remote write 1.0 and to each series in 2.0. The names of a family's series are
 * the family's with a suffix that its type allows (OpenMetrics; Prometheus's scraper and Mimir go by the same suffixes).
 */
import { ByteReader } from '../../bytes/reader.ts';
import { METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { decodeLabel } from '../label-block.ts';
import { METRIC_TYPES, type MetricType } from './builder.ts';

export interface SeriesMetadata {
  readonly type: number;
  readonly help: string;
  readonly unit: string;
}

const SUFFIXES: Readonly<Partial<Record<MetricType, readonly string[]>>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  summary: ['_sum', '_count', '_created'],
  info: ['_info'],
};

/** A counter's family is its series' name in the classic text format, so from 2.0 to 1.0 its suffix stays. */
const STRIPPED: readonly MetricType[] = ['histogram', 'gaugehistogram', 'summary'];
const ALL_SUFFIXES = [...new Set(Object.values(SUFFIXES).flat())];

const UNDERSCORE = 0x5f;

export type Families = ReadonlyMap<string, SeriesMetadata>;

/** The metadata of a 1.0 request by family; of one that is named twice, the last. */
export function metadataByFamily(body: Uint8Array): Families {
  const families = new Map<string, SeriesMetadata>();
  const reader = new ByteReader(body);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== 0x1a) reader.skip(tag & 7);
    else {
      const { family, ...metadata } = readFamilyMetadata(reader.message());
      if (family !== '') families.set(family, metadata);
    }
  }
  return families;
}

/** Of the family that bears the name of the series, or that the name with a suffix of its type belongs to. */
export function metadataOf(families: Families, metricName: string): SeriesMetadata | undefined {
  const exact = families.get(metricName);
  if (exact !== undefined) return exact;
  for (const suffix of ALL_SUFFIXES) {
    if (!metricName.endsWith(suffix)) continue;
    const metadata = families.get(metricName.slice(0, -suffix.length));
    const type = metadata && METRIC_TYPES[metadata.type];
    if (type !== undefined && SUFFIXES[type]?.includes(suffix)) return metadata;
  }
  return undefined;
}

/** The value of `__name__` in a label block, '' where there is none. */
export function metricNameOf(bytes: Uint8Array, start: number, end: number): string {
  const reader = new ByteReader(bytes, start, end);
  while (!reader.done) {
    reader.tag();
    const size = reader.size();
    const labelStart = reader.pos;
    reader.pos += size;
    if (!startsWithName(bytes, labelStart, reader.pos)) continue;
    const { name, value } = decodeLabel(new ByteReader(bytes, labelStart, reader.pos));
    if (name === METRIC_NAME_LABEL) return value;
  }
  return '';
}

/** Whether the label may be `__name__`: its first field begins so, or stands in another order than senders use. */
function startsWithName(bytes: Uint8Array, start: number, end: number): boolean {
  const usual = end - start > 3 && bytes[start] === 0x0a;
  return !usual || (bytes[start + 1] === 8 && bytes[start + 2] === UNDERSCORE && bytes[start + 3] === UNDERSCORE);
}

/** The family that a series of this name and type belongs to. */
export function familyOf(metricName: string, type: number): string {
  const typeName = METRIC_TYPES[type];
  if (typeName === undefined || !STRIPPED.includes(typeName)) return metricName;
  const suffix = SUFFIXES[typeName]?.find((candidate) => metricName.endsWith(candidate));
  const family = suffix === undefined ? metricName : metricName.slice(0, -suffix.length);
  return family === '' ? metricName : family;
}

/** The inside of a 1.0 `MetricMetadata`. */
export function readFamilyMetadata(reader: ByteReader): SeriesMetadata & { readonly family: string } {
  let type = 0;
  let family = '';
  let help = '';
  let unit = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) type = reader.varint();
    else if (tag === 0x12) family = reader.string();
    else if (tag === 0x22) help = reader.string();
    else if (tag === 0x2a) unit = reader.string();
    else reader.skip(tag & 7);
  }
  return { type, family, help, unit };
}
