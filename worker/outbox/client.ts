/** The stub of one outbox. A new one for each call: a stub is broken after an exception. */
import type { Env } from '../env.ts';
import type { DeadLetterRequest, EnqueueRequest, EnqueueResult, OutboxDetails, OutboxStatus } from './messages.ts';
import { outboxName } from './name.ts';

type Versioned = { readonly v: number };

export interface OutboxRpc {
  enqueue(request: EnqueueRequest): Promise<EnqueueResult>;
  addDeadLetter(request: DeadLetterRequest): Promise<void>;
  status(request: Versioned): Promise<OutboxStatus>;
  details(request: Versioned): Promise<OutboxDetails>;
  resume(request: Versioned): Promise<void>;
  watch(request: Versioned): Promise<void>;
}

/** The platform's own stub type turns unions of plain data inside out; this one says the same in our words. */
export function outbox(env: Env, tenant: string, destination: string): OutboxRpc {
  return env.OUTBOX.get(env.OUTBOX.idFromName(outboxName(tenant, destination))) as unknown as OutboxRpc;
}
