/** Unpacks a body as its headers say, never to more than `maxBytes`: a small body must not become a large buffer. */
import { snappyDecode } from '../../core/codec/snappy.ts';
import { gunzipBounded } from '../compression.ts';
import type { Format } from './format.ts';

/** JSON becomes a text and then objects, each larger than the bytes, and a Worker has 128 MB in all. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;

export async function decompress(body: Uint8Array, { kind, encoding }: Format, maxBytes: number): Promise<Uint8Array> {
  const limit = kind === 'json' ? Math.min(maxBytes, MAX_JSON_BYTES) : maxBytes;
  switch (encoding) {
    case '':
      return body;
    case 'snappy':
      return snappyDecode(body, limit);
    case 'gzip':
      return gunzipBounded(body, limit);
  }
}
