/** Numbers as Go's exposition writers print them: strconv.FormatFloat(value, 'g', -1, 64), so texts can be compared. */
export function formatGoFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  // Both languages print the shortest digits that read back to the same double; Go's exponent has at least two.
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** As OpenMetrics wants values of `le` and `quantile`: always with a point or an exponent. */
export function formatOpenMetricsFloat(value: number): string {
  const text = formatGoFloat(value);
  return Number.isFinite(value) && !/[e.]/.test(text) ? `${text}.0` : text;
}

/** strconv.FormatFloat(value, 'f', -1, 64): never an exponent. */
export function formatDecimal(value: number): string {
  const text = formatGoFloat(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, first, rest = '', exponent] = match;
  const digits = `${first}${rest}`;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
