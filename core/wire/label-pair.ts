/** The message in which Loki (LabelPairAdapter) and Pyroscope (LabelPair) carry a label: name = 1, value = 2. */
import type { ByteReader } from '../bytes/reader.ts';
import type { ByteWriter } from '../bytes/writer.ts';
import { skipUnknown } from './unknown-field.ts';

const NAME_TAG = 0x0a;
const VALUE_TAG = 0x12;

export interface LabelPair {
  readonly name: string;
  readonly value: string;
}

/** The rest of the reader is the message; a field that is absent is empty. */
export function readLabelPair(reader: ByteReader): LabelPair {
  let name = '';
  let value = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === NAME_TAG) name = reader.string();
    else if (tag === VALUE_TAG) value = reader.string();
    else skipUnknown(reader, tag, 2);
  }
  return { name, value };
}

export function writeLabelPair(writer: ByteWriter, { name, value }: LabelPair): void {
  writer.byte(NAME_TAG).string(name).byte(VALUE_TAG).string(value);
}
