/**
 * What must be remembered of log streams from push to push: whether a stream is active (max_global_streams_per_user) and how
 * much came for it lately (per_stream_rate_limit). One isolate's memory: the number of streams is merged in the hub, the
 * rate of a stream holds in each isolate. Bounded; a forgotten stream begins with a full burst.
 */
import { hashBytes } from '../bytes/hash.ts';
import { encodeUtf8, utf8Length } from '../bytes/utf8.ts';
import { formatLabels } from '../labels/labels.ts';
import type { LogStream } from '../wire/log-stream.ts';
import type { SeenMembers } from './active-members.ts';
import type { LogRejection } from './log-limits.ts';
import { shown } from './messages.ts';
import type { TenantLimits } from './tenant-limits.ts';
import { TokenBucket } from './token-bucket.ts';

const MAX_REMEMBERED = 10_000;
const LOW_HASH_SEED = 0x5bd1e995;

interface StreamState {
  epoch: number;
  bucket: TokenBucket | undefined;
}

export interface LimitedStreams {
  readonly streams: readonly LogStream[];
  /** For now: their sender may come back with them. */
  readonly refused: readonly LogRejection[];
}

export class StreamLimits {
  #states = new Map<string, StreamState>();

  /** `seed` is the tenant's own, the same in every isolate, so that a stream has one hash everywhere. */
  check(
    streams: readonly LogStream[],
    limits: TenantLimits['logs'],
    seen: SeenMembers,
    seed: number,
    nowMs: number,
  ): LimitedStreams {
    const refused = new Map<LogRejection['reason'], LogRejection>();
    const taken = streams.filter((stream) => {
      const problem = this.#problem(stream, limits, seen, seed, nowMs);
      if (problem === undefined) return true;
      const items = (refused.get(problem.reason)?.items ?? 0) + stream.entries.length;
      refused.set(problem.reason, {
        ...problem,
        items,
        example: refused.get(problem.reason)?.example ?? problem.example,
      });
      return false;
    });
    return { streams: refused.size === 0 ? streams : taken, refused: [...refused.values()] };
  }

  #problem(
    stream: LogStream,
    limits: TenantLimits['logs'],
    seen: SeenMembers,
    seed: number,
    nowMs: number,
  ): Omit<LogRejection, 'items'> | undefined {
    const key = keyOf(stream);
    const state = this.#state(key);
    if (state.epoch !== seen.epoch) {
      const bytes = encodeUtf8(key);
      if (
        !seen.admit(hashBytes(bytes, 0, bytes.length, seed), hashBytes(bytes, 0, bytes.length, seed ^ LOW_HASH_SEED))
      ) {
        this.#states.delete(key);
        const text = shown(formatLabels(stream.labels));
        const example = `maximum active stream limit exceeded when trying to create stream ${text}, reduce the number of active streams (reduce labels or reduce label values), or contact your administrator to see if the limit (logs.max_global_streams_per_user: ${limits.max_global_streams_per_user}) can be increased`;
        return { reason: 'stream_limit', example };
      }
      state.epoch = seen.epoch;
    }
    const rate = limits.per_stream_rate_limit;
    if (rate === 0) return undefined;
    const bucketLimits = { ratePerSecond: rate, burst: limits.per_stream_rate_limit_burst };
    if (state.bucket === undefined) state.bucket = new TokenBucket(bucketLimits, nowMs);
    else state.bucket.configure(bucketLimits, nowMs);
    const bytes = sizeOf(stream, state.bucket.available(nowMs));
    if (state.bucket.take(bytes, nowMs) === 0) return undefined;
    const example = `Per stream rate limit exceeded (limit: ${rate} bytes/sec, logs.per_stream_rate_limit) while attempting to ingest for stream '${shown(formatLabels(stream.labels))}' totaling ${bytes} bytes, consider splitting a stream via additional labels or contact your administrator to see if the limit can be increased`;
    return { reason: 'per_stream_rate_limit', example };
  }

  #state(key: string): StreamState {
    let state = this.#states.get(key);
    if (state !== undefined) return state;
    // Names of streams are the sender's choice: the oldest make room.
    if (this.#states.size >= MAX_REMEMBERED) this.#states.delete(this.#states.keys().next().value as string);
    state = { epoch: -1, bucket: undefined };
    this.#states.set(key, state);
    return state;
  }
}

/** The same for equal label sets only: lengths keep values from imitating names. */
function keyOf({ labels }: LogStream): string {
  let key = '';
  for (const { name, value } of labels) key += `${name.length}:${name}${value.length}:${value}`;
  return key;
}

/** Bytes of lines and structured metadata. While there is room for three bytes a character, characters are counted instead. */
function sizeOf({ entries }: LogStream, room: number): number {
  let units = 0;
  for (const { line, metadata } of entries) {
    units += line.length;
    for (const { name, value } of metadata) units += name.length + value.length;
  }
  if (units * 3 <= room) return units;
  let bytes = 0;
  for (const { line, metadata } of entries) {
    bytes += utf8Length(line);
    for (const { name, value } of metadata) bytes += utf8Length(name) + utf8Length(value);
  }
  return bytes;
}
