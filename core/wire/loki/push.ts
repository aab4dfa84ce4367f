/**
 * Loki's push API: `logproto.PushRequest` in protobuf (snappy is taken off before) and the JSON form. Label text that is
 * not UTF-8 is refused; a log line that is not keeps its place and gets U+FFFD for the broken bytes.
 */
import { ByteReader } from '../../bytes/reader.ts';
import { decodeUtf8Lossy } from '../../bytes/utf8.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { formatLabels, type Labels, LabelsBuilder } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { readLabelPair, writeLabelPair } from '../label-pair.ts';
import { parseLabelsText } from '../labels-text.ts';
import type { InvalidStream, LogEntry, LogStream } from '../log-stream.ts';
import { labelName } from '../otlp/names.ts';
import { skipUnknown } from '../unknown-field.ts';

export { decodeLokiPushJson } from './push-json.ts';

const NANOS_PER_SECOND = 1_000_000_000n;
const NO_LABELS: Labels = [];
// PushRequest
const STREAM_TAG = 0x0a;
// StreamAdapter
const LABELS_TAG = 0x0a;
const ENTRY_TAG = 0x12;
// EntryAdapter
const TIMESTAMP_TAG = 0x0a;
const LINE_TAG = 0x12;
const METADATA_TAG = 0x1a;
// google.protobuf.Timestamp
const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;

/**
 * Streams, lines and pairs of metadata of one push. An empty line takes two bytes of the body and seventy once it is
 * decoded: without a bound, a body within the limits would take gigabytes (abuse case A3).
 */
export const MAX_PUSH_ITEMS = 1_000_000;

/** Counts what a decoder makes. */
class ItemBudget {
  #left = MAX_PUSH_ITEMS;

  spend(): void {
    if (--this.#left >= 0) return;
    const message = `the push has more than ${MAX_PUSH_ITEMS} streams, lines and pairs of metadata; send it in parts`;
    throw new OutcomeError('body_too_large', message);
  }
}

/** Without `onInvalid`, a stream whose labels are not right is an error of the whole push. */
export function decodeLokiPush(bytes: Uint8Array, onInvalid?: InvalidStream): LogStream[] {
  const streams: LogStream[] = [];
  const budget = new ItemBudget();
  const reader = new ByteReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === STREAM_TAG) {
      const stream = decodeStream(reader.message(), budget, onInvalid);
      if (stream !== undefined) streams.push(stream);
    } else skipUnknown(reader, tag, 1);
  }
  return streams;
}

function decodeStream(
  reader: ByteReader,
  budget: ItemBudget,
  onInvalid: InvalidStream | undefined,
): LogStream | undefined {
  budget.spend();
  let labels = '';
  const entries: LogEntry[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === LABELS_TAG) labels = reader.string();
    else if (tag === ENTRY_TAG) entries.push(decodeEntry(reader.message(), budget));
    else skipUnknown(reader, tag, 2);
  }
  try {
    return { labels: parseLabelsText(labels), entries };
  } catch (error) {
    if (onInvalid === undefined || !(error instanceof OutcomeError)) throw error;
    onInvalid(entries.length, error);
    return undefined;
  }
}

function decodeEntry(reader: ByteReader, budget: ItemBudget): LogEntry {
  budget.spend();
  let timestampNs = 0n;
  let line = '';
  let metadata: LabelsBuilder | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === TIMESTAMP_TAG) timestampNs = decodeTimestamp(reader.message());
    else if (tag === LINE_TAG) line = decodeLine(reader);
    else if (tag === METADATA_TAG) {
      metadata ??= new LabelsBuilder();
      budget.spend();
      addPair(reader.message(), metadata);
    } else skipUnknown(reader, tag, 3);
  }
  return { timestampNs, line, metadata: metadata?.labels() ?? NO_LABELS };
}

function decodeLine(reader: ByteReader): string {
  const size = reader.size();
  reader.pos += size;
  return decodeUtf8Lossy(reader.source, reader.pos - size, reader.pos);
}

function decodeTimestamp(reader: ByteReader): bigint {
  let seconds = 0n;
  let nanos = 0n;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === SECONDS_TAG) seconds = reader.int64();
    else if (tag === NANOS_TAG) nanos = reader.int64();
    else skipUnknown(reader, tag, 2);
  }
  if (nanos < 0n || nanos >= NANOS_PER_SECOND) {
    throw new OutcomeError('malformed_timestamp', `a timestamp has ${nanos} nanoseconds, outside 0 to 999999999`);
  }
  return seconds * NANOS_PER_SECOND + nanos;
}

function addPair(reader: ByteReader, labels: LabelsBuilder): void {
  const { name, value } = readLabelPair(reader);
  if (name === '') throw new OutcomeError('invalid_labels', 'structured metadata has an entry without a name');
  labels.set(name, value);
}

const out = new ByteWriter(16 * 1024);
const stream = new ByteWriter(16 * 1024);
const entry = new ByteWriter(4 * 1024);
const part = new ByteWriter(256);

/** Streams in their order, labels as text. */
export function encodeLokiPush(streams: readonly LogStream[]): Uint8Array<ArrayBuffer> {
  out.reset();
  for (const { labels, entries } of streams) {
    stream.reset().byte(LABELS_TAG).string(formatLabels(labels));
    for (const item of entries) {
      writeEntry(item);
      stream.byte(ENTRY_TAG).varint(entry.length).bytes(entry.view());
    }
    out.byte(STREAM_TAG).varint(stream.length).bytes(stream.view());
  }
  return out.take();
}

function writeEntry({ timestampNs, line, metadata }: LogEntry): void {
  let nanos = timestampNs % NANOS_PER_SECOND;
  if (nanos < 0n) nanos += NANOS_PER_SECOND;
  const seconds = (timestampNs - nanos) / NANOS_PER_SECOND;
  part.reset().byte(SECONDS_TAG).varint64(seconds).byte(NANOS_TAG).varint(Number(nanos));
  entry.reset().byte(TIMESTAMP_TAG).varint(part.length).bytes(part.view()).byte(LINE_TAG).string(line);
  for (const { name, value } of metadata) {
    writeLabelPair(part.reset(), { name: metadataName(name), value });
    entry.byte(METADATA_TAG).varint(part.length).bytes(part.view());
  }
}

/**
 * Loki makes a label name of it, and answers 500 to a push with a name that has nothing to make one of: sent as it is, it
 * would come again and again, and hold up all that waits behind it.
 */
function metadataName(name: string): string {
  return /[a-zA-Z0-9]/.test(name) ? name : labelName(name);
}
