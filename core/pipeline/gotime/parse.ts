/**
 * Reads times as `stage.timestamp` does: named formats, Unix times, and Go layouts with Go's leniencies (a fraction may
 * follow the seconds although the layout has none; a blank stands for any number of them). Nanoseconds are exact.
 */
import type { LayoutPart } from './layout.ts';
import { hasYear, namedLayouts, parseLayout } from './layout.ts';
import type { Location } from './location.ts';
import { instantOf, utc } from './location.ts';

export type TimeParser = (text: string, nowNs: bigint) => bigint | undefined;

export function compileTimeFormat(format: string, location: Location = utc): TimeParser {
  const unix = unixParsers.get(format);
  if (unix !== undefined) return unix;
  const named = Object.hasOwn(namedLayouts, format) ? namedLayouts[format] : undefined;
  // Named formats ignore the location, as in Alloy.
  const place = named === undefined ? location : utc;
  const layout = named ?? format;
  const parts = parseLayout(layout);
  const yearless = !hasYear(layout);
  return (text, nowNs) => new Reader(text, parts).read(place, yearless ? nowNs : undefined);
}

const nsPerSecond = 1_000_000_000n;

const unixParsers: ReadonlyMap<string, TimeParser> = new Map([
  ['Unix', parseUnixSeconds],
  ['UnixMs', integer(1_000_000n)],
  ['UnixUs', integer(1000n)],
  ['UnixNs', integer(1n)],
]);

function integer(scale: bigint): TimeParser {
  return (text) => (/^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace('+', '')) * scale : undefined);
}

