/**
 * gzip, deflate and zstd, unpacked within a bound. By node:zlib and not by DecompressionStream: that unpacks all it was
 * given before a reader can say stop (970 kB of gzip took 1 GB of memory), and costs three times as much.
 */
import zlib from 'node:zlib';
import { OutcomeError } from '../core/outcome.ts';
import { zstdFrames } from './zstd-frames.ts';

type Unpacker = ReturnType<typeof zlib.createGunzip>;

/** What we compressed ourselves or accepted before; the cap is the same as for bodies that come in. */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/** What comes out at a time: a bomb is noticed after the cap and one of these. */
const CHUNK_BYTES = 64 * 1024;
/**
 * Bodies up to this size are tried with the synchronous form first, which costs a tenth. Its own bound is a rough one (in
 * workerd it counts the buffer, which grows by doubling), so it is small, and what does not fit goes the other way.
 */
const SMALL_PACKED_BYTES = 256 * 1024;
const SMALL_UNPACKED_BYTES = 4 * 1024 * 1024;
/** 8 MiB, as RFC 9659 bounds it for HTTP: a header of a few bytes must not make the decoder take 128 MiB. */
const ZSTD_PARAMS = { [zlib.constants.ZSTD_d_windowLogMax]: 23 };
/** Senders make one frame; each costs a call of its own, 25 to 70 µs, and empty ones are 9 bytes. */
const MAX_ZSTD_FRAMES = 100;

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  return gunzipBounded(bytes, MAX_DECOMPRESSED_BYTES);
}

/** Several members one after the other are one text, as the RFC says; anything else behind them is refused. */
export async function gunzipBounded(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const small = unpackSmall('gzip', bytes, maxBytes, (maxOutputLength) => zlib.gunzipSync(bytes, { maxOutputLength }));
  // Where the length differs there is more than one member, or a zero byte behind the last one, which hides what follows.
  if (small !== undefined && endsWithLength(bytes, small.byteLength)) return small;
  return unpackWhole('gzip', zlib.createGunzip({ chunkSize: CHUNK_BYTES }), bytes, maxBytes);
}

/** A member ends with the length of what it holds. */
function endsWithLength(bytes: Uint8Array, length: number): boolean {
  return (
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.byteLength - 4, true) === length
  );
}

/** `deflate` is zlib by the RFC (Zipkin's clients) and bare deflate by custom (Go's, for Loki); the header tells them. */
export async function inflateBounded(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const wrapped = bytes.length > 1 && (bytes[0] & 0x0f) === 8 && ((bytes[0] << 8) | bytes[1]) % 31 === 0;
  const options = { chunkSize: CHUNK_BYTES };
  return unpackWhole(
    'deflate',
    wrapped ? zlib.createInflate(options) : zlib.createInflateRaw(options),
    bytes,
    maxBytes,
  );
}

export async function unzstdBounded(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const frames = zstdFrames(bytes);
  if (frames === undefined || frames.length === 0 || frames.length > MAX_ZSTD_FRAMES) throw malformed('zstd');
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const frame of frames) {
    const part = await unzstdFrame(frame, maxBytes - length, maxBytes);
    length += part.byteLength;
    parts.push(part);
  }
  return join(parts, length);
}

/** `cap` is that of all frames, for the message. */
async function unzstdFrame(frame: Uint8Array, maxBytes: number, cap: number): Promise<Uint8Array> {
  const options = { params: ZSTD_PARAMS, chunkSize: CHUNK_BYTES };
  const sync = (maxOutputLength: number) => zlib.zstdDecompressSync(frame, { params: ZSTD_PARAMS, maxOutputLength });
  const small = unpackSmall('zstd', frame, maxBytes, sync, cap);
  return small ?? unpackWhole('zstd', zlib.createZstdDecompress(options), frame, maxBytes, cap);
}

/** undefined where it is too large for this way, whether or not it is too large at all. */
function unpackSmall(
  format: string,
  bytes: Uint8Array,
  maxBytes: number,
  unpack: (maxOutputLength: number) => Uint8Array,
  cap = maxBytes,
): Uint8Array | undefined {
  if (bytes.byteLength > SMALL_PACKED_BYTES) return undefined;
  let unpacked: Uint8Array;
  try {
    unpacked = unpack(SMALL_UNPACKED_BYTES);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw malformed(format);
  }
  if (unpacked.byteLength > maxBytes) throw tooLarge(cap);
  return withoutBuffer(unpacked);
}

/** Piece by piece: stops at the first piece beyond the cap, and knows how much of the input was used. */
function unpackWhole(
  format: string,
  unpacker: Unpacker,
  bytes: Uint8Array,
  maxBytes: number,
  cap = maxBytes,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const stop = (error: OutcomeError) => {
      unpacker.destroy();
      reject(error);
    };
    unpacker.on('data', (chunk: Uint8Array) => {
      length += chunk.byteLength;
      if (length > maxBytes) stop(tooLarge(cap));
      else chunks.push(withoutBuffer(chunk));
    });
    unpacker.on('error', () => stop(malformed(format)));
    unpacker.on('end', () => {
      if (unpacker.bytesWritten < bytes.length) stop(malformed(format));
      else resolve(join(chunks, length));
    });
    unpacker.end(bytes);
  });
}

/** A Buffer is a Uint8Array with habits of its own, slice() among them. */
function withoutBuffer(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

function tooLarge(maxBytes: number): OutcomeError {
  return new OutcomeError('body_too_large', `the body is larger than ${maxBytes} bytes when decompressed`);
}

function malformed(format: string): OutcomeError {
  return new OutcomeError('malformed_compression', `the body is not valid ${format}`);
}

export function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
