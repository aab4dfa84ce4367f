/**
 * Remote write 2.0 to receivers that turn out to take 1.0 only: the payload goes out again as 1.0 at once, and the choice
 * is remembered for a while, because each request that is refused first costs twice. Counts and order are kept.
 */
import { snappyDecode, snappyDecodedLength, snappyEncode } from '../codec/snappy.ts';
import { stripExtensions } from '../wire/remote-write/extensions.ts';
import { REMOTE_WRITE_CONTENT_TYPE } from '../wire/remote-write/v1.ts';
import { decodeRemoteWrite2, isRemoteWrite2, type MetricCounts } from '../wire/remote-write/v2.ts';
import type { Payload } from './destination.ts';
import type { Judgement, Verdict } from './verdict.ts';

/** The same samples, exemplars and metadata as 1.0. Start timestamps are lost: 1.0 has no place for them. */
export function toRemoteWrite1(payload: Payload): Payload {
  if (!isRemoteWrite2(payload.contentType)) return payload;
  const { body } = payload;
  // The bytes are our own, so what the symbols expand to was in memory before.
  const decoded = decodeRemoteWrite2(snappyDecode(body, snappyDecodedLength(body)), Number.POSITIVE_INFINITY);
  const plain = snappyEncode(stripExtensions(decoded.body));
  return { ...payload, contentType: REMOTE_WRITE_CONTENT_TYPE, body: plain };
}

/** Then 2.0 is tried again: the receiver may have been upgraded. */
export const fallbackLastsMs = 60 * 60 * 1000;
const MAX_REMEMBERED = 1000;

/** Never further ahead than it was set: the clock may have jumped back. */
export function fallbackLasts(untilMs: number, nowMs: number): boolean {
  return nowMs < untilMs && untilMs - nowMs <= fallbackLastsMs;
}

/** Which receivers take 1.0 only, by their URL. */
export interface FallbackStore {
  has(url: string, nowMs: number): boolean;
  remember(url: string, nowMs: number): void;
}

/** Until the process ends. Forgets the oldest where there are too many. */
export class FallbackMemory implements FallbackStore {
  readonly #until = new Map<string, number>();

  has(url: string, nowMs: number): boolean {
    const until = this.#until.get(url);
    if (until === undefined) return false;
    if (fallbackLasts(until, nowMs)) return true;
    this.#until.delete(url);
    return false;
  }

  remember(url: string, nowMs: number): void {
    this.#until.delete(url);
    if (this.#until.size >= MAX_REMEMBERED) this.#until.delete(this.#until.keys().next().value as string);
    this.#until.set(url, nowMs + fallbackLastsMs);
  }
}

/** Sends once, as 2.0 or as 1.0; and once more as 1.0 where 2.0 turned out to be too new. */
export async function sendWithFallback(
  memory: FallbackStore,
  url: string,
  payload: Payload,
  nowMs: number,
  send: (payload: Payload) => Promise<Judgement>,
): Promise<Verdict> {
  const remembered = isRemoteWrite2(payload.contentType) && memory.has(url, nowMs);
  const first = await send(remembered ? toRemoteWrite1(payload) : payload);
  if (first.kind !== 'fallback') return first;
  memory.remember(url, nowMs);
  const second = await send(toRemoteWrite1(payload));
  if (second.kind === 'delivered') return { kind: 'delivered', note: 'fell_back' };
  if (second.kind !== 'fallback') return second;
  return { ...second, kind: 'reject' };
}

const HEADERS = ['Samples', 'Histograms', 'Exemplars'] as const;

/** `X-Prometheus-Remote-Write-Samples-Written` and its siblings. */
export function writtenHeaders({ samples, histograms, exemplars }: MetricCounts): Record<string, string> {
  const counts = { Samples: samples, Histograms: histograms, Exemplars: exemplars };
  return Object.fromEntries(HEADERS.map((name) => [headerName(name), String(counts[name])]));
}

/** Of an answer; undefined where it has none of the headers. One that is missing beside others means 0. */
export function writtenCounts(header: (name: string) => string | null | undefined): MetricCounts | undefined {
  const [samples, histograms, exemplars] = HEADERS.map((name) => header(headerName(name)) ?? undefined);
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return { samples: toCount(samples), histograms: toCount(histograms), exemplars: toCount(exemplars) };
}

function headerName(name: (typeof HEADERS)[number]): string {
  return `X-Prometheus-Remote-Write-${name}-Written`;
}

function toCount(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
}
