/**
 * Scrapes one target at its interval. Each target starts at an offset of its own, so that many do not meet, and keeps to
 * its times whatever a scrape takes. When it is removed its series end with staleness markers, as Prometheus writes them.
 */
import { OutcomeError } from '../../core/outcome.ts';
import type { MetricsBatch } from '../../core/pipeline/signals.ts';
import { ExpositionError } from '../../core/wire/exposition/exposition.ts';
import { WriteRequestBuilder } from '../../core/wire/remote-write/v1.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HttpAgents } from '../runtime/http-request.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Families } from './families.ts';
import { type Exposition, type FetchSettings, fetchExposition } from './fetch.ts';
import { Reporter } from './report.ts';
import { readSamples, type SampleCounts, type SampleSettings } from './samples.ts';
import { ScrapeError } from './scrape-error.ts';
import { SeriesCache } from './series-cache.ts';
import type { ScrapeTarget } from './target.ts';

export interface ScrapeSettings extends FetchSettings, SampleSettings {
  readonly intervalMs: number;
  readonly extraMetrics: boolean;
}

export interface ScrapeParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly agents: HttpAgents;
  readonly settings: () => ScrapeSettings;
  /** The exposition of an exporter in this process; undefined where the target is elsewhere. */
  readonly inProcess: (target: ScrapeTarget) => (() => Promise<Uint8Array> | Uint8Array) | undefined;
  readonly write: (batch: MetricsBatch) => Promise<void>;
  /** How often metadata is wanted; 0: with each scrape, undefined: never. */
  readonly metadataIntervalMs: () => number | undefined;
}

/** Timers fire a little late; within this a scrape is stamped with the time it was due (prometheus, scrape.go). */
const TIMESTAMP_TOLERANCE_MS = 2;
const NO_SAMPLES: SampleCounts = { scraped: 0, added: 0, newSeries: 0 };

export interface ScrapeState {
  readonly lastScrapeAtMs: number;
  readonly durationMs: number;
  readonly samples: number;
  readonly error: string;
}

export class ScrapeLoop {
  readonly target: ScrapeTarget;
  readonly #parts: ScrapeParts;
  readonly #cache = new SeriesCache();
  readonly #families = new Families();
  readonly #reporter: Reporter;
  /** Small on purpose: it keeps its memory, and there is one for each target. */
  readonly #out = new WriteRequestBuilder(1024);
  readonly #removed = new AbortController();
  #scrapedOnce = false;
  /** When metadata was last sent: that of the target, and that of what a scrape adds about itself. */
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #reportToldAtMs = Number.NEGATIVE_INFINITY;
  #extended = false;
  #state: ScrapeState | undefined;

  constructor(target: ScrapeTarget, parts: ScrapeParts) {
    this.target = target;
    this.#parts = parts;
    this.#reporter = new Reporter(target.labels);
  }

  get state(): ScrapeState | undefined {
    return this.#state;
  }

  /** The target is gone from the configuration or from discovery. */
  remove(): void {
    this.#removed.abort();
  }

