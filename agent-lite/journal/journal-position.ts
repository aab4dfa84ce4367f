/** How far a journal was read: the position of a source mark. */

export interface JournalPosition {
  /** Of the last entry that was read. Opaque, but for `t=`, its time, which is needed where another agent stored it. */
  readonly cursor: string;
  readonly realtimeUs: bigint;
}

export function formatJournalPosition({ cursor, realtimeUs }: JournalPosition): string {
  return JSON.stringify({ cursor, realtimeUs: String(realtimeUs) });
}

/** undefined for a text that is not one of ours. */
export function parseJournalPosition(text: string): JournalPosition | undefined {
  try {
    const { cursor, realtimeUs } = JSON.parse(text) as Record<string, unknown>;
    if (typeof cursor !== 'string' || typeof realtimeUs !== 'string' || !/^\d{1,19}$/.test(realtimeUs))
      return undefined;
    return { cursor, realtimeUs: BigInt(realtimeUs) };
  } catch {
    return undefined;
  }
}

/** The one that has read least: with several destinations a crash may have reached one spool and not another. */
export function earliestJournalPosition(texts: readonly string[]): JournalPosition | undefined {
  const positions = texts.flatMap((text) => parseJournalPosition(text) ?? []);
  return positions.reduce<JournalPosition | undefined>(
    (earliest, each) => (earliest === undefined || each.realtimeUs < earliest.realtimeUs ? each : earliest),
    undefined,
  );
}

const CURSOR_TIME = /(?:^|;)t=([0-9a-f]{1,16})(?:;|$)/;

/** A cursor that came without its time; undefined where it has none in itself. */
export function positionOfCursor(cursor: string): JournalPosition | undefined {
  const time = CURSOR_TIME.exec(cursor)?.[1];
  return time === undefined ? undefined : { cursor, realtimeUs: BigInt(`0x${time}`) };
}
