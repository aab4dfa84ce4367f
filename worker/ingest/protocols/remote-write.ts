/**
 * Prometheus remote write: snappy-compressed `prometheus.WriteRequest` (1.0) or `io.prometheus.write.v2.Request` (2.0) on
 * the same routes. The content type alone says which, as 2.0 demands; what else it may name is 415, and a sender falls back.
 */
import { snappyDecode } from '../../../core/codec/snappy.ts';
import { writtenHeaders } from '../../../core/delivery/fallback.ts';
import { type Failure, failure } from '../../../core/outcome.ts';
import { countWriteRequest } from '../../../core/wire/remote-write/v1.ts';
import {
  decodeRemoteWrite2,
  isRemoteWrite2,
  type MetricCounts,
  type RejectedSeriesOf2,
} from '../../../core/wire/remote-write/v2.ts';
import { type Accepted, type FormatHeaders, negotiate } from '../format.ts';
import type { Decoded, PushProtocol } from '../protocol.ts';
import { type Responder, textResponder } from '../respond.ts';
import type { PushResult, Rejection } from '../result.ts';
import { Scratch } from '../scratch.ts';

// Prometheus treats a missing type and encoding as remote write 1.0 with snappy, for old senders; so do we.
const REMOTE_WRITE: readonly Accepted[] = [
  { kind: 'protobuf', types: ['application/x-protobuf', ''], encodings: ['snappy', ''], defaultEncoding: 'snappy' },
];
const MESSAGE = /;\s*proto\s*=\s*"?([^";\s]*)/i;
const MESSAGES = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'];
const NOTHING_WRITTEN: MetricCounts = { samples: 0, histograms: 0, exemplars: 0 };

export const remoteWrite: PushProtocol = {
  name: 'remote_write',
  signal: 'metrics',
  unit: 'samples',
  routes: ['/api/v1/push', '/api/prom/push', '/api/v1/write'].map((path) => ({ method: 'POST', path })),
  negotiate: (headers) => unknownMessage(headers) ?? negotiate(headers, REMOTE_WRITE),
  async decode(compressed, _format, { maxBytes, contentType }) {
    if (isRemoteWrite2(contentType)) return decodeVersion2(snappyDecode(compressed, maxBytes), maxBytes);
    const scratch = new Scratch();
    const body = snappyDecode(compressed, maxBytes, (bytes) => scratch.allocate(bytes));
    return decodeVersion1(body, compressed, () => scratch.release());
  },
  // 400 says "do not send this again", also where the rest was taken (both specifications, and Mimir).
  responder: ({ contentType }) => {
    const responder = textResponder('samples');
    return isRemoteWrite2(contentType) ? withWrittenHeaders(responder) : responder;
  },
};

function unknownMessage({ contentType }: FormatHeaders): Failure | undefined {
  const name = MESSAGE.exec(contentType)?.[1];
  if (name === undefined || MESSAGES.some((known) => known.toLowerCase() === name.toLowerCase())) return undefined;
  const message = `The message ${JSON.stringify(name.slice(0, 100))} is not supported here; send ${MESSAGES.join(' or ')}.`;
  return failure('unsupported_media_type', message);
}

function decodeVersion1(body: Uint8Array, compressed: Uint8Array, release: () => void): Decoded {
  return {
    batch: { signal: 'metrics', body },
    items: () => countWriteRequest(body).samples,
    bytes: body.length,
    compressed,
    release,
  };
}

function decodeVersion2(bytes: Uint8Array, maxBytes: number): Decoded {
  const { body, rejections, ...kept } = decodeRemoteWrite2(bytes, maxBytes);
  const contents = rejections.reduce<MetricCounts>(add, kept);
  return {
    batch: { signal: 'metrics', body, extended: true },
    items: () => contents.samples + contents.histograms,
    // With the symbols in place it is larger, and sections of a batch share one budget.
    bytes: Math.max(bytes.length, body.length),
    contents,
    rejections: rejections.map(toRejection),
  };
}

function add(a: MetricCounts, b: MetricCounts): MetricCounts {
  return {
    samples: a.samples + b.samples,
    histograms: a.histograms + b.histograms,
    exemplars: a.exemplars + b.exemplars,
  };
}

function toRejection({ reason, samples, histograms, exemplars, example }: RejectedSeriesOf2): Rejection {
  return { reason, items: samples + histograms, histograms, exemplars, example };
}

/** "Receivers MUST send … response header with the precise number of successfully written elements", also on failure. */
function withWrittenHeaders(responder: Responder): Responder {
  const tell = (response: Response, result?: PushResult) => {
    const counts = writtenHeaders(result?.written ?? NOTHING_WRITTEN);
    for (const [name, value] of Object.entries(counts)) response.headers.set(name, value);
    return response;
  };
  return {
    success: (result) => tell(responder.success(result), result),
    partial: (result) => tell(responder.partial(result), result),
    failure: (reason, result) => tell(responder.failure(reason, result), result),
  };
}
