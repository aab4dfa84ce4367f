/** Time zones by name, through Intl, which is part of ECMAScript and carries the IANA data base. */
export interface Location {
  /** Seconds east of UTC at that instant. */
  offsetSeconds(atMs: number): number;
}

export const utc: Location = { offsetSeconds: () => 0 };

/** Undefined for a name that no data base knows. "Local" is refused: a pipeline must not depend on where it runs. */
export function findLocation(name: string): Location | undefined {
  if (name === '' || name === 'UTC') return utc;
  if (name === 'Local') return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  return {
    offsetSeconds(atMs) {
      const wholeMs = Math.floor(atMs / 1000) * 1000;
      const fields = new Map(format.formatToParts(wholeMs).map(({ type, value }) => [type, Number(value)]));
      const field = (type: Intl.DateTimeFormatPartTypes) => fields.get(type) ?? 0;
      const wallMs = Date.UTC(
        field('year'),
        field('month') - 1,
        field('day'),
        field('hour'),
        field('minute'),
        field('second'),
      );
      return (wallMs - wholeMs) / 1000;
    },
  };
}

/** The instant at which a clock in that place shows this wall time (given as if it were UTC). */
export function instantOf(wallMs: number, location: Location): number {
  const guessMs = wallMs - location.offsetSeconds(wallMs) * 1000;
  return wallMs - location.offsetSeconds(guessMs) * 1000;
}
