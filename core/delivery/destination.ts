/**
 * A destination is one endpoint of one writing component. The pipeline produces these descriptions; the gateway
 * (worker/destinations) and the agent (agent-lite/push) turn a payload for one into an HTTP request with `request.ts`.
 */
import type { Secret } from '../alloy/values.ts';
import type { Signal } from '../pipeline/signals.ts';

export type DestinationProtocol = 'remote_write_1' | 'loki_push' | 'otlp_http' | 'spillway_batch';

export interface Auth {
  readonly basic?: { readonly username: string; readonly password: Secret };
  readonly bearer?: Secret;
  /** `authorization { type = …, credentials = … }` */
  readonly authorization?: { readonly type: string; readonly credentials: Secret };
}

export interface RetryPolicy {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly retryOnHttp429: boolean;
  /** Payloads older than this are dropped and counted; 0: never. */
  readonly maxAgeMs: number;
}

export interface BatchPolicy {
  /** Flush when this many items (samples, lines, spans) or bytes are waiting, or after `maxWaitMs`. */
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

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
  /** How bodies are compressed where the protocol leaves a choice (OTLP); remote write and Loki are always snappy. */
  readonly compression?: 'gzip' | 'none';
  readonly auth: Auth;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly batch: BatchPolicy;
  /** A tenant sent as X-Scope-OrgID (`tenant_id` of loki.write). */
  readonly tenantId?: string;
}

/** Final bytes for a destination, after every rule, encoded: a resend is byte-identical. */
export interface Payload {
  readonly signal: Signal;
  readonly contentType: string;
  readonly contentEncoding: '' | 'snappy' | 'gzip';
  readonly body: Uint8Array;
  /** Samples, lines or spans. */
  readonly items: number;
  /** X-Scope-OrgID of this payload where it differs per entry (`__tenant_id__`), else the destination's. */
  readonly tenantId?: string;
}
