/** What tests of outboxes share: one tenant's outbox of metrics, its alarm, and what a fake destination got. */
import { env, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import { snappyDecode, snappyEncode } from '../../core/codec/snappy.ts';
import { decodeWriteRequest, sampleValue } from '../../core/wire/remote-write/v1.ts';
import type { Env } from '../env.ts';
import { outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION, type OutboxDetails } from '../outbox/messages.ts';
import { outboxName } from '../outbox/name.ts';
import {
  createTenant,
  METRICS_DESTINATION,
  pushMetrics,
  type Received,
  takeCreatedTenants,
  upSample,
  writeRequest,
} from './gateway.ts';

export class OutboxSubject {
  readonly tenant: string;
  readonly token: string;

  private constructor(tenant: string, token: string) {
    this.tenant = tenant;
    this.token = token;
  }

  static async create(): Promise<OutboxSubject> {
    const { name, token } = await createTenant();
    return new OutboxSubject(name, token);
  }

  get stub() {
    return env.OUTBOX.get(env.OUTBOX.idFromName(outboxName(this.tenant, METRICS_DESTINATION)));
  }

  get rpc() {
    return outbox(env as unknown as Env, this.tenant, METRICS_DESTINATION);
  }

  /** A sample with this value; later ones need greater values. */
  push(value: number): Promise<Response> {
    return pushMetrics(this.token, snappyEncode(writeRequest([upSample(value)])));
  }

  details(): Promise<OutboxDetails> {
    return this.rpc.details({ v: OUTBOX_VERSION });
  }

  alarmAtMs(): Promise<number | null> {
    return runInDurableObject(this.stub, (_, state) => state.storage.getAlarm());
  }

  loseAlarm(): Promise<void> {
    return runInDurableObject(this.stub, (_, state) => state.storage.deleteAlarm());
  }

  runAlarm(): Promise<boolean> {
    return runDurableObjectAlarm(this.stub);
  }

  /** Tries now, and returns once nothing waits. */
  async drain(): Promise<OutboxDetails> {
    await this.rpc.resume({ v: OUTBOX_VERSION });
    return this.drained();
  }

  drained(): Promise<OutboxDetails> {
    return vi.waitFor(
      async () => {
        const details = await this.details();
        if (details.payloads > 0) throw new Error(`${details.payloads} payloads wait`);
        return details;
      },
      { timeout: 30_000 },
    );
  }
}

/** After a test: what waits on is sent by alarms in the tests that follow, and their destinations get it. */
export async function emptyOutboxes(): Promise<void> {
  for (const tenant of takeCreatedTenants()) {
    const found = outbox(env as unknown as Env, tenant, METRICS_DESTINATION);
    // One that a test broke sends nothing either.
    await found.purge({ v: OUTBOX_VERSION, enqueuedBeforeMs: Number.MAX_SAFE_INTEGER }).catch(() => undefined);
  }
}

export function sampleValues(received: readonly Received[]): number[] {
  return received.flatMap(({ body }) =>
    decodeWriteRequest(snappyDecode(body, 1_000_000)).series.flatMap(({ samples }) => samples.map(sampleValue)),
  );
}

export function answering(status: number, headers: Record<string, string> = {}): () => Response {
  return () => new Response(status === 204 ? null : 'because', { status, headers });
}

/** Answers when it is told to. Looks now and then: requests of different objects may not wait for one promise. */
export class Gate {
  isOpen = false;

  async pass(): Promise<void> {
    while (!this.isOpen) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
