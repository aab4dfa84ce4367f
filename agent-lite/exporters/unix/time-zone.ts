/**
 * The local time zone as Go names it: `CET`, not ICU's `GMT+1`. The offset is the runtime's; the abbreviation is looked up
 * in the zone's TZif file (RFC 8536), which the C library and Go read too.
 */
import { readFileSync } from 'node:fs';

export interface Zone {
  readonly offsetSeconds: number;
  readonly abbreviation: string;
}

let lastOffset: number | undefined;
let lastAbbreviation = '';

export function localZone(nowMs: number): Zone {
  const minutes = new Date(nowMs).getTimezoneOffset();
  const offsetSeconds = minutes === 0 ? 0 : -minutes * 60;
  if (offsetSeconds !== lastOffset) {
    lastOffset = offsetSeconds;
    lastAbbreviation = findAbbreviation(offsetSeconds);
  }
  return { offsetSeconds, abbreviation: lastAbbreviation };
}

function findAbbreviation(offsetSeconds: number): string {
  const fallback = offsetSeconds === 0 ? 'UTC' : '';
  const name = process.env.TZ?.replace(/^:/, '');
  if (name === '') return 'UTC';
  const path = name === undefined ? '/etc/localtime' : name.startsWith('/') ? name : `/usr/share/zoneinfo/${name}`;
  try {
    return abbreviationFor(readFileSync(path), offsetSeconds) ?? fallback;
  } catch {
    return fallback;
  }
}

/** The abbreviation that the zone used last for this offset from UTC. */
export function abbreviationFor(file: Buffer, offsetSeconds: number): string | undefined {
  if (file.toString('latin1', 0, 4) !== 'TZif') return undefined;
  const first = readHeader(file, 0);
  // Version 2 and later repeat everything with 64-bit times behind the first part.
  const second = file[4] === 0 ? undefined : readHeader(file, first.end(4));
  const header = second ?? first;
  const timeBytes = second === undefined ? 4 : 8;
  const typesStart = header.start + header.transitions * (timeBytes + 1);
  const namesStart = typesStart + header.types * 6;
  const nameOf = (type: number) => {
    const at = namesStart + file[typesStart + type * 6 + 5]!;
    return file.toString('latin1', at, file.indexOf(0, at));
  };
  const offsetOf = (type: number) => file.readInt32BE(typesStart + type * 6);
  const typeIndexes = file.subarray(header.start + header.transitions * timeBytes, typesStart);
  const last = typeIndexes.findLast((type) => offsetOf(type) === offsetSeconds);
  if (last !== undefined) return nameOf(last);
  for (let type = 0; type < header.types; type++) if (offsetOf(type) === offsetSeconds) return nameOf(type);
  return undefined;
}

const HEADER_BYTES = 44;

function readHeader(file: Buffer, at: number) {
  const count = (index: number) => file.readUInt32BE(at + 20 + index * 4);
  const [utIndicators, standardIndicators, leaps, transitions, types, names] = [0, 1, 2, 3, 4, 5].map(count) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const start = at + HEADER_BYTES;
  const end = (timeBytes: number) =>
    start +
    transitions * (timeBytes + 1) +
    types * 6 +
    names +
    leaps * (timeBytes + 4) +
    standardIndicators +
    utIndicators;
  return { start, transitions, types, end };
}
