/** Decodes one delivery on a path of Mimir, Loki or Tempo into the store. A body that is wrong anywhere adds nothing. */
import type { IncomingHttpHeaders } from 'node:http';
import { decodeUtf8 } from '../../core/bytes/utf8.ts';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { OutcomeError } from '../../core/outcome.ts';
import { decodeLokiPush, decodeLokiPushJson } from '../../core/wire/loki-push.ts';
import { otlpTracesJsonToProtobuf } from '../../core/wire/otlp-traces.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write-v1.ts';
import { MAX_DECODED_BYTES, unzip } from './body.ts';
import { heldSpans } from './spans.ts';
import type { ReceiverStore } from './store.ts';

export interface PushResult {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
}

type Push = (store: ReceiverStore, headers: IncomingHttpHeaders, body: Uint8Array) => Promise<PushResult>;

const pushes: ReadonlyMap<string, Push> = new Map([
  ['/api/v1/push', takeMetrics],
  ['/api/prom/push', takeMetrics],
  ['/api/v1/write', takeMetrics],
  ['/loki/api/v1/push', takeLogs],
  ['/v1/traces', takeTraces],
  ['/otlp/v1/traces', takeTraces],
]);

export const pushPaths: ReadonlySet<string> = new Set(pushes.keys());

export function takePush(
  store: ReceiverStore,
  path: string,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): Promise<PushResult> {
  const push = pushes.get(path);
  if (!push) throw new OutcomeError('unsupported_media_type', `nothing is received at ${path}`);
  return push(store, headers, body);
}

/** Remote write 1.0. A sender that offers 2.0 falls back on 415. */
async function takeMetrics(store: ReceiverStore, headers: IncomingHttpHeaders, body: Uint8Array): Promise<PushResult> {
  const { type, parameters } = mediaType(headers);
  const proto = /proto=([\w.]+)/.exec(parameters)?.[1] ?? 'prometheus.WriteRequest';
  if (type !== 'application/x-protobuf' || proto !== 'prometheus.WriteRequest') {
    throw unsupported(
      `remote write 1.0 comes as application/x-protobuf, this is ${headers['content-type'] ?? 'untyped'}`,
    );
  }
  if (encoding(headers) !== 'snappy') throw unsupported('remote write 1.0 is compressed with snappy');
  const { series } = decodeWriteRequest(snappyDecode(body, MAX_DECODED_BYTES));
  for (const { labels, samples, histograms } of series) {
    const held = store.series.open(labels);
    for (const { timestampMs, valueBits } of samples) store.series.addSample(held, timestampMs, valueBits);
    store.series.addHistogramSamples(histograms.length);
  }
  return { status: 204 };
}

/** Loki: JSON where the type says so, snappy protobuf otherwise; gzip around either. */
async function takeLogs(store: ReceiverStore, headers: IncomingHttpHeaders, body: Uint8Array): Promise<PushResult> {
  const { type } = mediaType(headers);
  if (type === '') throw new OutcomeError('unsupported_media_type', 'the Content-Type is missing');
  const coding = encoding(headers);
  if (!['', 'snappy', 'gzip'].includes(coding)) throw unsupported(`Content-Encoding ${coding} is not taken here`);
  const plain = coding === 'gzip' ? await unzip(body) : body;
  const streams =
    type === 'application/json'
      ? decodeLokiPushJson(decodeUtf8(plain))
      : decodeLokiPush(snappyDecode(plain, MAX_DECODED_BYTES));
  for (const stream of streams) store.addStream(stream);
  return { status: 204 };
}

/** OTLP over HTTP. The answer has the type of the request. */
async function takeTraces(store: ReceiverStore, headers: IncomingHttpHeaders, body: Uint8Array): Promise<PushResult> {
  const { type } = mediaType(headers);
  if (type !== 'application/json' && type !== 'application/x-protobuf') {
    throw unsupported(`OTLP comes as application/x-protobuf or application/json, this is ${type || 'untyped'}`);
  }
  const coding = encoding(headers);
  if (coding !== '' && coding !== 'gzip') throw unsupported(`Content-Encoding ${coding} is not taken here`);
  const plain = coding === 'gzip' ? await unzip(body) : body;
  const json = type === 'application/json';
  for (const span of heldSpans(json ? otlpTracesJsonToProtobuf(decodeUtf8(plain)) : plain)) store.addSpan(span);
  return { status: 200, contentType: type, body: json ? '{}' : '' };
}

function mediaType(headers: IncomingHttpHeaders): { type: string; parameters: string } {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';');
  return { type: type.trim().toLowerCase(), parameters: parameters.join(';') };
}

function encoding(headers: IncomingHttpHeaders): string {
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  return coding === 'identity' ? '' : coding;
}

function unsupported(message: string): OutcomeError {
  return new OutcomeError('unsupported_media_type', message);
}
