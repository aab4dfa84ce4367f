/** The stub of one outbox. A new one for each call: a stub is broken after an exception. */
import type { Payload } from '../../core/delivery/destination.ts';
import type { Env } from '../env.ts';
import type {
  DeadLetterChoice,
  DeadLetterRequest,
  EnqueueRequest,
  EnqueueResult,
  HoldRequest,
  OutboxDetails,
  OutboxStatus,
  PurgeRequest,
  PurgeResult,
  ReplayResult,
  Versioned,
} from './messages.ts';
import { outboxName } from './name.ts';

export interface OutboxRpc {
  enqueue(request: EnqueueRequest): Promise<EnqueueResult>;
  addDeadLetter(request: DeadLetterRequest): Promise<void>;
  status(request: Versioned): Promise<OutboxStatus>;
  details(request: Versioned): Promise<OutboxDetails>;
  watch(request: Versioned): Promise<void>;
  hold(request: HoldRequest): Promise<void>;
  release(request: Versioned): Promise<void>;
  resume(request: Versioned): Promise<void>;
  purge(request: PurgeRequest): Promise<PurgeResult>;
  skip(request: Versioned): Promise<PurgeResult>;
  deadLetter(request: DeadLetterChoice): Promise<Payload | undefined>;
  replay(request: DeadLetterChoice): Promise<ReplayResult>;
  clearDeadLetters(request: Versioned): Promise<number>;
}

/** The platform's own stub type turns unions of plain data inside out; this one says the same in our words. */
export function outbox(env: Env, tenant: string, destination: string): OutboxRpc {
  return env.OUTBOX.get(env.OUTBOX.idFromName(outboxName(tenant, destination))) as unknown as OutboxRpc;
}