function parseUnixSeconds(text: string): bigint | undefined {
  const match = /^([+-]?\d{1,19})(?:\.(\d{1,18}))?$/.exec(text);
  if (match === null) return undefined;
  const fractionNs = BigInt((match[2] ?? '').slice(0, 9).padEnd(9, '0'));
  return BigInt(match[1].replace('+', '')) * nsPerSecond + fractionNs;
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

class Reader {
  readonly #text: string;
  readonly #parts: readonly LayoutPart[];
  #at = 0;
  #year = 0;
  #month = 1;
  #day = 1;
  #yearDay: number | undefined;
  #hour = 0;
  #minute = 0;
  #second = 0;
  #fractionNs = 0n;
  #afternoon: boolean | undefined;
  #offsetSeconds: number | undefined;

  constructor(text: string, parts: readonly LayoutPart[]) {
    this.#text = text;
    this.#parts = parts;
  }

  /** `nowNs` is given for a layout without a year, which is then the one nearest to now. */
  read(location: Location, nowNs: bigint | undefined): bigint | undefined {
    for (const [i, part] of this.#parts.entries()) if (!this.#readPart(part, this.#parts[i + 1])) return undefined;
    if (this.#at !== this.#text.length || !this.#isDate()) return undefined;
    if (nowNs !== undefined) this.#guessYear(new Date(Number(nowNs / 1_000_000n)));
    const hour = this.#hour24();
    const date = new Date(0);
    date.setUTCFullYear(this.#year, this.#month - 1, this.#day);
    date.setUTCHours(hour, this.#minute, this.#second);
    const wallMs = date.getTime();
    const instantMs =
      this.#offsetSeconds === undefined ? instantOf(wallMs, location) : wallMs - this.#offsetSeconds * 1000;
    return BigInt(instantMs) * 1_000_000n + this.#fractionNs;
  }

  #readPart(part: LayoutPart, next: LayoutPart | undefined): boolean {
    switch (part.element) {
      case 'literal':
        return this.#literal(part.text);
      case 'January':
        return this.#name(months, (index) => (this.#month = index + 1));
      case 'Jan':
        return this.#name(shortened(months), (index) => (this.#month = index + 1));
      case 'Monday':
        return this.#name(weekdays, () => undefined);
      case 'Mon':
        return this.#name(shortened(weekdays), () => undefined);
      case '1':
        return this.#number(1, 2, 1, 12, (value) => (this.#month = value));
      case '01':
        return this.#number(2, 2, 1, 12, (value) => (this.#month = value));
      case '_2':
        if (this.#text[this.#at] === ' ') this.#at++;
        return this.#number(1, 2, 1, 31, (value) => (this.#day = value));
      case '2':
        return this.#number(1, 2, 1, 31, (value) => (this.#day = value));
      case '02':
        return this.#number(2, 2, 1, 31, (value) => (this.#day = value));
      case '__2':
        while (this.#text[this.#at] === ' ') this.#at++;
        return this.#number(1, 3, 1, 366, (value) => (this.#yearDay = value));
      case '002':
        return this.#number(3, 3, 1, 366, (value) => (this.#yearDay = value));
      case '15':
        return this.#number(1, 2, 0, 23, (value) => (this.#hour = value));
      case '3':
        return this.#number(1, 2, 1, 12, (value) => (this.#hour = value));
      case '03':
        return this.#number(2, 2, 1, 12, (value) => (this.#hour = value));
      case '4':
        return this.#number(1, 2, 0, 59, (value) => (this.#minute = value));
      case '04':
        return this.#number(2, 2, 0, 59, (value) => (this.#minute = value));
      case '5':
        return this.#seconds(1, next);
      case '05':
        return this.#seconds(2, next);
      case '2006':
        return this.#number(4, 4, 0, 9999, (value) => (this.#year = value));
      case '06':
        return this.#number(2, 2, 0, 99, (value) => (this.#year = value + (value >= 69 ? 1900 : 2000)));
      case 'PM':
        return this.#pattern(/AM|PM/y, (text) => (this.#afternoon = text === 'PM'));
      case 'pm':
        return this.#pattern(/am|pm/y, (text) => (this.#afternoon = text === 'pm'));
      case 'MST':
        return this.#zoneName();
      case 'zone':
        return this.#zoneOffset(part.text);
      case 'fraction':
        return this.#fraction(part.text);
    }
  }

  #literal(literal: string): boolean {
    let i = 0;
    while (i < literal.length) {
      if (literal[i] === ' ') {
        if (this.#at < this.#text.length && this.#text[this.#at] !== ' ') return false;
        while (literal[i] === ' ') i++;
        while (this.#text[this.#at] === ' ') this.#at++;
      } else if (this.#text[this.#at] === literal[i]) {
        i++;
        this.#at++;
      } else return false;
    }
    return true;
  }

  #pattern(pattern: RegExp, take: (text: string) => unknown): boolean {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    if (text === undefined) return false;
    this.#at += text.length;
    take(text);
    return true;
  }

  /** Names are compared without regard to case. */
  #name(names: readonly string[], take: (index: number) => unknown): boolean {
    const rest = this.#text.slice(this.#at, this.#at + 10).toLowerCase();
    const index = names.findIndex((name) => rest.startsWith(name.toLowerCase()));
    if (index < 0) return false;
    this.#at += names[index].length;
    take(index);
    return true;
  }

  #number(minDigits: number, maxDigits: number, min: number, max: number, take: (value: number) => unknown): boolean {
    let digits = 0;
    while (digits < maxDigits && isDigit(this.#text[this.#at + digits])) digits++;
    if (digits < minDigits) return false;
    const value = Number(this.#text.slice(this.#at, this.#at + digits));
    this.#at += digits;
    take(value);
    return value >= min && value <= max;
  }

  #seconds(minDigits: number, next: LayoutPart | undefined): boolean {
    if (!this.#number(minDigits, 2, 0, 59, (value) => (this.#second = value))) return false;
    if (next?.element === 'fraction') return true;
    this.#pattern(/[.,]\d+/y, (text) => this.#takeFraction(text));
    return true;
  }

  /** `.000` wants that many digits, `.999` takes what there is. */
  #fraction(element: string): boolean {
    if (element[1] === '9') {
      this.#pattern(/[.,]\d+/y, (text) => this.#takeFraction(text));
      return true;
    }
    const text = this.#text.slice(this.#at, this.#at + element.length);
    if (!/^[.,]\d+$/.test(text) || text.length !== element.length) return false;
    this.#at += text.length;
    this.#takeFraction(text);
    return true;
  }

  #takeFraction(text: string): void {
    this.#fractionNs = BigInt(text.slice(1, 10).padEnd(9, '0'));
  }

  #zoneOffset(element: string): boolean {
    if (element.startsWith('Z') && this.#text[this.#at] === 'Z') {
      this.#at++;
      this.#offsetSeconds = 0;
      return true;
    }
    const shape = element.slice(1).replace('07', '(\\d\\d)').replaceAll('00', '(\\d\\d)');
    return this.#pattern(new RegExp(`[+-]${shape}`, 'y'), (text) => {
      const [hours = '0', minutes = '0', seconds = '0'] = text.slice(1).match(/\d\d/g) ?? [];
      const magnitude = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
      this.#offsetSeconds = text.startsWith('-') ? -magnitude : magnitude;
    });
  }

  /** An abbreviation says little: only UTC and GMT±n are certain; others mean the stage's location, or UTC without one. */
  #zoneName(): boolean {
    return this.#pattern(/GMT[+-]\d{1,2}|[A-Z]{3,5}|[+-]\d{2}/y, (text) => {
      if (text === 'UTC' || text === 'GMT') this.#offsetSeconds = 0;
      else if (text.startsWith('GMT')) this.#offsetSeconds = Number(text.slice(3)) * 3600;
    });
  }

  #isDate(): boolean {
    if (this.#yearDay !== undefined) {
      this.#month = 1;
      this.#day = this.#yearDay;
      return true;
    }
    // A layout without a year may name 29 February: year 0 is a leap year.
    const days = new Date(Date.UTC(2000 + (this.#year % 400), this.#month, 0)).getUTCDate();
    return this.#day <= days;
  }

  #hour24(): number {
    if (this.#afternoon === undefined) return this.#hour;
    return (this.#hour % 12) + (this.#afternoon ? 12 : 0);
  }

  #guessYear(now: Date): void {
    const year = now.getUTCFullYear();
    if (this.#month === 12 && now.getUTCMonth() === 0) this.#year = year - 1;
    else if (this.#month === 1 && now.getUTCMonth() === 11) this.#year = year + 1;
    else this.#year = year;
  }
}

function shortened(names: readonly string[]): readonly string[] {
  return names.map((name) => name.slice(0, 3));
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}
