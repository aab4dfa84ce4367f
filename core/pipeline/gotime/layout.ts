/**
 * Go's time layouts: the reference time `Mon Jan 2 15:04:05 MST 2006` written as the times to read are written. Splits a
 * layout into literal text and elements, by the rules of Go's package time.
 */
export type TimeElement =
  | 'January'
  | 'Jan'
  | '1'
  | '01'
  | 'Monday'
  | 'Mon'
  | '2'
  | '_2'
  | '02'
  | '__2'
  | '002'
  | '15'
  | '3'
  | '03'
  | '4'
  | '04'
  | '5'
  | '05'
  | '2006'
  | '06'
  | 'PM'
  | 'pm'
  | 'MST'
  | 'zone'
  | 'fraction';

export interface LayoutPart {
  readonly element: TimeElement | 'literal';
  /** The literal text; of a zone or a fraction its own spelling, `Z07:00` or `.000`. */
  readonly text: string;
}

export const namedLayouts: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};

/** In the order in which they must be tried at one place. */
const elements: readonly TimeElement[] = [
  'January',
  'Jan',
  'Monday',
  'Mon',
  'MST',
  '2006',
  '002',
  '01',
  '02',
  '03',
  '04',
  '05',
  '06',
  '15',
  '__2',
  '_2',
  'PM',
  'pm',
  '1',
  '2',
  '3',
  '4',
  '5',
];

const zone = /^[Z-]07(?:0000|:00:00|00|:00)?/;
const fraction = /^[.,](?:0+|9+)(?!\d)/;

export function parseLayout(layout: string): readonly LayoutPart[] {
  const parts: LayoutPart[] = [];
  let literal = '';
  let at = 0;
  while (at < layout.length) {
    const found = elementAt(layout, at);
    if (found === undefined) {
      literal += layout[at++];
      continue;
    }
    if (literal !== '') parts.push({ element: 'literal', text: literal });
    literal = '';
    parts.push(found);
    at += found.text.length;
  }
  if (literal !== '') parts.push({ element: 'literal', text: literal });
  return parts;
}

function elementAt(layout: string, at: number): LayoutPart | undefined {
  const rest = layout.slice(at);
  const special = zone.exec(rest)?.[0];
  if (special !== undefined) return { element: 'zone', text: special };
  const digits = fraction.exec(rest)?.[0];
  if (digits !== undefined) return { element: 'fraction', text: digits };
  // "_2006" is an underscore and a year.
  if (rest.startsWith('_2006')) return undefined;
  const element = elements.find((candidate) => rest.startsWith(candidate));
  if (element === undefined) return undefined;
  // "Janet" and "Month" are words, not months and weekdays.
  if ((element === 'Jan' || element === 'Mon') && /^[a-z]/.test(rest.slice(3))) return undefined;
  return { element, text: element };
}

/** As Alloy decides it: a layout without "06" has no year. */
export function hasYear(layout: string): boolean {
  return layout.includes('06');
}
