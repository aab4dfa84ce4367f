/** Go's strconv.FormatFloat for finite values that are not negative: `%e`, `%f` and `%g`. */

/** `precision` undefined: the fewest digits that read back the same. */
export function formatFloat(value: number, form: string, precision: number | undefined): string {
  if (form === 'f')
    return plain(
      precision === undefined ? shortest(value) : roundAt(value, exact(value).exponent + 1 + precision),
      precision,
    );
  if (form === 'e' || form === 'E') {
    return exponential(precision === undefined ? shortest(value) : roundAt(value, precision + 1), precision, form);
  }
  return general(value, precision, form === 'G' ? 'E' : 'e');
}

/** `digits[0]` . `digits[1…]` times ten to the exponent; zero has the digits "0". */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** Scientific where the exponent is below -4 or not below the precision, for which 6 stands when it is the shortest. */
function general(value: number, precision: number | undefined, letter: string): string {
  const decimal = precision === undefined ? shortest(value) : roundAt(value, Math.max(precision, 1));
  const trimmed = { digits: decimal.digits.replace(/(?<=.)0+$/, ''), exponent: decimal.exponent };
  const limit = precision === undefined ? 6 : Math.max(precision, 1);
  const { exponent } = trimmed;
  return exponent < -4 || exponent >= Math.max(limit, precision === undefined ? 0 : trimmed.digits.length)
    ? exponential(trimmed, undefined, letter)
    : plain(trimmed, undefined);
}

function shortest(value: number): Decimal {
  return parse(value.toExponential());
}

/** More digits than decide any rounding that a config asks for. */
function exact(value: number): Decimal {
  return parse(value.toExponential(100));
}

function parse(text: string): Decimal {
  const [mantissa = '0', exponent = '0'] = text.split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

/** To so many digits; a tie goes to the even one, as in Go, and not up, as in JavaScript. */
function roundAt(value: number, count: number): Decimal {
  const { digits, exponent } = exact(value);
  if (value === 0) return { digits: '0', exponent: 0 };
  if (count < 0) return { digits: '0', exponent: 0 };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const tie = /^50*$/.test(rest);
  const odd = Number(kept.at(-1) ?? '0') % 2 === 1;
  const up = tie ? odd : rest.charAt(0) >= '5';
  if (!up) return count === 0 ? { digits: '0', exponent: 0 } : { digits: kept, exponent };
  const raised = (BigInt(kept === '' ? '0' : kept) + 1n).toString();
  return { digits: raised, exponent: exponent + raised.length - kept.length };
}

function exponential({ digits, exponent }: Decimal, precision: number | undefined, letter: string): string {
  const fraction = digits
    .slice(1)
    .padEnd(precision ?? 0, '0')
    .slice(0, precision);
  const sign = exponent < 0 ? '-' : '+';
  return `${digits.charAt(0)}${fraction === '' ? '' : '.'}${fraction}${letter}${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function plain({ digits, exponent }: Decimal, precision: number | undefined): string {
  const whole = exponent < 0 ? '0' : digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const all = exponent < 0 ? '0'.repeat(-exponent - 1) + digits : digits.slice(exponent + 1);
  const fraction = precision === undefined ? all.replace(/0+$/, '') : all.slice(0, precision).padEnd(precision, '0');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
