/**
 * OpenMetrics 1.0 text. The rules are those of Prometheus' own lexer (model/textparse/openmetricslex.l): one space between
 * tokens, no blank lines, no free comments, and `# EOF` as the last line, so that a truncated body is noticed.
 */

import { excerpt, expositionError } from './error.ts';
import type { ExpositionSink, MetricType } from './exposition.ts';
import { parseFloatBytes } from './float.ts';
import {
  BRACE_OPEN,
  HASH,
  isValidUtf8,
  type LabelSetRules,
  LF,
  QUOTE,
  SPACE,
  scanLabelSet,
  scanMetricName,
  scanQuoted,
  scanSeries,
} from './scan.ts';
import { findType, typeWords } from './type.ts';

const NO_NAME: LabelSetRules = { lenient: false, name: 'none' };

const MISSING_EOF = 'the data does not end with "# EOF"';

const TYPES = typeWords(
  (['counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset', 'unknown'] as const).map(
    (type) => [type, type] as const,
  ),
);

export function parseOpenMetrics(bytes: Uint8Array, sink: ExpositionSink): void {
  let pos = 0;
  while (pos < bytes.length) {
    if (bytes[pos] !== HASH) {
      pos = readSample(bytes, pos, sink);
      continue;
    }
    const keyword = readKeyword(bytes, pos);
    if (keyword === 'EOF') {
      checkEnd(bytes, pos + 5);
      return;
    }
    pos = readMetadata(bytes, pos + 7, keyword, sink);
  }
  throw expositionError(bytes, pos, MISSING_EOF);
}

function checkEnd(bytes: Uint8Array, eofStop: number): void {
  const stop = bytes[eofStop] === LF ? eofStop + 1 : eofStop;
  if (stop < bytes.length) throw expositionError(bytes, stop, 'unexpected data after "# EOF"');
}

type MetadataKeyword = 'HELP' | 'TYPE' | 'UNIT';

const KEYWORDS = (['HELP', 'TYPE', 'UNIT'] as const).map((keyword) => ({
  keyword,
  start: new TextEncoder().encode(`# ${keyword} `),
}));
const EOF_LINE = new TextEncoder().encode('# EOF');

function readKeyword(bytes: Uint8Array, hash: number): MetadataKeyword | 'EOF' {
  for (const { keyword, start } of KEYWORDS) if (startsWith(bytes, hash, start)) return keyword;
  if (startsWith(bytes, hash, EOF_LINE)) return 'EOF';
  throw expositionError(bytes, hash, 'expected "# HELP ", "# TYPE ", "# UNIT " or "# EOF"');
}

function startsWith(bytes: Uint8Array, at: number, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false;
  return true;
}

function readMetadata(bytes: Uint8Array, start: number, keyword: MetadataKeyword, sink: ExpositionSink): number {
  const quoted = bytes[start] === QUOTE;
  const nameStart = quoted ? start + 1 : start;
  const nameEnd = quoted ? scanQuoted(bytes, start, false) : scanMetricName(bytes, start);
  if (nameEnd === nameStart) throw expositionError(bytes, start, `expected a metric name after ${keyword}`);
  const nameStop = quoted ? nameEnd + 1 : nameEnd;
  if (bytes[nameStop] !== SPACE) throw expositionError(bytes, nameStop, `expected a space and a text in ${keyword}`);
  const textStart = nameStop + 1;
  const end = bytes.indexOf(LF, textStart);
  if (end < 0) throw expositionError(bytes, bytes.length, MISSING_EOF);
  switch (keyword) {
    case 'HELP':
      if (!isValidUtf8(bytes, textStart, end)) throw expositionError(bytes, end, 'the help text is not valid UTF-8');
      sink.help?.(nameStart, nameEnd, textStart, end);
      break;
    case 'TYPE': {
      // Read first: the arguments of an optional call are not evaluated when nobody listens.
      const type = readType(bytes, textStart, end);
      sink.type?.(nameStart, nameEnd, type);
      break;
    }
    case 'UNIT':
      checkUnit(bytes, nameStart, nameEnd, textStart, end);
      sink.unit?.(nameStart, nameEnd, textStart, end);
      break;
  }
  return end + 1;
}

