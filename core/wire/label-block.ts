/**
 * The label block of a series: its repeated `Label { name=1, value=2 }` fields as remote write 1.0 encodes them, tag and
 * length included, one after another. It is the key under which verdicts are remembered, and a series is written by
 * copying a block, so nothing here may depend on samples.
 */
import { ByteReader, malformed, WIRE_BYTES } from '../bytes/reader.ts';
import { utf8Length } from '../bytes/utf8.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { compareNames, type Label, type Labels, METRIC_NAME_LABEL } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';

const LABEL_FIELD = 0x0a;
const NAME_FIELD = 0x0a;
const VALUE_FIELD = 0x12;

/** Labels in the order of the block. Throws invalid_utf8 or malformed_protobuf; does not judge names. */
export function decodeLabelBlock(bytes: Uint8Array, start = 0, end = bytes.length): Label[] {
  const labels: Label[] = [];
  const reader = new ByteReader(bytes, start, end);
  while (!reader.done) {
    if (reader.tag() !== LABEL_FIELD) throw malformed(reader.pos, 'a label block holds something other than labels');
    labels.push(decodeLabel(reader.message()));
  }
  return labels;
}

export function decodeLabel(reader: ByteReader): Label {
  let name = '';
  let value = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === NAME_FIELD) name = reader.string();
    else if (tag === VALUE_FIELD) value = reader.string();
    else {
      // Fields 1 and 2 with another wire type are an error, unknown ones are skipped.
      if (tag < 24) reader.expect(tag, WIRE_BYTES);
      reader.skip(tag & 7);
    }
  }
  return { name, value };
}

const blockWriter = new ByteWriter(1024);

/** The caller passes sorted, unique labels (`LabelsBuilder.labels()`); they are written as they come. */
export function encodeLabelBlock(labels: Labels): Uint8Array<ArrayBuffer> {
  blockWriter.reset();
  for (const { name, value } of labels) {
    const nameBytes = utf8Length(name);
    const valueBytes = utf8Length(value);
    blockWriter
      .byte(LABEL_FIELD)
      .varint(2 + varintLength(nameBytes) + nameBytes + varintLength(valueBytes) + valueBytes)
      .byte(NAME_FIELD)
      .string(name)
      .byte(VALUE_FIELD)
      .string(value);
  }
  return blockWriter.take();
}

/** Bytes of a varint below 2^32. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/**
 * What is wrong with the labels of a series, or undefined. Names are any UTF-8 text, as in Prometheus 3 and "Series
 * Labels" of remote write 2.0. Order is not judged: unsorted labels are repaired by sorting. Labels of empty value do not
 * exist for Prometheus, but a name given twice is an error even so.
 */
export function validateLabelBlock(labels: Labels): Reason | undefined {
  let metricName = '';
  for (const { name, value } of labels) {
    if (name === METRIC_NAME_LABEL) metricName = value;
    else if (name === '') return 'label_name_invalid';
  }
  if (hasDuplicateName(labels)) return 'duplicate_label_names';
  return metricName === '' ? 'missing_metric_name' : undefined;
}

function hasDuplicateName(labels: Labels): boolean {
  let sorted = true;
  for (let i = 1; i < labels.length; i++) {
    const order = compareNames(labels[i - 1].name, labels[i].name);
    if (order === 0) return true;
    if (order > 0) sorted = false;
  }
  return !sorted && new Set(labels.map((label) => label.name)).size < labels.length;
}
