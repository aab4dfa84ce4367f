/**
 * Where the frames of a zstd body begin and end (RFC 8878, 3.1), from their headers alone: the platform's decoder stops
 * after the first frame and says nothing about what follows it. One step per block; nothing is unpacked.
 */

const MAGIC = 0xfd2fb528;
/** 0x184D2A50 to 0x184D2A5F: a frame of somebody's own data, to be skipped. */
const SKIPPABLE = 0x184d2a5;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/** Views of the frames; undefined where the body is anything but whole frames. */
export function zstdFrames(body: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < body.length) {
    if (body.length - at < 8) return undefined;
    const magic = view.getUint32(at, true);
    if (magic >>> 4 === SKIPPABLE) {
      at += 8 + view.getUint32(at + 4, true);
      if (at > body.length) return undefined;
      continue;
    }
    const end = magic === MAGIC ? frameEnd(body, at + 4) : undefined;
    if (end === undefined) return undefined;
    frames.push(body.subarray(at, end));
    at = end;
  }
  return frames;
}

/** `at` is behind the magic number. */
function frameEnd(body: Uint8Array, at: number): number | undefined {
  const descriptor = body[at];
  const singleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = singleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
  const sizeFlag = descriptor >>> 6;
  const contentSizeBytes = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
  let next = at + 1 + windowBytes + dictionaryBytes + contentSizeBytes;
  for (;;) {
    if (next + 3 > body.length) return undefined;
    const header = body[next] | (body[next + 1] << 8) | (body[next + 2] << 16);
    const type = (header >>> 1) & 3;
    if (type === RESERVED_BLOCK) return undefined;
    next += 3 + (type === RLE_BLOCK ? 1 : header >>> 3);
    if ((header & 1) === 0) continue;
    const end = next + ((descriptor & 4) === 0 ? 0 : 4);
    return end > body.length ? undefined : end;
  }
}
