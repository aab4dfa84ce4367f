/**
 * What a push protocol is: where it listens, which bodies it takes, how it reads them, and in which words it answers.
 * Everything between decoding and answering (admission, pipeline, delivery, books) is the same for all of them. One file
 * in `protocols/` and one line in `protocols/index.ts` make a new one.
 */
import type { Outcome } from '../../core/outcome.ts';
import type { LogsBatch, MetricsBatch, OtlpBatch, ProfilesBatch, Signal } from '../../core/pipeline/signals.ts';
import type { MetricCounts } from '../../core/wire/remote-write/v2.ts';
import type { Format, FormatHeaders } from './format.ts';
import type { Responder } from './respond.ts';
import type { Rejection } from './result.ts';

export interface Route {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** A pattern of hono: `/metrics/job/*`. */
  readonly path: string;
}

export interface DecodeContext {
  /** More must not be unpacked: body_too_large. */
  readonly maxBytes: number;
  /** Of the request; for a section of a batch its own path, or else that of the batch. */
  readonly url: URL;
  readonly method: string;
  /** The header as it came: a body may be passed on under it. */
  readonly contentType: string;
  readonly nowMs: number;
}

export type DecodedBatch =
  | (Pick<MetricsBatch, 'signal' | 'body'> & { readonly extended?: boolean })
  | LogsBatch
  | OtlpBatch
  | ProfilesBatch;

export interface Decoded {
  readonly batch: DecodedBatch;
  /**
   * Samples, lines, spans or profiles. Counting samples is a walk of its own over the body, which only limits need: the
   * pipeline counts them anyway. Throws OutcomeError.
   */
  items(): number;
  /** Size without compression. */
  readonly bytes: number;
  /** The snappy form as it came, of OTLP the gzip form: to be forwarded where nothing changes. */
  readonly compressed?: Uint8Array;
  /** Of metrics, where the answer tells what was written: all that came, also what `rejections` left out. */
  readonly contents?: MetricCounts;
  /** To be called when nothing looks at the batch any more: its memory is used for the next one. */
  release?(): void;
  /** Items that the decoder left out by itself; they count as received and as rejected. */
  readonly rejections?: readonly Rejection[];
}

export interface PushProtocol {
  /** In metrics and logs: `remote_write`, `loki`, `otlp_traces`. */
  readonly name: string;
  readonly signal: Signal;
  /** What an item is called in messages. */
  readonly unit: string;
  readonly routes: readonly Route[];
  /** From headers only, before a byte is read: 415 holds also for a body that is broken as well. */
  negotiate(headers: FormatHeaders): Outcome<Format>;
  /** Throws OutcomeError. */
  decode(body: Uint8Array, format: Format, context: DecodeContext): Promise<Decoded>;
  /** For one request: the answer may depend on what it asked with. */
  responder(headers: FormatHeaders): Responder;
}
