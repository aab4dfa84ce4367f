/**
 * A `WriteRequest` with parts of its series left out: exemplars or native histograms that a destination is not to get,
 * or our extensions, which only remote write 2.0 can carry. What stays is copied as raw bytes and in its order; a body
 * that loses nothing is returned as it is. A series of which nothing is left vanishes.
 */
import { ByteReader } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { METADATA_FIELD, SERIES_TAG, walkWriteRequest } from './walk.ts';

/** Field numbers of `TimeSeries`; `metadata` is our extension. */
export const SERIES_FIELDS = { labels: 1, samples: 2, exemplars: 3, histograms: 4, metadata: 5 } as const;

export interface RewriteRules {
  /** Fields of `TimeSeries` that go. */
  readonly without: ReadonlySet<number>;
  /** Fields of `Sample` and `Histogram` with higher numbers go. */
  readonly lastSampleField?: number;
  readonly lastHistogramField?: number;
  /** Metadata of the request goes. */
  readonly withoutMetadata?: boolean;
}

export interface Rewritten {
  readonly body: Uint8Array;
  /** Native histograms that are not in it any more. */
  readonly histogramsRemoved: number;
}

export function rewriteWriteRequest(body: Uint8Array, rules: RewriteRules): Rewritten {
  const out = new ByteWriter(body.length);
  const content = new ByteWriter(256);
  let changed = false;
  let histogramsRemoved = 0;
  walkWriteRequest(body, {
    series(bytes, fieldStart, labelsStart, labelsEnd, fieldEnd) {
      content.reset();
      const removed = copyContent(content, new ByteReader(bytes, labelsEnd, fieldEnd), rules);
      if (!removed.any) {
        out.bytes(bytes, fieldStart, fieldEnd);
        return;
      }
      changed = true;
      histogramsRemoved += removed.histograms;
      if (content.length === 0) return;
      const size = labelsEnd - labelsStart + content.length;
      out.byte(SERIES_TAG).varint(size).bytes(bytes, labelsStart, labelsEnd).bytes(content.view());
    },
    other(bytes, start, end, field) {
      if (rules.withoutMetadata === true && field === METADATA_FIELD) changed = true;
      else out.bytes(bytes, start, end);
    },
  });
  return changed ? { body: out.take(), histogramsRemoved } : { body, histogramsRemoved };
}

function copyContent(
  content: ByteWriter,
  reader: ByteReader,
  { without, lastSampleField, lastHistogramField }: RewriteRules,
): { readonly any: boolean; readonly histograms: number } {
  let any = false;
  let histograms = 0;
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    const field = Math.floor(tag / 8);
    const last =
      field === SERIES_FIELDS.samples
        ? lastSampleField
        : field === SERIES_FIELDS.histograms
          ? lastHistogramField
          : undefined;
    if (without.has(field)) {
      reader.skip(tag & 7);
      any = true;
      if (field === SERIES_FIELDS.histograms) histograms++;
    } else if (last === undefined) {
      reader.skip(tag & 7);
      content.bytes(reader.source, start, reader.pos);
    } else if (copyMessage(content, tag, reader.message(), last)) any = true;
  }
  return { any, histograms };
}

const fields = new ByteWriter(256);

/** Writes the field `tag` with those fields of the message whose number is not above `lastField`; true where some were. */
export function copyMessage(target: ByteWriter, tag: number, message: ByteReader, lastField: number): boolean {
  const { source, pos: start, end } = message;
  fields.reset();
  let dropped = false;
  while (!message.done) {
    const fieldStart = message.pos;
    const field = message.tag();
    message.skip(field & 7);
    if (field >= (lastField + 1) * 8) {
      // What came before the first field that goes was not copied yet.
      if (!dropped) fields.bytes(source, start, fieldStart);
      dropped = true;
    } else if (dropped) fields.bytes(source, fieldStart, message.pos);
  }
  if (dropped) target.varint(tag).varint(fields.length).bytes(fields.view());
  else
    target
      .varint(tag)
      .varint(end - start)
      .bytes(source, start, end);
  return dropped;
}
