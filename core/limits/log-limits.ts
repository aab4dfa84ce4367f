/**
 * The limits of a Loki push, checked in Loki's order and told in Loki's words: what breaks one is left out, the other lines
 * are taken. Streams and lines that break none are handed on as they are.
 */
import { utf8Length } from '../bytes/utf8.ts';
import { formatLabels, type Labels } from '../labels/labels.ts';
import type { Reason } from '../outcome.ts';
import type { LogEntry, LogStream } from '../wire/log-stream.ts';
import { shown } from './messages.ts';
import type { TenantLimits } from './tenant-limits.ts';

export interface LogRejection {
  readonly reason: Reason;
  readonly items: number;
  /** Loki's message for the first of them. */
  readonly example: string;
}

export interface LimitedLogs {
  readonly streams: readonly LogStream[];
  /** For good: sending them again will not help. */
  readonly rejections: readonly LogRejection[];
}

/** Loki's own label, which it adds where it is missing; so it does not count. */
const SERVICE_NAME = 'service_name';

export function limitLogs(streams: readonly LogStream[], limits: TenantLimits['logs'], nowMs: number): LimitedLogs {
  const run = new Run(limits, nowMs);
  const taken = streams.flatMap((stream, index) => run.stream(stream, index));
  const unchanged = taken.length === streams.length && taken.every((stream, index) => stream === streams[index]);
  return { streams: unchanged ? streams : taken, rejections: run.rejections() };
}

class Run {
  readonly #limits: TenantLimits['logs'];
  readonly #oldestNs: bigint;
  readonly #newestNs: bigint;
  readonly #rejected = new Map<Reason, { items: number; example: string }>();

  constructor(limits: TenantLimits['logs'], nowMs: number) {
    this.#limits = limits;
    const maxAgeMs = limits.reject_old_samples ? limits.reject_old_samples_max_age : 0;
    this.#oldestNs = maxAgeMs > 0 ? toNs(nowMs - maxAgeMs) : -(2n ** 63n);
    this.#newestNs = limits.creation_grace_period > 0 ? toNs(nowMs + limits.creation_grace_period) : 2n ** 63n;
  }

  stream(stream: LogStream, index: number): LogStream[] {
    const { max_streams_per_push: maxStreams } = this.#limits;
    if (maxStreams > 0 && index >= maxStreams) {
      const message = () => `the push has more than ${maxStreams} streams (logs.max_streams_per_push)`;
      this.#reject('max_streams_per_push', stream.entries.length, message);
      return [];
    }
    const problem = this.#labelProblem(stream.labels);
    if (problem !== undefined) {
      this.#reject(problem.reason, stream.entries.length, problem.message);
      return [];
    }
    return this.#entries(stream);
  }

  rejections(): LogRejection[] {
    return [...this.#rejected].map(([reason, tally]) => ({ reason, ...tally }));
  }

  #labelProblem(labels: Labels): { reason: Reason; message: () => string } | undefined {
    const limits = this.#limits;
    const stream = () => shown(formatLabels(labels));
    const maxNames = limits.max_label_names_per_series;
    if (maxNames > 0 && labels.length > maxNames) {
      const names = labels.length - (labels.some(({ name }) => name === SERVICE_NAME) ? 1 : 0);
      const message = () => `entry for stream '${stream()}' has ${names} label names; limit ${maxNames}`;
      if (names > maxNames) return { reason: 'max_label_names_per_series', message };
    }
    for (const { name, value } of labels) {
      if (exceeds(name, limits.max_label_name_length)) {
        const message = () => `stream '${stream()}' has label name too long: '${shown(name)}'`;
        return { reason: 'label_name_too_long', message };
      }
      if (exceeds(value, limits.max_label_value_length)) {
        const message = () => `stream '${stream()}' has label value too long: '${shown(value)}'`;
        return { reason: 'label_value_too_long', message };
      }
    }
    return undefined;
  }

