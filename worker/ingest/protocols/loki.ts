/** Loki's push API: protobuf with snappy, or JSON. A stream whose labels are not right costs that stream. */
import { decodeUtf8 } from '../../../core/bytes/utf8.ts';
import { snappyDecode } from '../../../core/codec/snappy.ts';
import { failure, OutcomeError } from '../../../core/outcome.ts';
import { countLines, type LogsBatch } from '../../../core/pipeline/signals.ts';
import type { InvalidStream, LogStream } from '../../../core/wire/log-stream.ts';
import { decodeLokiPush, decodeLokiPushJson } from '../../../core/wire/loki/push.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, type Format, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { textResponder } from '../respond.ts';

// "snappy" is a marker that some clients add: Loki's protobuf is snappy with it and without it, its JSON never is.
const ENCODINGS = ['', 'identity', 'snappy', 'gzip', 'deflate'];
const LOKI: readonly Accepted[] = [
  { kind: 'json', types: ['application/json'], encodings: ENCODINGS },
  { kind: 'protobuf', types: ['application/x-protobuf'], encodings: ENCODINGS },
];
/** Of more the push as a whole is refused: each is an error with a stack, and a body has room for a million. */
const MAX_INVALID_STREAMS = 1000;
/** Loki's words, which its clients know. */
const NO_STREAMS = 'error at least one valid stream is required for ingestion';

export const loki: PushProtocol = {
  name: 'loki',
  signal: 'logs',
  unit: 'lines',
  routes: [{ method: 'POST', path: '/loki/api/v1/push' }],
  negotiate(headers) {
    if (headers.contentType !== '') return negotiate(headers, LOKI);
    return failure('missing_content_type', 'Content-Type is missing; send application/json or application/x-protobuf.');
  },
  async decode(body, format, { maxBytes }) {
    let rejected = 0;
    let invalidStreams = 0;
    let example = '';
    const bytes = await unpack(body, format, maxBytes);
    const streams = decodeStreams(bytes, format, (lines, problem) => {
      if (++invalidStreams > MAX_INVALID_STREAMS) throw problem;
      if (example === '') example = problem.message;
      rejected += lines;
    });
    if (streams.length === 0 && example === '') throw new OutcomeError('no_valid_streams', NO_STREAMS);
    const batch: LogsBatch = { signal: 'logs', streams, marks: [] };
    const lines = countLines(batch) + rejected;
    const rejections = example === '' ? [] : [{ reason: 'invalid_labels', items: rejected, example }];
    return { batch, items: () => lines, bytes: bytes.length, rejections };
  },
  responder: () => textResponder('lines'),
};

function decodeStreams(bytes: Uint8Array, { kind }: Format, onInvalid: InvalidStream): LogStream[] {
  return kind === 'json' ? decodeLokiPushJson(decodeUtf8(bytes), onInvalid) : decodeLokiPush(bytes, onInvalid);
}

/** Content-Encoding comes off first; below it, protobuf is a snappy block in any case. */
async function unpack(body: Uint8Array, { kind, encoding }: Format, maxBytes: number): Promise<Uint8Array> {
  const bytes = await decompress(body, { kind, encoding: encoding === 'snappy' ? '' : encoding }, maxBytes);
  return kind === 'json' ? bytes : snappyDecode(bytes, maxBytes);
}
