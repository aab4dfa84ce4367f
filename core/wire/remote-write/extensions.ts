/**
 * Inside, metrics are a remote write 1.0 `WriteRequest` to which we add what only 2.0 can carry: `Sample.start_timestamp`
 * (3), `Histogram.start_timestamp` (17) and `TimeSeries.metadata` (5: type=1, help=3, unit=4). Samples and histograms are
 * so the messages of 2.0, byte by byte. Nobody but us may see the extensions: a 1.0 receiver gets a body without them.
 */
import { bytesEqual } from '../../bytes/equal.ts';
import { ByteReader } from '../../bytes/reader.ts';
import { METRIC_TYPES, WriteRequestBuilder } from './builder.ts';
import { familyOf, metadataByFamily, metricNameOf, type SeriesMetadata } from './metric-families.ts';
import { rewriteWriteRequest, SERIES_FIELDS } from './rewrite.ts';
import { walkWriteRequest } from './walk.ts';

export const LAST_SAMPLE_FIELD = { plain: 2, extended: 3 } as const;
export const LAST_HISTOGRAM_FIELD = { plain: 16, extended: 17 } as const;
export const SERIES_METADATA_TAG = 0x2a;

const NOTHING: { readonly name: string; readonly message: Uint8Array } = { name: '', message: new Uint8Array(0) };

/** Pure 1.0: metadata of series becomes metadata of the request, once for each family. */
export function stripExtensions(body: Uint8Array): Uint8Array {
  const metadata = encodeFamilies(body);
  const { body: plain } = rewriteWriteRequest(body, {
    without: new Set([SERIES_FIELDS.metadata]),
    lastSampleField: LAST_SAMPLE_FIELD.plain,
    lastHistogramField: LAST_HISTOGRAM_FIELD.plain,
  });
  if (metadata.length === 0) return plain;
  const whole = new Uint8Array(plain.length + metadata.length);
  whole.set(plain);
  whole.set(metadata, plain.length);
  return whole;
}

/** The `metadata` fields for what series say of themselves and the request does not say already. */
function encodeFamilies(body: Uint8Array): Uint8Array {
  const known = metadataByFamily(body);
  const added = new Set<string>();
  const builder = new WriteRequestBuilder(256);
  let last = NOTHING;
  walkWriteRequest(body, {
    series(bytes, _fieldStart, labelsStart, labelsEnd, fieldEnd) {
      const at = findMetadata(bytes, labelsEnd, fieldEnd);
      if (at === undefined) return;
      const name = metricNameOf(bytes, labelsStart, labelsEnd);
      // Series of one family stand together, and say the same of it.
      const message = bytes.subarray(at.pos, at.end);
      if (name === last.name && bytesEqual(message, last.message)) return;
      last = { name, message };
      const { type, help, unit } = readMetadata(at);
      const family = familyOf(name, type);
      if (family === '' || added.has(family) || known.has(family)) return;
      added.add(family);
      builder.addMetadata({ type: METRIC_TYPES[type] ?? 'unknown', family, help, unit });
    },
  });
  return builder.take();
}

/** [restStart, end) is what follows the labels of a series of an extended body. */
export function readSeriesMetadata(bytes: Uint8Array, restStart: number, end: number): SeriesMetadata | undefined {
  const found = findMetadata(bytes, restStart, end);
  return found && readMetadata(found);
}

function findMetadata(bytes: Uint8Array, restStart: number, end: number): ByteReader | undefined {
  const reader = new ByteReader(bytes, restStart, end);
  let found: ByteReader | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === SERIES_METADATA_TAG) found = reader.message();
    else reader.skip(tag & 7);
  }
  return found;
}

function readMetadata(reader: ByteReader): SeriesMetadata {
  let type = 0;
  let help = '';
  let unit = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x08) type = reader.varint();
    else if (tag === 0x1a) help = reader.string();
    else if (tag === 0x22) unit = reader.string();
    else reader.skip(tag & 7);
  }
  return { type, help, unit };
}
