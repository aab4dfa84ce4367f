/** What OTLP over HTTP may be written in, the same for every signal. */
import type { Accepted, Format } from '../format.ts';
import type { Decoded } from '../protocol.ts';

/** The specification names gzip; Loki and Mimir take zstd as well, and collectors offer it. */
const ENCODINGS = ['', 'identity', 'gzip', 'deflate', 'zstd'];

export const OTLP_FORMATS: readonly Accepted[] = [
  { kind: 'protobuf', types: ['application/x-protobuf'], encodings: ENCODINGS },
  { kind: 'json', types: ['application/json'], encodings: ENCODINGS },
];

/** Only protobuf in gzip can be passed on as it came: it is what destinations are sent. */
export function asItCame(received: Uint8Array, { kind, encoding }: Format): Pick<Decoded, 'compressed'> {
  return kind === 'protobuf' && encoding === 'gzip' ? { compressed: received } : {};
}
