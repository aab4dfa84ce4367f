/** The verbs of Go's fmt that templates use: %s %v %d %q %f %x %t %%, with width, precision, and the flags - 0 +. */
import { quoteLabelValue } from '../../labels/labels.ts';
import type { TemplateValue } from './values.ts';
import { toText } from './values.ts';

export function sprintf(format: string, values: readonly TemplateValue[]): string {
  let next = 0;
  const out = format.replace(/%([-0+]*)(\d*)(?:\.(\d+))?(.)/gs, (_whole, flags, width, precision, verb) => {
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    return pad(formatVerb(verb, values[next++], precision, flags.includes('+')), flags, Math.min(Number(width), 1000));
  });
  return out;
}

function formatVerb(verb: string, value: TemplateValue, precision: string | undefined, plus: boolean): string {
  switch (verb) {
    case 's':
    case 'v': {
      const text = toText(value);
      return precision === undefined || verb === 'v' ? text : [...text].slice(0, Number(precision)).join('');
    }
    case 'q':
      return quoteLabelValue(toText(value));
    case 't':
      return typeof value === 'boolean' ? String(value) : mismatch(verb, value);
    case 'd':
      return Number.isInteger(value) ? signed(String(value), plus) : mismatch(verb, value);
    case 'f':
      return typeof value === 'number'
        ? signed(value.toFixed(Math.min(100, Number(precision ?? 6))), plus)
        : mismatch(verb, value);
    case 'x':
      return Number.isInteger(value) ? (value as number).toString(16) : hex(toText(value));
    default:
      return mismatch(verb, value);
  }
}

function mismatch(verb: string, value: TemplateValue): string {
  const type = typeof value === 'string' ? 'string' : typeof value === 'number' ? 'int' : String(typeof value);
  return `%!${verb}(${type}=${toText(value)})`;
}

function signed(text: string, plus: boolean): string {
  return plus && !text.startsWith('-') ? `+${text}` : text;
}

function hex(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
