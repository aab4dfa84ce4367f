/** Unpacks a body as its headers say, never to more than `maxBytes`: a small body must not become a large buffer. */
import { snappyDecode } from '../../core/codec/snappy.ts';
import { checkJsonValues } from '../../core/wire/json-bound.ts';
import { gunzipBounded, inflateBounded, unzstdBounded } from '../compression.ts';
import type { Format } from './format.ts';

/** JSON becomes a text and then objects, each larger than the bytes, and a Worker has 128 MB in all. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;

export async function decompress(body: Uint8Array, format: Format, maxBytes: number): Promise<Uint8Array> {
  if (format.kind !== 'json') return unpack(body, format, maxBytes);
  const bytes = await unpack(body, format, Math.min(maxBytes, MAX_JSON_BYTES));
  checkJsonValues(bytes);
  return bytes;
}

async function unpack(body: Uint8Array, { encoding }: Format, limit: number): Promise<Uint8Array> {
  switch (encoding) {
    case '':
      return body;
    case 'snappy':
      return snappyDecode(body, limit);
    case 'gzip':
      return gunzipBounded(body, limit);
    case 'deflate':
      return inflateBounded(body, limit);
    case 'zstd':
      return unzstdBounded(body, limit);
  }
}
