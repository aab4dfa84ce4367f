/** Times for people: RFC 3339 in UTC, to the nanosecond where there are any. */

const DAY_NS = 86_400_000_000_000n;

export function formatTime(timestampNs: bigint): string {
  const days = timestampNs / DAY_NS - (timestampNs % DAY_NS < 0n ? 1n : 0n);
  const ofDay = timestampNs - days * DAY_NS;
  const seconds = ofDay / 1_000_000_000n;
  const pad = (value: bigint | number, width = 2) => String(value).padStart(width, '0');
  const { year, month, day } = civil(Number(days));
  const fraction = ofDay % 1_000_000_000n;
  const digits = fraction === 0n ? '' : `.${pad(fraction, 9).replace(/0+$/, '')}`;
  const clock = `${pad(seconds / 3600n)}:${pad((seconds / 60n) % 60n)}:${pad(seconds % 60n)}`;
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock}${digits}Z`;
}

/** Days since 1970-01-01 to a date, by eras of 400 years that begin on 1 March. */
function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
