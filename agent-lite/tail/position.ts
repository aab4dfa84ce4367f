/**
 * How far a file has been read, and enough of the file to know it again: rotation gives its path to another file, and a
 * file system gives its inode number to another file. Stored as the position of a source mark.
 */
import { crc32c } from '../../core/bytes/crc32c.ts';

export interface FileIdentity {
  readonly device: number;
  readonly inode: number;
  /** Checksum of the first `headBytes` bytes. */
  readonly head: number;
  readonly headBytes: number;
}

export interface FilePosition extends FileIdentity {
  readonly offset: number;
}

/** As many bytes as Alloy compares. Shorter for a file that was shorter when it was read. */
export const MAX_HEAD_BYTES = 1024;

export function headChecksum(bytes: Uint8Array): number {
  return crc32c(bytes);
}

export function formatPosition(position: FilePosition): string {
  const { device, inode, head, headBytes, offset } = position;
  return JSON.stringify({ device, inode, head, headBytes, offset });
}

/** undefined for a text that is not one of ours. */
export function parsePosition(text: string): FilePosition | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { device, inode, head, headBytes, offset } = parsed as Record<string, unknown>;
  const numbers = [device, inode, head, headBytes, offset];
  if (!numbers.every((value) => Number.isSafeInteger(value) && (value as number) >= 0)) return undefined;
  return parsed as FilePosition;
}

/** The one that has read least: with several destinations a crash may have reached one spool and not another. */
export function earliestPosition(texts: readonly string[]): FilePosition | undefined {
  let earliest: FilePosition | undefined;
  for (const text of texts) {
    const position = parsePosition(text);
    if (position !== undefined && (earliest === undefined || position.offset < earliest.offset)) earliest = position;
  }
  return earliest;
}
