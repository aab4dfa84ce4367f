/**
 * All senders of the agent by destination id. They outlive reloads: a destination that stays keeps its spool, its
 * counters and its place; one that is gone is stopped, and what it had not sent stays on the disk for its return.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Health } from '../../core/alloy/component.ts';
import { leastHealthy } from '../../core/alloy/health.ts';
import type { Payload } from '../../core/delivery/destination.ts';
import { FallbackMemory } from '../../core/delivery/fallback.ts';
import { payloadSplitter } from '../../core/delivery/split.ts';
import type { Verdict } from '../../core/delivery/verdict.ts';
import { decodeBatchResponse } from '../../core/wire/spillway-batch.ts';
import type { Clock } from '../runtime/clock.ts';
import { readAgentId } from '../spool/agent-id.ts';
import type { SpoolFileSystem } from '../spool/file-system.ts';
import { Spool } from '../spool/spool.ts';
import { spoolDefaults } from '../spool/spool-types.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/metrics.ts';
import { BatchQueue } from './batch-queue.ts';
import { DeliveryMetrics } from './delivery-metrics.ts';
import type { DestinationAgents } from './destination-agents.ts';
import { Drain } from './drain.ts';
import { escapeFolderName, type HostDestination, spoolBounds, spoolFolderName } from './host-destination.ts';
import { Sender } from './sender.ts';
import { sendPayload, type Transport } from './transport.ts';

export interface SendersParts {
  readonly storagePath: string;
  readonly fs: SpoolFileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly agents: DestinationAgents;
  readonly userAgent: string;
}

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);
const gzipFunctions = {
  compress: (bytes: Uint8Array): Promise<Uint8Array> => gzipAsync(bytes),
  decompress: (bytes: Uint8Array): Promise<Uint8Array> => gunzipAsync(bytes),
};

/** Bodies in one batch message. A gateway takes 100 MB; a slow link should not have to repeat more than this. */
const MAX_BATCH_BYTES = 1024 * 1024;

export class Senders {
  readonly #parts: SendersParts;
  readonly #transport: Transport;
  readonly #senders = new Map<string, Sender>();
  /** A source that is being stopped may still write; it must not open a spool again that its sender is closing. */
  readonly #gone = new Set<string>();

