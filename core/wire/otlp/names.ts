/**
 * Names of metrics and labels by the OpenTelemetry–Prometheus compatibility rules, as Alloy and the Collector apply them,
 * in the character set that every receiver takes ("underscore escaping with suffixes" in Prometheus 3).
 */

/** UCUM units as OTLP spells them to the words that Prometheus's names end in. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  // Not "tebibytes": so have the Collector, Prometheus and Alloy named it for years.
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

const PER_UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

export type NameKind = 'counter' | 'gauge' | 'other';

/** `http.server.duration` in `s` is `http_server_duration_seconds`. '' where nothing of the name is left. */
export function metricName(name: string, unit: string, kind: NameKind, suffixes: boolean): string {
  const built = suffixes ? withSuffixes(name, unit, kind) : words(name, /[^a-zA-Z0-9:_]+/).join('_');
  if (!/[^_]/.test(built)) return '';
  return /^[0-9]/.test(built) ? `_${built}` : built;
}

function withSuffixes(name: string, unit: string, kind: NameKind): string {
  let tokens = words(name, /[^a-zA-Z0-9:]+/);
  if (tokens.length === 0) return '';
  const [main, per] = unitWords(unit);
  if (main !== '' && !tokens.includes(main)) tokens.push(main);
  if (per !== '' && !tokens.includes(per)) tokens.push('per', per);
  if (kind === 'counter') tokens = moveToEnd(tokens, 'total');
  // Only for gauges: many give their counters of things the unit 1.
  if (kind === 'gauge' && unit === '1') tokens = moveToEnd(tokens, 'ratio');
  return tokens.join('_');
}

/** The unit as metadata carries it: `By/s` is `bytes_per_second`. */
export function unitName(unit: string): string {
  const [main, per] = unitWords(unit);
  if (per === '') return main;
  return main === '' ? `per_${per}` : `${main}_per_${per}`;
}

/** Text in braces is an annotation, not a unit: `{requests}/s` has only the "per". */
function unitWords(unit: string): readonly [main: string, per: string] {
  const slash = unit.indexOf('/');
  const main = slash < 0 ? unit : unit.slice(0, slash);
  const per = slash < 0 ? '' : unit.slice(slash + 1);
  return [unitWord(main, UNITS), unitWord(per, PER_UNITS)];
}

function unitWord(text: string, known: Readonly<Record<string, string>>): string {
  const unit = text.trim();
  if (/[{}]/.test(unit)) return '';
  return words(Object.hasOwn(known, unit) ? known[unit]! : unit, /[^a-zA-Z0-9]+/).join('_');
}

function words(text: string, separators: RegExp): string[] {
  return text.split(separators).filter((word) => word !== '');
}

function moveToEnd(tokens: readonly string[], word: string): string[] {
  return [...tokens.filter((token) => token !== word), word];
}

/**
 * `http.method` is `http_method`, `9lives` is `key_9lives`, `_x` is `key_x`; names that begin with `__` keep it. A name of
 * nothing but underscores would say nothing, so it gets the `key` too.
 */
export function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/gu, '_');
  if (/^[0-9]/.test(name)) return `key_${name}`;
  if (name.startsWith('_') && (!name.startsWith('__') || !/[^_]/.test(name))) return `key${name}`;
  return name;
}
