/**
 * A destination is one endpoint of one writing component. The pipeline produces these descriptions; the gateway
 * (worker/destinations) and the agent (agent-lite/push) turn a payload for one into an HTTP request with `request.ts`.
 */
import type { Secret } from '../alloy/values.ts';
import type { Signal } from '../pipeline/signals.ts';

export type DestinationProtocol = 'remote_write' | 'loki_push' | 'otlp_http' | 'pyroscope' | 'spillway_batch';

export interface Auth {
  readonly basic?: { readonly username: string; readonly password: Secret };
  readonly bearer?: Secret;
  /** `authorization { type = …, credentials = … }` */
  readonly authorization?: { readonly type: string; readonly credentials: Secret };
}

/** Its URL may hold a password. `noProxy` as NO_PROXY is written, where the configuration has it. */
export type DestinationProxy = 'environment' | { readonly url: Secret; readonly noProxy?: string };

export interface RetryPolicy {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly retryOnHttp429: boolean;
  /** Payloads older than this are dropped and counted; 0: never. */
  readonly maxAgeMs: number;
  /** A payload that failed this often is given up, kept as a dead letter; absent: never. */
  readonly maxAttempts?: number;
  /** The waits of an OpenTelemetry exporter, where the configuration asks for them, in place of those of backoff.ts. */
  readonly otelBackoff?: OtelBackoff;
}

/** The wait grows by `multiplier` with each failure and is spread by plus and minus `randomization` of itself. */
export interface OtelBackoff {
  readonly multiplier: number;
  readonly randomization: number;
}

export interface BatchPolicy {
  /** Flush when this many items (samples, lines, spans, profiles) or bytes are waiting, or after `maxWaitMs`. */
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

/**
 * What a configuration says of the queue behind a destination. It is the host's spool that keeps to it; outboxes have the
 * quota of their tenant. What is absent is the runtime's to decide.
 */
export interface QueuePolicy {
  readonly maxBytes?: number;
  readonly maxPayloads?: number;
  readonly maxItems?: number;
  /** Older payloads are dropped and counted. */
  readonly maxAgeMs?: number;
  readonly whenFull?: WhenQueueFull;
  /** How long a sender that stops goes on sending. */
  readonly drainTimeoutMs?: number;
}

/**
 * `drop_oldest`: the oldest payloads make room, of whatever signal. `block`: sources are held back, also those that could
 * be told to come back.
 */
export type WhenQueueFull = 'drop_oldest' | 'block';

export interface Destination {
  /** Unique in a pipeline and stable over reloads: `prometheus.remote_write.mimir` or `…mimir/name` or `…mimir/1`. */
  readonly id: string;
  readonly componentId: string;
  /** A batch destination (`spillway.write`) takes every signal; its `signal` says which of its receivers this is. */
  readonly signal: Signal;
  readonly protocol: DestinationProtocol;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Values of `http_headers`, which Alloy declares as secrets. */
  readonly secretHeaders?: readonly { readonly name: string; readonly value: Secret }[];
  /** Which version the pipeline wants; 1 where it does not say. A receiver that cannot take 2 gets 1 (fallback.ts). */
  readonly remoteWriteVersion?: 1 | 2;
  /** How often sources on the host attach the metadata of series: 0 with every batch, absent never. */
  readonly metadataIntervalMs?: number;
  /** What of a body is left out, where the configuration does not want it sent. */
  readonly without?: { readonly metadata?: boolean; readonly exemplars?: boolean; readonly nativeHistograms?: boolean };
  /** How bodies are compressed where the protocol leaves a choice (OTLP); remote write and Loki are always snappy. */
  readonly compression?: 'gzip' | 'none';
  readonly auth: Auth;
  /** On a host: the proxy that the configuration names. Absent: what is usual for the protocol. */
  readonly proxy?: DestinationProxy;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly batch: BatchPolicy;
  readonly queue?: QueuePolicy;
  /** A tenant sent as X-Scope-OrgID (`tenant_id` of loki.write). */
  readonly tenantId?: string;
}

/** Final bytes for a destination, after every rule, encoded: a resend is byte-identical. */
export interface Payload {
  readonly signal: Signal;
  readonly contentType: string;
  readonly contentEncoding: '' | 'snappy' | 'gzip';
  readonly body: Uint8Array;
  /** Samples, lines, spans or profiles. */
  readonly items: number;
  /** X-Scope-OrgID of this payload where it differs per entry (`__tenant_id__`), else the destination's. */
  readonly tenantId?: string;
  /** Path, and query if any, below the destination's URL, where its protocol has more than one: `/ingest?name=…`. */
  readonly path?: string;
}
