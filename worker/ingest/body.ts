/** Reads a request's body up to a cap. The cap holds for what arrives, whatever Content-Length says. */
import { OutcomeError } from '../../core/outcome.ts';
import { join } from '../compression.ts';

/** The compressed size that one push may have. Snappy expands at most 21 times, gzip 1,000 times: see compression.ts. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > maxBytes) {
    await request.body?.cancel();
    throw tooLarge(maxBytes);
  }
  // With a length that the platform enforces one read is enough; without one (chunked) the bytes are counted.
  if (declared !== null && /^\d+$/.test(declared)) {
    return new Uint8Array(await request.arrayBuffer().catch(incomplete));
  }
  return request.body === null ? new Uint8Array() : readCounted(request.body, maxBytes);
}

async function readCounted(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(incomplete);
    if (done) return join(chunks, length);
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel().catch(() => {});
      throw tooLarge(maxBytes);
    }
    chunks.push(value);
  }
}

/** The sender went away, or wrote chunks that are none: no fault of ours, and nothing to say to it but that. */
function incomplete(): never {
  throw new OutcomeError('incomplete_body', 'the body ended before it was complete, or its chunks are malformed');
}

function tooLarge(maxBytes: number): OutcomeError {
  return new OutcomeError('body_too_large', `the body is larger than the limit of ${maxBytes} bytes`);
}
