/** Reads the body of an incoming request with a bound on what arrives and on what it unpacks to. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { OutcomeError } from '../../core/outcome.ts';

const gunzipAsync = promisify(gunzip);
const inflateAsync = promisify(inflate);

export const BODY_ENCODINGS: readonly string[] = ['', 'identity', 'gzip', 'deflate', 'zlib'];

export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const encoding = String(request.headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase();
  if (!BODY_ENCODINGS.includes(encoding)) {
    throw new OutcomeError('unsupported_media_type', `the content encoding "${encoding}" is not supported; use gzip`);
  }
  const raw = await readBounded(request, maxBytes);
  if (encoding === '' || encoding === 'identity') return raw;
  try {
    return await (encoding === 'gzip' ? gunzipAsync : inflateAsync)(raw, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new OutcomeError('malformed_compression', `the body is not ${encoding}: ${(error as Error).message}`);
  }
}

async function readBounded(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): OutcomeError {
  return new OutcomeError('body_too_large', `the body is larger than ${maxBytes} bytes`);
}
