/**
 * What Pushgateway clients send: `PUT|POST|DELETE /metrics/job/<job>{/<label>/<value>}`. Nothing is kept, so PUT and POST
 * mean the same, and DELETE has nothing to do: it answers as a Pushgateway does, so that a job that cleans up behind
 * itself does not fail (docs/protocols.md).
 */
import { isSnappyStream, snappyStreamDecode } from '../../../core/codec/snappy-stream.ts';
import { OutcomeError, success } from '../../../core/outcome.ts';
import { isProtobufExposition } from '../../../core/wire/exposition/protobuf.ts';
import { parseGroupingKey } from '../../../core/wire/pushgateway/grouping-key.ts';
import { pushOfProtobuf } from '../../../core/wire/pushgateway/protobuf.ts';
import { pushOfText } from '../../../core/wire/pushgateway/pushgateway.ts';
import { decompress } from '../decompress.ts';
import { type Accepted, type Format, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { textResponder } from '../respond.ts';

/** The state of one job. Text becomes labels and keys, each larger than the bytes. */
const MAX_PUSH_BYTES = 8 * 1024 * 1024;
const MAX_SERIES_BYTES = 16 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);
const ENCODINGS = ['', 'identity', 'gzip', 'snappy'];
const PATHS = ['/metrics/job/*', '/metrics/job@base64/*'];

export const pushgateway: PushProtocol = {
  name: 'pushgateway',
  signal: 'metrics',
  unit: 'samples',
  routes: PATHS.flatMap((path) => [
    { method: 'PUT', path },
    { method: 'POST', path },
  ]),
  // Whatever is not the protobuf form is text, as in a Pushgateway: clients send all sorts of types.
  negotiate({ contentType, contentEncoding }) {
    const kind = isProtobufExposition(contentType) ? 'protobuf' : 'text';
    const accepted: Accepted = { kind, types: [''], encodings: ENCODINGS };
    return negotiate({ contentType: '', contentEncoding }, [accepted]);
  },
  async decode(compressed, format, { maxBytes, url, nowMs }) {
    const grouping = parseGroupingKey(url.pathname);
    const bytes = await unpack(compressed, format, Math.min(maxBytes, MAX_PUSH_BYTES));
    const options = { nowMs, maxBytes: MAX_SERIES_BYTES };
    const { body, samples } =
      format.kind === 'protobuf' ? pushOfProtobuf(bytes, grouping, options) : pushOfText(bytes, grouping, options);
    return { batch: { signal: 'metrics', body }, items: () => samples, bytes: bytes.length };
  },
  responder: () => ({ ...textResponder('samples'), success: () => new Response(null, { status: 200 }) }),
};

export const pushgatewayDelete: PushProtocol = {
  ...pushgateway,
  routes: PATHS.map((path) => ({ method: 'DELETE', path })),
  negotiate: () => success({ kind: 'text', encoding: '' }),
  async decode(_body, _format, { url }) {
    parseGroupingKey(url.pathname);
    return { batch: { signal: 'metrics', body: NO_BYTES }, items: () => 0, bytes: 0 };
  },
  responder: () => ({ ...textResponder('samples'), success: () => new Response(null, { status: 202 }) }),
};

/** Go's clients stream snappy in frames, others send one block: both are `Content-Encoding: snappy`. */
async function unpack(body: Uint8Array, format: Format, maxBytes: number): Promise<Uint8Array> {
  const framed = format.encoding === 'snappy' && isSnappyStream(body);
  const bytes = framed ? snappyStreamDecode(body, maxBytes) : await decompress(body, format, maxBytes);
  if (bytes.length > maxBytes) throw new OutcomeError('body_too_large', `a push is larger than ${maxBytes} bytes`);
  return bytes;
}
