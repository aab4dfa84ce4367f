/**
 * Follows the log of one container through its restarts and those of the engine. Lines wait here until they are collected;
 * while too many wait nothing is read, and the engine's files are the buffer.
 */
import type { LogStream } from '../../core/pipeline/signals.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Counter } from '../telemetry/metrics.ts';
import { type Engine, EngineError } from './engine.ts';
import { type LogLine, LogMessages, LogStreamError, type LogStreamName } from './log-messages.ts';
import type { LogPosition, LogSkipper } from './log-position.ts';
import { type SharedRoom, type StreamLabels, WaitingLines } from './waiting-lines.ts';

export interface TailParts {
  readonly room: SharedRoom;
  readonly containerId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: () => Engine;
  readonly labels: StreamLabels;
  readonly position: LogPosition;
  /** There are lines to collect, or the tail has ended. */
  readonly news: () => void;
  readonly parsingErrors: Counter;
  readonly droppedLines: Counter;
}

export interface Collected {
  readonly streams: readonly LogStream[];
  /** undefined where no line had a time. */
  readonly position: string | undefined;
  readonly characters: number;
}

interface ContainerState {
  readonly isTerminal: boolean;
  readonly isRunning: boolean;
  /** Another text: it was started anew. */
  readonly startedAt: string;
}

/** How often a container that does not run is looked at, as in Alloy. */
const LOOK_MS = 5000;
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

export class ContainerTail {
  readonly #parts: TailParts;
  readonly #stop = new AbortController();
  #labels: StreamLabels;
  #reopen = new AbortController();
  readonly #waiting: WaitingLines;
  #hasNews = false;
  #collected: () => void = () => undefined;
  /** The last reading came to the end of the log of this start, and found nothing new. */
  #finishedStart: string | undefined;
  /** Nobody asks for this container any more: it ends with its log. */
  isLeaving = false;
  /** The engine does not know the container. */
  isGone = false;
  hasEnded = false;
  error: { readonly text: string; readonly isTrouble: boolean } | undefined;
  isFollowing = false;

  constructor(parts: TailParts) {
    this.#parts = parts;
    this.#labels = parts.labels;
    this.#waiting = new WaitingLines(parts.room);
  }

  get containerId(): string {
    return this.#parts.containerId;
  }

  get readUpToNs(): bigint {
    return this.#parts.position.highNs;
  }

  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** For lines that were not collected yet. */
  useLabels(labels: StreamLabels): void {
    this.#labels = labels;
  }

  /** Asks the engine anew: it is another one, or there is a reason not to wait. */
  reopen(): void {
    this.#reopen.abort();
  }

  end(): void {
    this.#stop.abort();
  }

