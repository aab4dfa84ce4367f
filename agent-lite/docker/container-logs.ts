/**
 * The logs of the containers of one `loki.source.docker`: a tail for each, whose lines are collected into batches and
 * written together with the positions. A container that stopped keeps its position; one that the engine has removed does not.
 */
import type { Health } from '../../core/alloy/component.ts';
import type { LogStream, SourceMark } from '../../core/pipeline/signals.ts';
import type { LogsWriter } from '../context.ts';
import type { Clock } from '../runtime/clock.ts';
import { readMarks, writeUntilTaken } from '../tail/steady-writer.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Counter, Gauge } from '../telemetry/metrics.ts';
import { ContainerTail } from './container-tail.ts';
import { type Engine, EngineError } from './engine.ts';
import { LogPosition } from './log-position.ts';
import type { StreamLabels } from './waiting-lines.ts';

export interface ContainerLogsParts {
  readonly componentId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: LogsWriter;
  readonly engine: () => Engine;
  readonly entries: Counter;
  readonly parsingErrors: Counter;
  readonly droppedLines: Counter;
  readonly active: Gauge;
}

export interface WantedContainer {
  readonly id: string;
  readonly labels: StreamLabels;
}

/** Lines of one batch: what a Loki takes in one push without complaint. */
const MAX_BATCH_CHARACTERS = 1024 * 1024;
/** How long more lines are waited for once there is one: the sender waits longer for company anyway. */
const GATHER_MS = 50;
/** How often positions of containers that may be gone are looked at. */
const SWEEP_MS = 3_600_000;
/** A stopped container that is asked for no more: how long its last lines may take. */
const LEAVE_MS = 30_000;

export class ContainerLogs {
  readonly #parts: ContainerLogsParts;
  readonly #tails = new Map<string, ContainerTail>();
  readonly #running = new Set<Promise<void>>();
  readonly #room = { characters: 0 };
  #wanted: ReadonlyMap<string, WantedContainer> = new Map();
  /** Of earlier runs, and of containers that are not followed now. */
  #positions = new Map<string, readonly string[]>();
  #forgotten: string[] = [];
  #news = new AbortController();

  constructor(parts: ContainerLogsParts) {
    this.#parts = parts;
  }

  setContainers(containers: readonly WantedContainer[]): void {
    this.#wanted = new Map(containers.map((container) => [container.id, container]));
    for (const { id, labels } of containers) this.#tails.get(id)?.useLabels(labels);
    this.#news.abort();
  }

  /** Another engine, or other settings of its client. */
  reopen(): void {
    for (const tail of this.#tails.values()) tail.reopen();
  }

  get health(): Health {
    const tails = [...this.#tails.values()];
    const troubled = tails.filter(({ error }) => error?.isTrouble === true);
    const [first] = troubled;
    if (first === undefined) return { state: 'healthy', message: `${tails.length} containers` };
    const which = `container ${first.containerId.slice(0, 12)}: ${first.error?.text}`;
    return {
      state: 'unhealthy',
      message: `${troubled.length} of ${tails.length} containers cannot be read; ${which}`,
    };
  }

  debugInfo(): Readonly<Record<string, unknown>> {
    const containers = [...this.#tails.values()].map((tail) => ({
      id: tail.containerId,
      is_running: tail.isFollowing,
      last_error: tail.error?.text ?? '',
      read_up_to: tail.readUpToNs < 0n ? '' : new Date(Number(tail.readUpToNs / 1_000_000n)).toISOString(),
    }));
    return { containers };
  }

  async run(stop: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    this.#positions = new Map(await readMarks(this.#parts, stop));
    let sweepAtMs = clock.monotonicMs();
    while (!stop.aborted) {
      const news = new AbortController();
      this.#news = news;
      this.#follow(stop);
      if (clock.monotonicMs() >= sweepAtMs) {
        sweepAtMs = clock.monotonicMs() + SWEEP_MS;
        await this.#sweep(stop);
      }
      if (this.#hasNews) {
        await clock.sleep(GATHER_MS, stop);
        await this.#writeRound(stop);
      } else {
        await clock.sleep(sweepAtMs - clock.monotonicMs(), AbortSignal.any([stop, news.signal]));
      }
    }
    await Promise.all(this.#running);
    this.#tails.clear();
  }

  get #hasNews(): boolean {
    return this.#forgotten.length > 0 || [...this.#tails.values()].some(({ hasNews }) => hasNews);
  }

