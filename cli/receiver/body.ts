/** Reads a request's body within limits that are checked before memory is taken, and undoes gzip. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { OutcomeError } from '../../core/outcome.ts';

/** Mimir and Loki take 100 MB; what the gateway sends is a fraction of this. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
export const MAX_DECODED_BYTES = 128 * 1024 * 1024;

/** Listens for events: leaving a `for await` early would destroy the socket before the 413 is written. */
export function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const claimed = Number(request.headers['content-length'] ?? 0);
  if (claimed > MAX_BODY_BYTES) return Promise.reject(tooLarge(claimed));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else {
        chunks.length = 0;
        request.pause();
        reject(tooLarge(bytes));
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks, bytes)));
    request.once('error', reject);
  });
}

function tooLarge(bytes: number): OutcomeError {
  return new OutcomeError('body_too_large', `the body has ${bytes} bytes or more; the limit is ${MAX_BODY_BYTES}`);
}

const gunzipAsync = promisify(gunzip);

export async function unzip(body: Uint8Array): Promise<Uint8Array> {
  try {
    return await gunzipAsync(body, { maxOutputLength: MAX_DECODED_BYTES });
  } catch (error) {
    if (error instanceof RangeError || (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new OutcomeError('body_too_large', `the body unzips to more than ${MAX_DECODED_BYTES} bytes`);
    }
    throw new OutcomeError('malformed_compression', `the body is not gzip: ${(error as Error).message}`);
  }
}
