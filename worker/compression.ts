/** gzip by the platform. Decompression is bounded while it streams: a small body must not become a large buffer. */
import { OutcomeError } from '../core/outcome.ts';

/** What we compressed ourselves or accepted before; the cap is the same as for bodies that come in. */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  return gunzipBounded(bytes, MAX_DECOMPRESSED_BYTES);
}

/** Reads at most one chunk beyond the cap, then cancels the stream. */
export async function gunzipBounded(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await readChunk(reader);
    if (done) return join(chunks, length);
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel().catch(() => {});
      throw new OutcomeError('body_too_large', `the body is larger than ${maxBytes} bytes when decompressed`);
    }
    chunks.push(value);
  }
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ done: true; value?: undefined } | { done: false; value: Uint8Array }> {
  try {
    return (await reader.read()) as { done: false; value: Uint8Array };
  } catch {
    throw new OutcomeError('malformed_compression', 'the body is not valid gzip');
  }
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