  async run(stop: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const signal = AbortSignal.any([stop, this.#stop.signal]);
    let backoffMs = MIN_BACKOFF_MS;
    while (!signal.aborted) {
      const reopen = new AbortController();
      this.#reopen = reopen;
      const either = AbortSignal.any([signal, reopen.signal]);
      let waitMs = LOOK_MS;
      try {
        const isOver = await this.#read(either);
        this.error = undefined;
        backoffMs = MIN_BACKOFF_MS;
        if (isOver || (this.isLeaving && !this.#hasNews)) break;
      } catch (error) {
        if (either.aborted) continue;
        this.#note(error as Error);
        if (this.isLeaving) break;
        waitMs = backoffMs;
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      }
      await clock.sleep(waitMs, either);
    }
    this.hasEnded = true;
    this.#parts.news();
  }

  /** What waits, and the position behind it. It is the caller's from now on. */
  collect(): Collected | undefined {
    if (!this.#hasNews) return undefined;
    const { position, droppedLines } = this.#parts;
    const { streams, characters, dropped } = this.#waiting.collect(this.#labels);
    droppedLines.add(dropped);
    this.#hasNews = false;
    this.#collected();
    return { streams, position: position.text, characters };
  }

  /** One look at the container and, if there is reason to, at its log. True: there is nothing more to come, ever. */
  async #read(signal: AbortSignal): Promise<boolean> {
    let state: ContainerState;
    try {
      state = await this.#inspect(signal);
    } catch (error) {
      if (!(error instanceof EngineError) || error.status !== 404) throw error;
      this.isGone = true;
      return true;
    }
    if (!state.isRunning && state.startedAt === this.#finishedStart) return false;
    const taken = await this.#follow(state.isTerminal, signal);
    // An engine that shuts down ends the stream as a container does; so its end counts once there was nothing more.
    this.#finishedStart = taken === 0 ? state.startedAt : undefined;
    return false;
  }

  async #inspect(signal: AbortSignal): Promise<ContainerState> {
    const { engine, containerId } = this.#parts;
    const found = (await engine().get(`/containers/${encodeURIComponent(containerId)}/json`, {}, signal)) as {
      readonly Config?: { readonly Tty?: boolean };
      readonly State?: { readonly Running?: boolean; readonly StartedAt?: string };
    };
    return {
      isTerminal: found.Config?.Tty === true,
      isRunning: found.State?.Running === true,
      startedAt: found.State?.StartedAt ?? '',
    };
  }

  /** Returns how many lines were new when the stream ended. */
  async #follow(isTerminal: boolean, signal: AbortSignal): Promise<number> {
    const { engine, containerId, position } = this.#parts;
    const skipper = position.skipper();
    let taken = 0;
    const messages = new LogMessages(isTerminal, {
      begin: (stream, timestampNs, isAlone) => this.#begin(skipper, stream, timestampNs, isAlone),
      line: (line) => {
        taken++;
        this.#take(line);
      },
    });
    const response = await engine().logs({ containerId, since: position.since }, signal);
    this.isFollowing = true;
    this.error = undefined;
    try {
      for await (const chunk of response) {
        messages.add(chunk as Buffer);
        await this.#room(signal);
        // What is read after that would be read again by whoever comes next.
        signal.throwIfAborted();
      }
    } catch (error) {
      if (signal.aborted || error instanceof LogStreamError) throw error;
      throw new Error(`the engine broke off the stream of the log: ${(error as Error).message}`);
    } finally {
      this.isFollowing = false;
      response.destroy();
    }
    return taken;
  }

  #begin(
    skipper: LogSkipper | undefined,
    stream: LogStreamName,
    timestampNs: bigint | undefined,
    isAlone: boolean,
  ): boolean {
    const { position } = this.#parts;
    if (skipper?.isKnown(stream, timestampNs) === true) return false;
    if (skipper?.anchorIsGone === true) {
      skipper.anchorIsGone = false;
      position.forget();
    }
    position.begin(timestampNs, isAlone);
    return true;
  }

  #take({ stream, timestampNs, text }: LogLine): void {
    const { position, parsingErrors, clock, news } = this.#parts;
    position.take(stream, timestampNs);
    if (timestampNs === undefined) parsingErrors.add(1);
    // An empty line still moves the position.
    if (text !== '') {
      const atNs = timestampNs ?? BigInt(clock.nowMs()) * 1_000_000n;
      this.#waiting.add(stream, { timestampNs: atNs, line: text, metadata: [] });
    }
    this.#hasNews = true;
    news();
  }

  async #room(signal: AbortSignal): Promise<void> {
    while (this.#waiting.isFull && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.#collected = done;
        signal.addEventListener('abort', done, { once: true });
      });
    }
  }

  #note(error: Error): void {
    // 501: the logging driver of the container keeps nothing that could be read, and whoever chose it knows.
    const isTrouble = !(error instanceof EngineError && error.status === 501);
    if (this.error?.text !== error.message) {
      this.#parts.logger.warn('the log of a container cannot be read', {
        container: this.containerId,
        err: error.message,
      });
    }
    this.error = { text: error.message, isTrouble };
  }
}