  constructor(parts: SendersParts) {
    this.#parts = parts;
    this.#transport = {
      agents: parts.agents,
      userAgent: parts.userAgent,
      nowMs: parts.clock.nowMs,
      fallbacks: new FallbackMemory(),
    };
  }

  /** The sender of a destination, made when first asked for. Throws where a load took the destination out. */
  get(destination: HostDestination): Sender {
    if (this.#gone.has(destination.id)) throw new Error(`${destination.id} is no longer part of the configuration`);
    const known = this.#senders.get(destination.id);
    if (known !== undefined) return known;
    const sender = this.#create(destination);
    this.#senders.set(destination.id, sender);
    sender.start();
    return sender;
  }

  /** After a load: exactly these destinations are in use, with these settings. */
  async use(destinations: readonly HostDestination[]): Promise<void> {
    const wanted = new Map(destinations.map((destination) => [destination.id, destination]));
    const gone = [...this.#senders].filter(([id]) => !wanted.has(id));
    for (const [id] of gone) {
      this.#senders.delete(id);
      this.#gone.add(id);
    }
    for (const id of wanted.keys()) this.#gone.delete(id);
    for (const destination of wanted.values()) this.get(destination).update(destination);
    await Promise.allSettled(gone.map(([, sender]) => sender.stop()));
    this.#parts.agents.keep(destinations);
    for (const [id] of gone) this.#parts.telemetry.forget(id);
  }

  /** Of all destinations of a component; undefined: there is nothing to say. */
  health(componentId: string): Health | undefined {
    const healths = this.#of(componentId).flatMap((sender) => sender.health ?? []);
    return healths.length === 0 ? undefined : leastHealthy(...healths);
  }

  /** For the component's page. */
  debugInfo(componentId: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#of(componentId).map((sender) => sender.debugInfo());
  }

  #of(componentId: string): Sender[] {
    return [...this.#senders.values()].filter(({ destination }) => destination.componentId === componentId);
  }

  async stop(): Promise<void> {
    const senders = [...this.#senders.values()];
    this.#senders.clear();
    await Promise.allSettled(senders.map((sender) => sender.stop()));
  }

  #create(destination: HostDestination): Sender {
    const { clock, telemetry } = this.#parts;
    const logger = this.#parts.logger.with({ component_id: destination.componentId, destination: destination.id });
    const metrics = new DeliveryMetrics(telemetry, destination, logger);
    const openSpool = () => this.#openSpool(destination, metrics);
    const openDrain = (spool: Spool) => this.#openDrain(destination, spool, logger, metrics);
    return new Sender(destination, { clock, logger, metrics, openSpool, openDrain, gzip: gzipFunctions.compress });
  }

  #folder(destination: HostDestination): string {
    const { storagePath } = this.#parts;
    return join(storagePath, escapeFolderName(destination.componentId), spoolFolderName(destination));
  }

  async #openSpool(destination: HostDestination, metrics: DeliveryMetrics): Promise<Spool> {
    const { fs, clock, telemetry } = this.#parts;
    const { syncIntervalMs = spoolDefaults.syncIntervalMs } = destination;
    const folder = this.#folder(destination);
    const options = { ...spoolDefaults, ...spoolBounds(destination), syncIntervalMs, folder };
    const platform = {
      fs,
      nowMs: clock.nowMs,
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs: number, run: () => void) => void clock.sleep(delayMs).then(run),
      randomSalt: () => randomBytes(4).readUInt32LE(),
    };
    const spool = await Spool.open(options, platform, metrics);
    exposeSpool(telemetry, destination.id, spool, clock, () => fs.freeBytes(options.folder));
    return spool;
  }

  async #openDrain(
    destination: HostDestination,
    spool: Spool,
    logger: Logger,
    metrics: DeliveryMetrics,
  ): Promise<Drain> {
    const { clock, telemetry } = this.#parts;
    const shared = { clock, random: () => randomInt(2 ** 32) / 2 ** 32, logger, metrics };
    let drain: Drain;
    if (destination.protocol === 'spillway_batch') {
      const agentId = await readAgentId(this.#parts.fs, this.#folder(destination), randomUUID);
      const queue = new BatchQueue(spool, agentId, MAX_BATCH_BYTES, clock.nowMs);
      const send: SendTo = (to, payload, attempt, signal) => this.#sendBatch(queue, to, payload, attempt, signal);
      drain = new Drain(destination, { ...shared, queue, send, split: () => [] });
    } else {
      const send: SendTo = async (to, payload, attempt, signal) =>
        (await sendPayload(this.#transport, to, payload, attempt, signal)).verdict;
      drain = new Drain(destination, { ...shared, queue: spool, send, split: payloadSplitter(gzipFunctions) });
    }
    const help = '1 while the destination is paused because its settings seem wrong.';
    const paused = () => (drain.state.paused === undefined ? 0 : 1);
    telemetry.observe(
      'spillway_agent_destination_paused',
      help,
      'gauge',
      paused,
      { destination: destination.id },
      destination.id,
    );
    return drain;
  }

  async #sendBatch(
    queue: BatchQueue,
    destination: HostDestination,
    payload: Payload,
    attempt: number,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { verdict, answer } = await sendPayload(this.#transport, destination, payload, attempt, signal);
    if (verdict.kind === 'delivered' && answer !== undefined && answer.body.length > 0) {
      queue.answered(decodeBatchResponse(answer.body));
    }
    if (verdict.kind !== 'split') return verdict;
    // Parts of one message would share its idempotency key, so a smaller message is formed instead.
    return queue.shrink() ? { ...verdict, kind: 'retry' } : { ...verdict, kind: 'reject' };
  }
}

type SendTo = (
  destination: HostDestination,
  payload: Payload,
  attempt: number,
  signal: AbortSignal,
) => Promise<Verdict>;

function exposeSpool(
  telemetry: Telemetry,
  destination: string,
  spool: Spool,
  clock: Clock,
  freeBytes: () => number,
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    telemetry.observe(`spillway_agent_spool_${name}`, help, 'gauge', read, { destination }, destination);
  gauge('free_bytes', 'Bytes left on the disk of the spool.', () => unlessThrown(freeBytes));
  gauge('payloads', 'Payloads that wait on the spool.', () => spool.depth().payloads);
  gauge('bytes', 'Bytes of payloads that wait on the spool.', () => spool.depth().bytes);
  gauge('items', 'Samples, lines, spans and profiles that wait on the spool.', () => spool.depth().items);
  gauge('oldest_age_seconds', 'Age of the oldest payload on the spool.', () => {
    const { oldestAtMs } = spool.depth();
    return oldestAtMs === undefined ? 0 : Math.max(clock.nowMs() - oldestAtMs, 0) / 1000;
  });
}

/** A folder that is gone must not take the whole page of metrics with it. */
function unlessThrown(read: () => number): number {
  try {
    return read();
  } catch {
    return Number.NaN;
  }
}
