/**
 * Decoder of snappy's framing format (google/snappy, framing_format.txt), in which Go's stream writer and `snzip` write:
 * a Pushgateway reads it. Checksums are checked, the sum of the chunks is bounded before each is unpacked.
 */
import { crc32c } from '../bytes/crc32c.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { OutcomeError } from '../outcome.ts';
import { snappyDecode } from './snappy-decode.ts';

const IDENTIFIER = [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59];
const MAX_CHUNK_BYTES = 65_536;
const CHECKSUM_BYTES = 4;

export function isSnappyStream(bytes: Uint8Array): boolean {
  return IDENTIFIER.every((byte, i) => bytes[i] === byte);
}

export function snappyStreamDecode(bytes: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(Math.min(bytes.length * 2, maxBytes));
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4) throw corrupt('it ends in the middle of a chunk');
    const type = bytes[at];
    const start = at + 4;
    const end = start + (bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16));
    if (end > bytes.length) throw corrupt('it ends in the middle of a chunk');
    if (type <= 1) appendChunk(out, bytes.subarray(start, end), type === 0, maxBytes);
    // Chunks from 0x80 on may be skipped, a repeated identifier among them.
    else if (type < 0x80) throw corrupt(`chunk type ${type} does not exist`);
    at = end;
  }
  return out.take();
}

function appendChunk(out: ByteWriter, chunk: Uint8Array, compressed: boolean, maxBytes: number): void {
  if (chunk.length < CHECKSUM_BYTES) throw corrupt('a chunk has no checksum');
  const content = chunk.subarray(CHECKSUM_BYTES);
  const data = compressed ? snappyDecode(content, MAX_CHUNK_BYTES) : content;
  if (out.length + data.length > maxBytes) {
    throw new OutcomeError('body_too_large', `the body is larger than ${maxBytes} bytes when decompressed`);
  }
  const expected = (chunk[0] | (chunk[1] << 8) | (chunk[2] << 16) | (chunk[3] << 24)) >>> 0;
  if (mask(crc32c(data)) !== expected) throw corrupt('the checksum of a chunk is wrong');
  out.bytes(data);
}

/** So that a checksum of data that contains checksums is not weak: framing_format.txt, section 3. */
function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function corrupt(problem: string): OutcomeError {
  return new OutcomeError('malformed_compression', `the body is not valid framed snappy: ${problem}`);
}
