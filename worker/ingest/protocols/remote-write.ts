/** Prometheus remote write 1.0: snappy-compressed `prometheus.WriteRequest`. */
import { snappyDecode } from '../../../core/codec/snappy.ts';
import { countWriteRequest } from '../../../core/wire/remote-write-v1.ts';
import { type Accepted, negotiate } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { textResponder } from '../respond.ts';

// Prometheus treats a missing type and encoding as remote write 1.0 with snappy, for old senders; so do we.
const REMOTE_WRITE: readonly Accepted[] = [
  { kind: 'protobuf', types: ['application/x-protobuf', ''], encodings: ['snappy', ''], defaultEncoding: 'snappy' },
];
const REMOTE_WRITE_2 = /;\s*proto\s*=\s*"?io\.prometheus\.write\.v2\.Request"?/i;

export const remoteWrite: PushProtocol = {
  name: 'remote_write',
  signal: 'metrics',
  unit: 'samples',
  routes: ['/api/v1/push', '/api/prom/push', '/api/v1/write'].map((path) => ({ method: 'POST', path })),
  negotiate(headers) {
    // 415 makes a sender of remote write 2.0 fall back to 1.0, as its specification says.
    if (REMOTE_WRITE_2.test(headers.contentType))
      return negotiate({ ...headers, contentType: headers.contentType.replace(';', ' ') }, REMOTE_WRITE);
    return negotiate(headers, REMOTE_WRITE);
  },
  async decode(compressed, _format, { maxBytes }) {
    const body = snappyDecode(compressed, maxBytes);
    return {
      batch: { signal: 'metrics', body },
      items: () => countWriteRequest(body).samples,
      bytes: body.length,
      compressed,
    };
  },
  // 400 says "do not send this again", also where the rest was taken (its specification, and Mimir).
  responder: () => textResponder('samples'),
};