  #entries(stream: LogStream): LogStream[] {
    const { labels, entries } = stream;
    let kept: LogEntry[] | undefined;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as LogEntry;
      const taken = this.#entry(labels, entry);
      if (taken !== entry && kept === undefined) kept = entries.slice(0, i);
      if (taken !== undefined) kept?.push(taken);
    }
    if (kept === undefined) return [stream];
    return kept.length === 0 ? [] : [{ ...stream, entries: kept }];
  }

  /** The entry, a shorter one, or undefined where it was rejected. */
  #entry(labels: Labels, entry: LogEntry): LogEntry | undefined {
    const limits = this.#limits;
    const { timestampNs, line, metadata } = entry;
    const stream = () => shown(formatLabels(labels));
    if (timestampNs < this.#oldestNs) {
      const message = () =>
        `entry for stream '${stream()}' has timestamp too old: ${toTime(timestampNs)}, oldest acceptable timestamp is: ${toTime(this.#oldestNs)}`;
      return this.#reject('greater_than_max_sample_age', 1, message);
    }
    if (timestampNs > this.#newestNs) {
      const message = () => `entry for stream '${stream()}' has timestamp too new: ${toTime(timestampNs)}`;
      return this.#reject('too_far_in_future', 1, message);
    }
    let taken = entry;
    const maxBytes = limits.max_line_size;
    if (exceeds(line, maxBytes)) {
      const message = () =>
        `max entry size '${maxBytes}' bytes exceeded for stream '${stream()}' while adding an entry with length '${utf8Length(line)}' bytes`;
      if (!limits.max_line_size_truncate) return this.#reject('line_too_long', 1, message);
      taken = { ...entry, line: cutToBytes(line, maxBytes) };
    }
    if (metadata.length === 0) return taken;
    const { max_structured_metadata_size: maxSize, max_structured_metadata_entries_count: maxCount } = limits;
    const size = maxSize > 0 ? metadataBytes(metadata) : 0;
    if (size > maxSize) {
      const message = () =>
        `stream '${stream()}' has structured metadata too large: '${size}' bytes, limit: '${maxSize}' bytes. Please see \`limits_config.max_structured_metadata_size\` or contact your Loki administrator to increase it`;
      return this.#reject('structured_metadata_too_large', 1, message);
    }
    if (maxCount > 0 && metadata.length > maxCount) {
      const message = () =>
        `stream '${stream()}' has too many structured metadata labels: '${metadata.length}', limit: '${maxCount}'. Please see \`limits_config.max_structured_metadata_entries_count\` or contact your Loki administrator to increase it`;
      return this.#reject('structured_metadata_too_many', 1, message);
    }
    return taken;
  }

  #reject(reason: Reason, items: number, message: () => string): undefined {
    const tally = this.#rejected.get(reason);
    if (tally === undefined) this.#rejected.set(reason, { items, example: message() });
    else tally.items += items;
  }
}

function exceeds(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most three bytes, so most texts need no counting.
  return maxBytes > 0 && text.length * 3 > maxBytes && utf8Length(text) > maxBytes;
}

function metadataBytes(metadata: Labels): number {
  let bytes = 0;
  for (const { name, value } of metadata) bytes += utf8Length(name) + utf8Length(value);
  return bytes;
}

/** The longest start of whole characters that fits. */
function cutToBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function toNs(ms: number): bigint {
  return BigInt(ms) * 1_000_000n;
}

/** As Go formats RFC 3339; what no clock shows is shown as a number. */
function toTime(ns: bigint): string {
  // Before 1970 as well, towards the past.
  const ms = Number(ns / 1_000_000n) - (ns % 1_000_000n < 0n ? 1 : 0);
  return Math.abs(ms) > 8.64e15
    ? `${ns}ns`
    : new Date(ms)
        .toISOString()
        .replace('.000Z', 'Z')
        .replace(/\.\d{3}Z$/, 'Z');
}