function readType(bytes: Uint8Array, start: number, end: number): MetricType {
  const type = findType(TYPES, bytes, start, end);
  if (type === undefined) throw expositionError(bytes, end, `invalid metric type ${excerpt(bytes, start, end)}`);
  return type;
}

/** A unit, where there is one, is the last word of the metric's name. */
function checkUnit(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number, end: number): void {
  const length = end - start;
  if (length === 0) return;
  let suffix = nameEnd - length > nameStart && bytes[nameEnd - length - 1] === 95;
  for (let i = 1; suffix && i <= length; i++) suffix = bytes[nameEnd - i] === bytes[end - i];
  if (!suffix) throw expositionError(bytes, end, `unit ${excerpt(bytes, start, end)} is no suffix of the metric name`);
}

function readSample(bytes: Uint8Array, start: number, sink: ExpositionSink): number {
  const end = scanSeries(bytes, start, sink, false);
  const valueEnd = scanWord(bytes, end, 'expected a space and a value after the metric');
  const value = parseFloatBytes(bytes, end + 1, valueEnd);
  if (value === undefined) throw expositionError(bytes, valueEnd, `bad value ${excerpt(bytes, end + 1, valueEnd)}`);
  let pos = valueEnd;
  let timestampMs: number | undefined;
  if (bytes[pos] !== LF && !isExemplarStart(bytes, pos)) {
    const stop = scanWord(bytes, pos, 'expected a timestamp in seconds, an exemplar or the line end');
    timestampMs = readTimestamp(bytes, pos + 1, stop);
    pos = stop;
  }
  sink.sample(start, end, value, timestampMs);
  if (isExemplarStart(bytes, pos)) pos = readExemplar(bytes, pos + 3, sink);
  return lineEnd(bytes, pos);
}

/** ` # {`, told from a timestamp by being longer. */
function isExemplarStart(bytes: Uint8Array, pos: number): boolean {
  return bytes[pos] === SPACE && bytes[pos + 1] === HASH && bytes[pos + 2] === SPACE && bytes[pos + 3] === BRACE_OPEN;
}

function readExemplar(bytes: Uint8Array, open: number, sink: ExpositionSink): number {
  const end = scanLabelSet(bytes, open, NO_NAME);
  let pos = scanWord(bytes, end, 'expected a space and a value after the exemplar labels');
  const value = parseFloatBytes(bytes, end + 1, pos);
  if (value === undefined) throw expositionError(bytes, pos, `bad exemplar value ${excerpt(bytes, end + 1, pos)}`);
  let timestampMs: number | undefined;
  if (bytes[pos] !== LF) {
    const stop = scanWord(bytes, pos, 'expected a timestamp or the line end after the exemplar');
    timestampMs = readTimestamp(bytes, pos + 1, stop);
    pos = stop;
  }
  sink.exemplar?.(open, end, value, timestampMs);
  return pos;
}

/** End of the word behind the one space at `pos`. */
function scanWord(bytes: Uint8Array, pos: number, expected: string): number {
  if (pos >= bytes.length) throw expositionError(bytes, pos, MISSING_EOF);
  let end = pos + 1;
  if (bytes[pos] === SPACE) while (end < bytes.length && bytes[end] !== SPACE && bytes[end] !== LF) end++;
  if (end === pos + 1) throw expositionError(bytes, pos, expected);
  return end;
}

/** Seconds, possibly with a fraction; cut to milliseconds as Prometheus does. */
function readTimestamp(bytes: Uint8Array, start: number, end: number): number {
  const seconds = parseFloatBytes(bytes, start, end);
  if (seconds === undefined || !Number.isFinite(seconds) || Math.abs(seconds * 1000) >= 2 ** 63) {
    throw expositionError(bytes, end, `bad timestamp ${excerpt(bytes, start, end)}`);
  }
  return Math.trunc(seconds * 1000);
}

function lineEnd(bytes: Uint8Array, pos: number): number {
  if (bytes[pos] === LF) return pos + 1;
  const message = pos >= bytes.length ? MISSING_EOF : 'expected the line end';
  throw expositionError(bytes, pos, message);
}
