/** Sizes in bytes as Alloy reads them: `KB` and `KiB` both mean 1024. */
import { ValueError } from './value-error.ts';

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** Throws ValueError. */
export function parseSize(text: string): number {
  const quoted = JSON.stringify(text);
  if (/^[0-9]+$/.test(text)) return Number(text);
  let bytes = 0;
  let rest = text;
  do {
    const match = /^([0-9]+\.?[0-9]*|\.[0-9]+)([A-Za-z]*)/.exec(rest);
    if (match === null) throw new ValueError(`invalid size ${quoted}: write a number and a unit, such as "1MiB"`);
    bytes += Number(match[1]) * unitBytes(match[2]!, quoted);
    rest = rest.slice(match[0].length);
  } while (rest !== '');
  return Math.trunc(bytes);
}

function unitBytes(unit: string, quoted: string): number {
  const exponent = UNITS.findIndex((prefix) => unit === `${prefix}B` || (prefix !== '' && unit === `${prefix}iB`));
  if (exponent < 0)
    throw new ValueError(`unknown unit ${JSON.stringify(unit)} in size ${quoted}: use B, KiB, MiB, GiB or TiB`);
  return 1024 ** exponent;
}

/** `1048576` to `1MiB`, `1536` to `1KiB512B`, as Alloy writes them. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return '0B';
  let rest = Math.abs(bytes);
  let text = bytes < 0 ? '-' : '';
  for (let exponent = UNITS.length - 1; exponent >= 0; exponent--) {
    const count = Math.floor(rest / 1024 ** exponent);
    if (count === 0) continue;
    text += `${count}${exponent === 0 ? 'B' : `${UNITS[exponent]}iB`}`;
    rest -= count * 1024 ** exponent;
  }
  return text;
}