  /** Until the target is removed or `stop` aborts. `isBack` tells whether a removed target has come back meanwhile. */
  async run(stop: AbortSignal, isBack: () => boolean): Promise<void> {
    const { clock, settings } = this.#parts;
    const ended = AbortSignal.any([stop, this.#removed.signal]);
    let dueMs = firstDue(this.target.key, settings().intervalMs, clock.nowMs());
    await clock.sleep(dueMs - clock.nowMs(), ended);
    while (!ended.aborted) {
      await this.#scrape(dueMs, ended);
      dueMs = nextDue(dueMs, settings().intervalMs, clock.nowMs());
      await clock.sleep(dueMs - clock.nowMs(), ended);
    }
    if (!stop.aborted) await this.#end(dueMs, stop, isBack);
  }

  async #scrape(dueMs: number, signal: AbortSignal): Promise<void> {
    const { clock, settings: current, logger } = this.#parts;
    const settings = current();
    const startMs = clock.nowMs();
    const timestampMs = Math.abs(startMs - dueMs) <= TIMESTAMP_TOLERANCE_MS ? dueMs : startMs;
    const started = clock.monotonicMs();
    let counts = NO_SAMPLES;
    let bodyBytes = 0;
    let error: Error | undefined;
    try {
      const exposition = await this.#expose(settings, signal);
      bodyBytes = exposition.body.length;
      counts = this.#read(exposition, timestampMs, settings);
    } catch (failure) {
      if (signal.aborted) return;
      error = failure as Error;
      this.#out.take();
      this.#cache.fail((series) => this.#out.addStaleSample(series.block, timestampMs));
    }
    const durationMs = clock.monotonicMs() - started;
    const report = { ...counts, up: error === undefined, durationSeconds: durationMs / 1000, bodyBytes };
    const limits = { timeoutSeconds: settings.timeoutMs / 1000, sampleLimit: settings.sampleLimit };
    // Not as that of the target: whether a target that never answers is up has a meaning too.
    const withMetadata = this.#owesMetadata(this.#reportToldAtMs, timestampMs, settings);
    const form = { extraMetrics: settings.extraMetrics, withMetadata };
    this.#reporter.write({ ...report, ...limits }, form, timestampMs, this.#out);
    if (withMetadata) {
      this.#extended = true;
      this.#reportToldAtMs = timestampMs;
    }
    this.#scrapedOnce = true;
    this.#note(error, timestampMs, durationMs, counts.scraped, logger);
    this.#send();
  }

  async #expose(settings: ScrapeSettings, signal: AbortSignal): Promise<Exposition> {
    const collect = this.#parts.inProcess(this.target);
    if (collect === undefined) return fetchExposition(this.target, settings, this.#parts.agents, signal);
    const body = await collect();
    if (settings.bodySizeLimit > 0 && body.length > settings.bodySizeLimit)
      throw new ScrapeError('body size limit exceeded');
    return { body, format: 'text' };
  }

  #read(exposition: Exposition, timestampMs: number, settings: ScrapeSettings): SampleCounts {
    const families = this.#owesMetadata(this.#toldAtMs, timestampMs, settings) ? this.#families : undefined;
    this.#cache.begin();
    families?.begin();
    const parts = { target: this.target.labels, timestampMs, settings, cache: this.#cache, families, out: this.#out };
    const counts = readSamples(exposition, parts);
    this.#cache.commit((series) => this.#out.addStaleSample(series.block, timestampMs));
    if (families === undefined) return counts;
    families.commit();
    this.#extended = true;
    this.#toldAtMs = timestampMs;
    return counts;
  }

  /** An interval ends with the scrape that is nearest to it. */
  #owesMetadata(toldAtMs: number, timestampMs: number, { intervalMs }: ScrapeSettings): boolean {
    const wantedEveryMs = this.#parts.metadataIntervalMs();
    return wantedEveryMs !== undefined && timestampMs - toldAtMs >= wantedEveryMs - intervalMs / 2;
  }

  #note(error: Error | undefined, atMs: number, durationMs: number, samples: number, logger: Logger): void {
    const before = this.#state?.error ?? '';
    this.#state = { lastScrapeAtMs: atMs, durationMs, samples, error: error === undefined ? '' : describe(error) };
    const fields = { target: this.target.url };
    if (this.#state.error !== '' && before === '') logger.warn('scrape failed', { ...fields, err: this.#state.error });
    else if (this.#state.error === '' && before !== '') logger.info('scrape succeeds again', fields);
  }

  /**
   * Prometheus waits until two more scrapes would have been done, because a target often comes back at once under a new
   * discovery, and then ends the series at the time of the first of them (scrape.go, endOfRunStaleness).
   */
  async #end(staleMs: number, stop: AbortSignal, isBack: () => boolean): Promise<void> {
    const { clock, settings } = this.#parts;
    if (!this.#scrapedOnce) return;
    const { intervalMs } = settings();
    await clock.sleep(staleMs + intervalMs * 1.1 - clock.nowMs(), stop);
    if (stop.aborted || isBack()) return;
    this.#cache.fail((series) => this.#out.addStaleSample(series.block, staleMs));
    this.#reporter.writeStale(staleMs, this.#out);
    this.#send();
  }

  /** Not waited for: a slow disk must not move the times of scrapes, and the sender is bounded. */
  #send(): void {
    const { series, samples } = this.#out;
    if (samples === 0) return;
    const extended = this.#extended ? { extended: true } : {};
    const batch: MetricsBatch = { signal: 'metrics', series, samples, body: this.#out.take(), ...extended };
    this.#extended = false;
    this.#parts.write(batch).catch((error: unknown) => {
      this.#parts.logger.debug('samples were not written', { target: this.target.url, err: String(error) });
    });
  }
}

function describe(error: Error): string {
  if (error instanceof ExpositionError || error instanceof ScrapeError || error instanceof OutcomeError) {
    return error.message;
  }
  const cause = error instanceof AggregateError ? error.errors[0] : error;
  return `Get failed: ${cause instanceof Error ? cause.message : String(cause)}`;
}

/** The first time at or after `nowMs` that is the target's own offset into the interval. */
export function firstDue(key: string, intervalMs: number, nowMs: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  const offset = (hash >>> 0) % intervalMs;
  const base = nowMs - (nowMs % intervalMs) + offset;
  return base >= nowMs ? base : base + intervalMs;
}

/** Keeps to the rhythm; scrapes that were missed are not made up for, and a clock that jumped starts it anew. */
export function nextDue(dueMs: number, intervalMs: number, nowMs: number): number {
  const next = dueMs + intervalMs;
  if (next >= nowMs && next <= nowMs + intervalMs) return next;
  const missed = Math.ceil((nowMs - dueMs) / intervalMs);
  const later = dueMs + missed * intervalMs;
  return later > nowMs && later <= nowMs + intervalMs ? later : nowMs + intervalMs;
}
