/** Decodes one delivery on a path of Mimir, Loki, Tempo or Pyroscope into the store. A body that is wrong anywhere adds nothing. */
import type { IncomingHttpHeaders } from 'node:http';
import { decodeUtf8 } from '../../core/bytes/utf8.ts';
import { snappyDecode } from '../../core/codec/snappy.ts';
import { OutcomeError } from '../../core/outcome.ts';
import { decodeLokiPush, decodeLokiPushJson } from '../../core/wire/loki/push.ts';
import { otlpTracesJsonToProtobuf } from '../../core/wire/otlp/traces.ts';
import { decodePyroscopeIngest, PYROSCOPE_INGEST_PATH } from '../../core/wire/pyroscope/ingest.ts';
import {
  decodePyroscopePush,
  PYROSCOPE_PUSH_CONTENT_TYPE,
  PYROSCOPE_PUSH_PATH,
  rawProfileOf,
} from '../../core/wire/pyroscope/push.ts';
import { decodePyroscopePushJson } from '../../core/wire/pyroscope/push-json.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import { MAX_DECODED_BYTES, unzip } from './body.ts';
import { heldSpans } from './spans.ts';
import type { ReceiverStore } from './store.ts';

export interface PushResult {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
}

type Push = (store: ReceiverStore, headers: IncomingHttpHeaders, body: Uint8Array, url: URL) => Promise<PushResult>;

const pushes: ReadonlyMap<string, Push> = new Map([
  ['/api/v1/push', takeMetrics],
  ['/api/prom/push', takeMetrics],
  ['/api/v1/write', takeMetrics],
  ['/loki/api/v1/push', takeLogs],
  ['/v1/traces', takeTraces],
  ['/otlp/v1/traces', takeTraces],
  [PYROSCOPE_INGEST_PATH, takeIngestedProfile],
  [PYROSCOPE_PUSH_PATH, takePushedProfiles],
]);

export const pushPaths: ReadonlySet<string> = new Set(pushes.keys());

export function takePush(
  store: ReceiverStore,
  url: URL,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): Promise<PushResult> {
  const push = pushes.get(url.pathname);
  if (!push) throw new OutcomeError('unsupported_media_type', `nothing is received at ${url.pathname}`);
  return push(store, headers, body, url);
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
  const plain = await unzipped(headers, body);
  const json = type === 'application/json';
  for (const span of heldSpans(json ? otlpTracesJsonToProtobuf(decodeUtf8(plain)) : plain)) store.addSpan(span);
  return { status: 200, contentType: type, body: json ? '{}' : '' };
}

/** In whatever format its query or its type says: only labels and sizes are kept. */
async function takeIngestedProfile(
  store: ReceiverStore,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  url: URL,
): Promise<PushResult> {
  const plain = await unzipped(headers, body);
  const { labels } = decodePyroscopeIngest(url.search, headers['content-type'] ?? '', plain);
  const format = url.searchParams.get('format') ?? mediaType(headers).type;
  store.addProfile({ receivedAtMs: Date.now(), labels, profiles: 1, bytes: plain.length, format });
  return { status: 200 };
}

/** The push of Connect. The answer has the type of the request. */
async function takePushedProfiles(
  store: ReceiverStore,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): Promise<PushResult> {
  const { type } = mediaType(headers);
  const json = type === 'application/json';
  if (!json && type !== PYROSCOPE_PUSH_CONTENT_TYPE) {
    throw unsupported(
      `profiles come as ${PYROSCOPE_PUSH_CONTENT_TYPE} or application/json, this is ${type || 'untyped'}`,
    );
  }
  const plain = await unzipped(headers, body);
  const series = json ? decodePyroscopePushJson(decodeUtf8(plain)) : decodePyroscopePush(plain);
  for (const { labels, content } of series) {
    const bytes = content.samples.reduce((sum, sample) => sum + rawProfileOf(sample).rawProfile.length, 0);
    store.addProfile({ receivedAtMs: Date.now(), labels, profiles: content.samples.length, bytes, format: 'pprof' });
  }
  return { status: 200, contentType: type, body: json ? '{}' : '' };
}

async function unzipped(headers: IncomingHttpHeaders, body: Uint8Array): Promise<Uint8Array> {
  const coding = encoding(headers);
  if (coding !== '' && coding !== 'gzip') throw unsupported(`Content-Encoding ${coding} is not taken here`);
  return coding === 'gzip' ? unzip(body) : body;
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
