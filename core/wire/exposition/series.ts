/** From the byte ranges that `parseExposition` reports to labels and texts: the cold half, run once per new series. */
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { compareNames, type Label, METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { ExpositionError, excerpt } from './error.ts';
import { BRACE_OPEN, type LabelSetRules, scanLabelSet, scanMetricName, skipBlanks } from './scan.ts';

// Ranges come from a parser that has checked them by the rules of their format, so the lenient reading is right for both.
const NAME_BEFORE: LabelSetRules = { lenient: true, name: 'before' };
const NAME_INSIDE: LabelSetRules = { lenient: true, name: 'inside' };
const NO_NAME: LabelSetRules = { lenient: true, name: 'none' };

/**
 * Labels of a series text, `__name__` included, sorted by name; labels with an empty value are left out. Throws
 * ExpositionError for a name used twice, which the parser does not look for and Prometheus refuses when it stores.
 */
export function seriesLabels(bytes: Uint8Array, start: number, end: number): Label[] {
  const labels: Label[] = [];
  const nameEnd = scanMetricName(bytes, start);
  if (nameEnd > start) labels.push({ name: METRIC_NAME_LABEL, value: decodeUtf8(bytes, start, nameEnd) });
  const open = skipBlanks(bytes, nameEnd);
  if (open < end && bytes[open] === BRACE_OPEN) {
    readLabelSet(bytes, open, nameEnd > start ? NAME_BEFORE : NAME_INSIDE, labels);
  }
  return finish(bytes, start, end, labels);
}

/** Labels of the range an `exemplar` call reports. */
export function exemplarLabels(bytes: Uint8Array, start: number, end: number): Label[] {
  const labels: Label[] = [];
  readLabelSet(bytes, start, NO_NAME, labels);
  return finish(bytes, start, end, labels);
}

/** The help text as it was meant. OpenMetrics escapes quotes there too, 0.0.4 only backslash and newline. */
export function helpText(bytes: Uint8Array, start: number, end: number, format: 'text' | 'openmetrics'): string {
  const escaped = decodeUtf8(bytes, start, end);
  if (!escaped.includes('\\')) return escaped;
  return escaped.replace(format === 'text' ? /\\[\\n]/g : /\\[\\n"]/g, unescapePair);
}

/** The metric family name of a `help`, `type` or `unit` call. */
export function metadataName(bytes: Uint8Array, start: number, end: number): string {
  return unescapeQuoted(decodeUtf8(bytes, start, end));
}

function readLabelSet(bytes: Uint8Array, open: number, rules: LabelSetRules, into: Label[]): void {
  scanLabelSet(bytes, open, rules, {
    metricName(start, end) {
      into.push({ name: METRIC_NAME_LABEL, value: unescapeQuoted(decodeUtf8(bytes, start, end)) });
    },
    label(nameStart, nameEnd, valueStart, valueEnd) {
      const name = unescapeQuoted(decodeUtf8(bytes, nameStart, nameEnd));
      into.push({ name, value: unescapeQuoted(decodeUtf8(bytes, valueStart, valueEnd)) });
    },
  });
}

function finish(bytes: Uint8Array, start: number, end: number, labels: Label[]): Label[] {
  labels.sort((a, b) => compareNames(a.name, b.name));
  for (let i = 1; i < labels.length; i++) {
    if (labels[i]!.name !== labels[i - 1]!.name) continue;
    const message = `label name ${JSON.stringify(labels[i]!.name)} is not unique in ${excerpt(bytes, start, end)}`;
    throw new ExpositionError(lineOf(bytes, start), message);
  }
  return labels.filter((label) => label.value !== '');
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 10) line++;
  return line;
}

/** Only `\"`, `\\` and `\n` are escapes; any other backslash stands for itself, as in Prometheus. */
function unescapeQuoted(escaped: string): string {
  return escaped.includes('\\') ? escaped.replace(/\\[\\n"]/g, unescapePair) : escaped;
}

function unescapePair(pair: string): string {
  return pair === '\\n' ? '\n' : pair.slice(1);
}