  #follow(stop: AbortSignal): void {
    for (const [id, tail] of this.#tails) {
      if (tail.hasEnded && !tail.hasNews) this.#remove(id, tail);
      else if (!this.#wanted.has(id) && !tail.isLeaving) void this.#leave(tail, stop);
    }
    for (const [id, { labels }] of this.#wanted) {
      const known = this.#tails.get(id);
      if (known === undefined) this.#start(id, labels, stop);
      else known.isLeaving = false;
    }
    this.#parts.active.set(this.#tails.size);
  }

  #start(id: string, labels: StreamLabels, stop: AbortSignal): void {
    const { clock, logger, engine, parsingErrors, droppedLines } = this.#parts;
    const tail = new ContainerTail({
      room: this.#room,
      containerId: id,
      clock,
      logger,
      engine,
      labels,
      position: LogPosition.earliest(this.#positions.get(id) ?? []) ?? LogPosition.atTheBeginning(),
      news: () => this.#news.abort(),
      parsingErrors,
      droppedLines,
    });
    this.#tails.set(id, tail);
    const running = tail.run(stop).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #remove(id: string, tail: ContainerTail): void {
    this.#tails.delete(id);
    if (!tail.isGone) return;
    if (this.#positions.delete(id)) this.#forgotten.push(id);
    // Discovery may name it for a while yet; it must not be begun again and again.
    this.#wanted = new Map([...this.#wanted].filter(([wanted]) => wanted !== id));
  }

  /** One that runs was taken out by the configuration; of one that stopped the last lines are still to come. */
  async #leave(tail: ContainerTail, stop: AbortSignal): Promise<void> {
    tail.isLeaving = true;
    const { engine, clock } = this.#parts;
    const path = `/containers/${encodeURIComponent(tail.containerId)}/json`;
    const found = await engine()
      .get(path, {}, stop)
      .catch(() => undefined);
    if (!tail.isLeaving) return;
    if ((found as { State?: { Running?: boolean } } | undefined)?.State?.Running === true) {
      tail.end();
      return;
    }
    if (!tail.isFollowing) tail.reopen();
    await clock.sleep(LEAVE_MS, stop);
    if (tail.isLeaving) tail.end();
  }

  async #writeRound(stop: AbortSignal): Promise<void> {
    const streams: LogStream[] = [];
    const positions = new Map<string, string>();
    const forgotten = this.#forgotten.splice(0);
    let characters = 0;
    for (const [id, tail] of this.#tails) {
      const collected = tail.collect();
      if (collected === undefined) continue;
      streams.push(...collected.streams);
      if (collected.position !== undefined) positions.set(id, collected.position);
      characters += collected.characters;
      if (characters < MAX_BATCH_CHARACTERS) continue;
      // Whoever comes last this time comes first next time.
      this.#tails.delete(id);
      this.#tails.set(id, tail);
      break;
    }
    const marks = [...forgotten.map((id) => [id, ''] as const), ...positions].map(([key, position]): SourceMark => {
      return { source: this.#parts.componentId, key, position };
    });
    if (!(await writeUntilTaken(this.#parts, { signal: 'logs', streams, marks }, stop))) return;
    for (const [id, position] of positions) this.#positions.set(id, [position]);
    for (const { entries } of streams) this.#parts.entries.add(entries.length);
  }

  /** Containers that were removed while nobody looked leave their positions behind. */
  async #sweep(stop: AbortSignal): Promise<void> {
    for (const id of [...this.#positions.keys()]) {
      if (stop.aborted || this.#tails.has(id) || this.#wanted.has(id)) continue;
      try {
        await this.#parts.engine().get(`/containers/${encodeURIComponent(id)}/json`, {}, stop);
      } catch (error) {
        if (!(error instanceof EngineError)) return;
        if (error.status === 404 && this.#positions.delete(id)) this.#forgotten.push(id);
      }
    }
  }
}
