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
