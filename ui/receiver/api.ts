/** The JSON that the receiver's page reads. cli/receiver answers with these types, so the compiler holds both sides to them. */

/** Exact counts of what was accepted since the start; the windows below forget, these do not. */
export interface ReceiverSummary {
  readonly metrics: { readonly series: number; readonly samples: number };
  readonly logs: { readonly streams: number; readonly lines: number };
  readonly traces: { readonly spans: number };
  readonly profiles: { readonly series: number; readonly profiles: number };
}

/** Items per second over one interval that ended at `atMs`. */
export type RatePoint = readonly [atMs: number, samples: number, lines: number, spans: number, profiles: number];

export interface ReceiverStatus {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly summary: ReceiverSummary;
  readonly requests: { readonly accepted: number; readonly refused: number; readonly malformed: number };
  /** Samples at a time that their series already has, and samples older than the newest of their series. */
  readonly order: { readonly repeated: number; readonly outOfOrder: number };
  /** The HTTP status deliveries are answered with on purpose; 0: they are accepted. */
  readonly refuseStatus: number;
  readonly refusedSinceMs?: number;
  readonly history: readonly RatePoint[];
  readonly lastError?: {
    readonly atMs: number;
    readonly path: string;
    readonly reason: string;
    readonly message: string;
  };
}

/** Pairs, not an object: a label may be called `__proto__`. */
export type LabelPairs = readonly (readonly [name: string, value: string])[];

/** JSON has no NaN and no infinity; `stale` is Prometheus' staleness marker. */
export type JsonNumber = number | 'NaN' | '+Inf' | '-Inf' | 'stale';

export interface SeriesView {
  readonly labels: LabelPairs;
  readonly points: readonly (readonly [timestampMs: number, value: JsonNumber])[];
}

export interface SeriesPage {
  /** Series held in the window, and how many of them match the search. */
  readonly held: number;
  readonly matched: number;
  readonly series: readonly SeriesView[];
}

export interface LogLineView {
  /** Grows by one with each line received. */
  readonly id: number;
  /** Unix nanoseconds as decimal text: they do not fit a JSON number. */
  readonly timestampNs: string;
  readonly labels: LabelPairs;
  readonly metadata: LabelPairs;
  readonly line: string;
}

export interface LogsPage {
  readonly held: number;
  readonly matched: number;
  /** Newest first, in the order of arrival. */
  readonly lines: readonly LogLineView[];
}

export interface SpanView {
  readonly id: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly startNs: string;
  readonly durationMs: number;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  readonly attributes: LabelPairs;
}

export interface TracesPage {
  readonly held: number;
  readonly matched: number;
  readonly spans: readonly SpanView[];
}

/** One series of a push, or one request to /ingest. */
export interface ProfileView {
  readonly id: number;
  readonly receivedAtMs: number;
  readonly labels: LabelPairs;
  readonly profiles: number;
  /** Of the profiles as they came, mostly compressed. */
  readonly bytes: number;
  /** `pprof` for a push; what query or content type say for /ingest. */
  readonly format: string;
}

export interface ProfilesPage {
  readonly held: number;
  readonly matched: number;
  readonly profiles: readonly ProfileView[];
}
