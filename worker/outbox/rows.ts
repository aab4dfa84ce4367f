/** How bytes go into rows. The platform refuses rows above 2 MB (SQLITE_TOOBIG), so a body is cut before that. */
export const MAX_ROW_BYTES = 1_900_000;

/** The bytes alone, not the larger buffer that they may be a view of. */
export function compact(bytes: Uint8Array): ArrayBuffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes.buffer as ArrayBuffer;
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
