/** Prometheus text format 0.0.4. The rules are those of Prometheus' own lexer (model/textparse/promlex.l, promparse.go). */

import { excerpt, expositionError } from './error.ts';
import type { ExpositionSink } from './exposition.ts';
import { parseFloatBytes } from './float.ts';
import {
  BRACE_OPEN,
  HASH,
  isValidUtf8,
  LF,
  QUOTE,
  SPACE,
  scanMetricName,
  scanQuoted,
  scanSeries,
  skipBlanks,
  TAB,
} from './scan.ts';
import { findType, typeWords } from './type.ts';

const TYPES = typeWords([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['histogram', 'histogram'],
  ['summary', 'summary'],
  ['untyped', 'unknown'],
]);

export function parsePrometheusText(bytes: Uint8Array, sink: ExpositionSink): void {
  let pos = 0;
  while (pos < bytes.length) {
    pos = skipBlanks(bytes, pos);
    const c = bytes[pos];
    if (c === LF) pos++;
    else if (c === HASH) pos = readComment(bytes, pos, sink);
    else if (c !== undefined) pos = readSample(bytes, pos, sink);
  }
}

function readSample(bytes: Uint8Array, start: number, sink: ExpositionSink): number {
  const end = scanSeries(bytes, start, sink, true);
  let pos = skipBlanks(bytes, end);
  const valueStart = pos;
  while (pos < bytes.length && !endsValue(bytes[pos]!)) pos++;
  if (pos === valueStart) throw expositionError(bytes, pos, 'expected a value after the metric');
  const value = parseFloatBytes(bytes, valueStart, pos);
  if (value === undefined) throw expositionError(bytes, pos, `bad value ${excerpt(bytes, valueStart, pos)}`);
  pos = skipBlanks(bytes, pos);
  if (pos >= bytes.length || bytes[pos] === LF) {
    sink.sample(start, end, value, undefined);
    return pos + 1;
  }
  const timestampStart = pos;
  while (isDigit(bytes[pos])) pos++;
  if (pos === timestampStart) throw expositionError(bytes, pos, 'expected a timestamp in milliseconds or the line end');
  const timestampMs = readTimestamp(bytes, timestampStart, pos);
  pos = skipBlanks(bytes, pos);
  if (pos < bytes.length && bytes[pos] !== LF) {
    throw expositionError(bytes, pos, 'expected the line end after the timestamp');
  }
  sink.sample(start, end, value, timestampMs);
  return pos + 1;
}

function endsValue(byte: number): boolean {
  return byte === SPACE || byte === LF || byte === TAB || byte === BRACE_OPEN;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

function readTimestamp(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (bytes[i]! - 48);
  if (value >= 2 ** 63) {
    throw expositionError(bytes, end, `timestamp ${excerpt(bytes, start, end)} does not fit in 64 bits`);
  }
  return value;
}

/** `# HELP name text` and `# TYPE name type` are metadata; every other line that starts with # is a comment. */
function readComment(bytes: Uint8Array, hash: number, sink: ExpositionSink): number {
  let pos = skipBlanks(bytes, hash + 1);
  const help = pos > hash + 1 && isKeyword(bytes, pos, HELP);
  const type = pos > hash + 1 && isKeyword(bytes, pos, TYPE);
  if (!help && !type) return lineEnd(bytes, pos) + 1;
  pos = skipBlanks(bytes, pos + 4);
  const quoted = bytes[pos] === QUOTE;
  const nameStart = quoted ? pos + 1 : pos;
  const nameEnd = quoted ? scanQuoted(bytes, pos, true) : scanMetricName(bytes, pos);
  if (nameEnd === nameStart)
    throw expositionError(bytes, pos, `expected a metric name after ${help ? 'HELP' : 'TYPE'}`);
  const nameStop = quoted ? nameEnd + 1 : nameEnd;
  const scanned = scanLine(bytes, nameStop);
  const end = scanned < 0 ? ~scanned : scanned;
  // Exactly one byte separates name and text: further blanks belong to the text.
  const textStart = Math.min(skipBlanks(bytes, nameStop) >= end ? end : nameStop + 1, end);
  if (help) {
    if (scanned < 0 && !isValidUtf8(bytes, textStart, end))
      throw expositionError(bytes, end, 'the help text is not valid UTF-8');
    sink.help?.(nameStart, nameEnd, textStart, end);
  } else {
    const metricType = findType(TYPES, bytes, textStart, end);
    if (metricType === undefined) {
      throw expositionError(bytes, end, `invalid metric type ${excerpt(bytes, textStart, end)}`);
    }
    sink.type?.(nameStart, nameEnd, metricType);
  }
  return end + 1;
}

const HELP = [72, 69, 76, 80];
const TYPE = [84, 89, 80, 69];

function isKeyword(bytes: Uint8Array, pos: number, keyword: readonly number[]): boolean {
  for (let i = 0; i < 4; i++) if (bytes[pos + i] !== keyword[i]) return false;
  return bytes[pos + 4] === SPACE || bytes[pos + 4] === TAB;
}

function lineEnd(bytes: Uint8Array, pos: number): number {
  const end = bytes.indexOf(LF, pos);
  return end < 0 ? bytes.length : end;
}

/** The end of the line, or its complement where a byte of it is not ASCII: then the text has to be checked. */
function scanLine(bytes: Uint8Array, pos: number): number {
  let seen = 0;
  let end = pos;
  for (; end < bytes.length; end++) {
    const c = bytes[end]!;
    if (c === LF) break;
    seen |= c;
  }
  return seen < 0x80 ? end : ~end;
}
