/**
 * Writes the text of a series, `name{label="value"}`, as an exposition in text form would have it. Sources that have no
 * text of their own (protobuf) use it as the key of a series, and `seriesLabels` reads it back. Values are copied as
 * bytes; names beyond the old character set are quoted.
 */
import { encodeUtf8 } from '../bytes/utf8.ts';
import type { ByteWriter } from '../bytes/writer.ts';
import { BRACE_CLOSE, BRACE_OPEN, LF, QUOTE, scanMetricName } from './exposition/scan.ts';

const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const EQUAL = 61;

/** A label as ranges of `bytes`. */
export interface LabelRange {
  readonly bytes: Uint8Array;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export function writeSeriesText(
  out: ByteWriter,
  name: Uint8Array,
  labels: readonly LabelRange[],
  last?: { readonly name: string; readonly value: string },
): void {
  const plain = isPlain(name, 0, name.length, true);
  if (plain) out.bytes(name);
  if (plain && labels.length === 0 && last === undefined) return;
  out.byte(BRACE_OPEN);
  if (!plain) {
    writeQuoted(out, name, 0, name.length);
    out.byte(COMMA);
  }
  writeLabels(out, labels);
  if (last !== undefined) {
    const value = encodeUtf8(last.value);
    out.text(`${last.name}=`);
    writeQuoted(out, value, 0, value.length);
  }
  out.byte(BRACE_CLOSE);
}

/** Labels alone, in braces: the text of an exemplar's. */
export function writeLabelsText(out: ByteWriter, labels: readonly LabelRange[]): void {
  out.byte(BRACE_OPEN);
  writeLabels(out, labels);
  out.byte(BRACE_CLOSE);
}

/** Each with a comma behind it, which may also stand before the closing brace. */
function writeLabels(out: ByteWriter, labels: readonly LabelRange[]): void {
  for (const { bytes, nameStart, nameEnd, valueStart, valueEnd } of labels) {
    if (isPlain(bytes, nameStart, nameEnd, false)) out.bytes(bytes, nameStart, nameEnd);
    else writeQuoted(out, bytes, nameStart, nameEnd);
    out.byte(EQUAL);
    writeQuoted(out, bytes, valueStart, valueEnd);
    out.byte(COMMA);
  }
}

/** A label name has no colon, a metric name may. */
function isPlain(bytes: Uint8Array, start: number, end: number, colons: boolean): boolean {
  if (start === end) return false;
  if (scanMetricName(bytes, start) < end) return false;
  return colons || bytes.subarray(start, end).indexOf(COLON) < 0;
}

function writeQuoted(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.byte(QUOTE);
  let from = start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte !== QUOTE && byte !== BACKSLASH && byte !== LF) continue;
    out.bytes(bytes, from, i).byte(BACKSLASH);
    if (byte === LF) out.text('n');
    else out.byte(byte);
    from = i + 1;
  }
  out.bytes(bytes, from, end).byte(QUOTE);
}
