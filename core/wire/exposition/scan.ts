/** The lexical pieces both exposition formats share: character classes, quoted texts, label sets. Only offsets, no strings. */

import { excerpt, expositionError } from './error.ts';
import type { ExpositionSink } from './exposition.ts';

export const TAB = 9;
export const LF = 10;
export const SPACE = 32;
export const QUOTE = 34;
export const HASH = 35;
export const BRACE_OPEN = 123;
export const BRACE_CLOSE = 125;
const COMMA = 44;
const EQUAL = 61;
const BACKSLASH = 92;

const METRIC_START = 1;
const METRIC_PART = 2;
const LABEL_START = 4;
const LABEL_PART = 8;

const CLASS = new Uint8Array(256);
for (let c = 0; c < 256; c++) {
  const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
  const digit = c >= 48 && c <= 57;
  if (letter) CLASS[c] = METRIC_START | METRIC_PART | LABEL_START | LABEL_PART;
  else if (digit) CLASS[c] = METRIC_PART | LABEL_PART;
  else if (c === 58) CLASS[c] = METRIC_START | METRIC_PART;
}

function isMetricNamePart(byte: number | undefined): boolean {
  return byte !== undefined && (CLASS[byte]! & METRIC_PART) !== 0;
}

/** End of the metric name at `pos`, or `pos` where none starts. */
export function scanMetricName(bytes: Uint8Array, pos: number): number {
  return scanName(bytes, pos, METRIC_START, METRIC_PART);
}

function scanName(bytes: Uint8Array, pos: number, first: number, part: number): number {
  if (pos >= bytes.length || (CLASS[bytes[pos]!]! & first) === 0) return pos;
  let end = pos + 1;
  while (end < bytes.length && (CLASS[bytes[end]!]! & part) !== 0) end++;
  return end;
}

export function skipBlanks(bytes: Uint8Array, pos: number): number {
  let at = pos;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  return at;
}

/** Offset of the closing quote of the quoted text that opens at `open`. Newlines: 0.0.4 allows them in quotes, OpenMetrics not. */
export function scanQuoted(bytes: Uint8Array, open: number, allowNewline: boolean): number {
  let ascii = true;
  let at = open + 1;
  for (; at < bytes.length; at++) {
    const c = bytes[at]!;
    if (c === QUOTE) break;
    if (c === LF && !allowNewline) break;
    if (c >= 0x80) ascii = false;
    else if (c === BACKSLASH) {
      at++;
      const escaped = bytes[at];
      if (escaped === LF || escaped === undefined) break;
      if (escaped >= 0x80) ascii = false;
    }
  }
  if (bytes[at] !== QUOTE) throw expositionError(bytes, at, 'quoted text has no closing quote');
  if (!ascii && !isValidUtf8(bytes, open + 1, at)) {
    throw expositionError(bytes, at, `invalid UTF-8 in quoted text ${excerpt(bytes, open, at + 1)}`);
  }
  return at;
}

/** What a label set consists of, told by offsets of the still escaped texts. */
export interface LabelSetVisitor {
  /** A quoted metric name inside the braces: `{"my.metric", a="b"}`. */
  metricName(start: number, end: number): void;
  label(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void;
}

export interface LabelSetRules {
  /** 0.0.4 allows blanks between tokens, newlines in quotes and a missing comma; OpenMetrics allows none of them. */
  readonly lenient: boolean;
  /** A metric name may stand inside the braces only where none stands before them, and never in an exemplar. */
  readonly name: 'before' | 'inside' | 'none';
}

/** Reads the label set whose brace opens at `open`; returns the offset behind its closing brace. */
export function scanLabelSet(bytes: Uint8Array, open: number, rules: LabelSetRules, visit?: LabelSetVisitor): number {
  const { lenient } = rules;
  let named = rules.name !== 'inside';
  let pos = lenient ? skipBlanks(bytes, open + 1) : open + 1;
  while (bytes[pos] !== BRACE_CLOSE) {
    const quoted = bytes[pos] === QUOTE;
    const nameStart = quoted ? pos + 1 : pos;
    const nameEnd = quoted ? scanQuoted(bytes, pos, lenient) : scanName(bytes, pos, LABEL_START, LABEL_PART);
    if (!quoted && nameEnd === nameStart) throw expositionError(bytes, pos, 'expected a label name or "}"');
    pos = quoted ? nameEnd + 1 : nameEnd;
    if (lenient) pos = skipBlanks(bytes, pos);
    if (quoted && (bytes[pos] === COMMA || bytes[pos] === BRACE_CLOSE)) {
      if (rules.name === 'none') throw expositionError(bytes, pos, 'an exemplar has no metric name');
      if (named) throw expositionError(bytes, pos, 'metric name is set twice');
      named = true;
      visit?.metricName(nameStart, nameEnd);
      if (bytes[pos] === COMMA) pos = lenient ? skipBlanks(bytes, pos + 1) : pos + 1;
      continue;
    }
    if (bytes[pos] !== EQUAL) throw expositionError(bytes, pos, 'expected "=" after the label name');
    pos = lenient ? skipBlanks(bytes, pos + 1) : pos + 1;
    if (bytes[pos] !== QUOTE) throw expositionError(bytes, pos, 'expected a quoted label value after "="');
    const valueEnd = scanQuoted(bytes, pos, lenient);
    visit?.label(nameStart, nameEnd, pos + 1, valueEnd);
    pos = lenient ? skipBlanks(bytes, valueEnd + 1) : valueEnd + 1;
    if (bytes[pos] === COMMA) pos = lenient ? skipBlanks(bytes, pos + 1) : pos + 1;
    else if (!lenient && bytes[pos] !== BRACE_CLOSE) throw expositionError(bytes, pos, 'expected "," or "}"');
  }
  if (!named) throw expositionError(bytes, pos, 'the sample has no metric name');
  return pos + 1;
}

const RULES = {
  lenient: { before: { lenient: true, name: 'before' }, inside: { lenient: true, name: 'inside' } },
  strict: { before: { lenient: false, name: 'before' }, inside: { lenient: false, name: 'inside' } },
} as const satisfies Record<string, Record<string, LabelSetRules>>;

/** End of the series text, name and labels, at the start of a line. The sink may know it: see `ExpositionSink.known`. */
export function scanSeries(bytes: Uint8Array, start: number, sink: ExpositionSink, lenient: boolean): number {
  const known = sink.known === undefined ? 0 : start + sink.known(start);
  // A label set that was read before ends at its brace whatever follows; a bare name may go on.
  if (known > start && bytes[known - 1] === BRACE_CLOSE) return known;
  const nameEnd = known > start && !isMetricNamePart(bytes[known]) ? known : scanMetricName(bytes, start);
  if (nameEnd === start && bytes[start] !== BRACE_OPEN) {
    throw expositionError(bytes, start, 'expected a metric name, "{" or "#" at the start of a line');
  }
  const open = lenient ? skipBlanks(bytes, nameEnd) : nameEnd;
  if (bytes[open] !== BRACE_OPEN) return nameEnd;
  const rules = lenient ? RULES.lenient : RULES.strict;
  return scanLabelSet(bytes, open, nameEnd > start ? rules.before : rules.inside);
}

/** RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isValidUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const c = bytes[at++]!;
    if (c < 0x80) continue;
    if (c < 0xc2 || c > 0xf4) return false;
    const second = at < end ? bytes[at++]! : 0;
    if (c < 0xe0) {
      if (!isContinuation(second)) return false;
      continue;
    }
    const low = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80;
    const high = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    const more = c < 0xf0 ? 1 : 2;
    for (let i = 0; i < more; i++) {
      if (at >= end || !isContinuation(bytes[at++]!)) return false;
    }
  }
  return true;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
