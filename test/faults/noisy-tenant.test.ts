/** F21: one tenant at fifty times its rate, beside others that keep to theirs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { checkOutboxLedger } from '../support/ledger.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { push } from '../support/remote-write-client.ts';
import { FULL_RUN, points } from './fault-runs.ts';

const RATE = 100;
const LIMITS = { metrics: { ingestion_rate: RATE, ingestion_burst_size: RATE } };
const OTHERS = 20;
const SECONDS = points(4, 30);

let store: FakeDestination;
let gateway: TestGateway;

beforeAll(async () => {
  store = await FakeDestination.start();
  gateway = await TestGateway.start();
});

afterAll(async () => {
  await gateway?.stop();
  await store?.close();
});

interface Pushed {
  readonly statuses: number[];
  readonly latenciesMs: number[];
  taken: number;
  withoutRetryAfter: number;
  seconds: number;
}

const nothingPushed = (): Pushed => ({ statuses: [], latenciesMs: [], taken: 0, withoutRetryAfter: 0, seconds: 0 });

/** Pushes of so many samples, so many times a second, whatever comes back; what could not be sent in time is made up for. */
async function pushAt(token: string, name: string, samples: number, perSecond: number): Promise<Pushed> {
  const pushed = nothingPushed();
  const startMs = Date.now();
  const under: Promise<void>[] = [];
  for (let i = 0; i < SECONDS * perSecond; i++) {
    const waitMs = startMs + (i * 1000) / perSecond - Date.now();
    if (waitMs > 0) await sleep(waitMs);
    under.push(pushOnce(token, name, samples, i, pushed));
  }
  await Promise.all(under);
  pushed.seconds = (Date.now() - startMs) / 1000;
  return pushed;
}

/** As often at most, one after the other: nowhere on the way do pushes gather that are too many together. */
async function pushQuietly(token: string, name: string, samples: number, perSecond: number): Promise<Pushed> {
  const pushed = nothingPushed();
  for (let i = 0; i < SECONDS * perSecond; i++) {
    await pushOnce(token, name, samples, i, pushed);
    await sleep(1000 / perSecond);
  }
  return pushed;
}

async function pushOnce(token: string, name: string, samples: number, turn: number, pushed: Pushed): Promise<void> {
  const timestampMs = Date.now() - 60_000 + turn;
  const body = Array.from({ length: samples }, (_, i) => ({
    labels: { __name__: name, i: `${i}` },
    value: 1,
    timestampMs,
  }));
  const sentMs = performance.now();
  const response = await push(gateway.url, token, body);
  await response.arrayBuffer();
  pushed.latenciesMs.push(performance.now() - sentMs);
  pushed.statuses.push(response.status);
  if (response.ok) pushed.taken += samples;
  else if (response.headers.get('retry-after') === null) pushed.withoutRetryAfter++;
}

const p99 = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;

it('F21: a tenant at fifty times its rate is held to it, and no push of twenty others is refused', async () => {
  const tokenOf = (tenant: string) =>
    gateway.createTenant(tenant, forwardPipeline(store.url), ['metrics:write'], LIMITS);
  const noisyToken = await tokenOf('noisy');
  const tokens = await Promise.all(Array.from({ length: OTHERS }, (_, i) => tokenOf(`quiet-${i}`)));
  const quietly = () => Promise.all(tokens.map((token, i) => pushQuietly(token, `quiet_${i}`, RATE / 4, 2)));
  const before = FULL_RUN ? await quietly() : [];
  const [noisy, quiet] = await Promise.all([pushAt(noisyToken, 'noisy', RATE, 50), quietly()]);

  expectNoErrors(quiet);
  expectHeldTo(noisy);
  for (const outbox of await gateway.outboxDetails('noisy')) checkOutboxLedger(outbox);
  if (FULL_RUN) {
    const [alone, beside] = [before, quiet].map((all) => p99(all.flatMap(({ latenciesMs }) => latenciesMs)));
    console.log(`F21: p99 of the others ${alone?.toFixed(1)} ms alone, ${beside?.toFixed(1)} ms beside the noisy one`);
  }
});

it('F21: a token at fifty times its own rate is held to it, and no push of twenty others of its tenant is refused', async () => {
  const far = { metrics: { ingestion_rate: RATE * OTHERS, ingestion_burst_size: RATE * OTHERS } };
  const tenant = 'one-tenant';
  await gateway.createTenant(tenant, forwardPipeline(store.url), ['metrics:write'], far);
  const tokenOf = async (name: string): Promise<string> => {
    const body = { name, scopes: ['metrics:write'], limits: LIMITS };
    const made = await gateway.admin('POST', `/tenants/${tenant}/tokens`, body);
    return ((await made.json()) as { token: string }).token;
  };
  const noisyToken = await tokenOf('noisy');
  const tokens = await Promise.all(Array.from({ length: OTHERS }, (_, i) => tokenOf(`quiet-${i}`)));
  const [noisy, quiet] = await Promise.all([
    pushAt(noisyToken, 'noisy', RATE, 50),
    Promise.all(tokens.map((token, i) => pushQuietly(token, `quiet_${i}`, RATE / 4, 2))),
  ]);

  expectNoErrors(quiet);
  expectHeldTo(noisy);
});

function expectNoErrors(quiet: readonly Pushed[]): void {
  const statuses = quiet.flatMap((pushed) => pushed.statuses);
  expect(statuses).toHaveLength(OTHERS * SECONDS * 2);
  expect(statuses.filter((status) => status !== 204)).toEqual([]);
}

function expectHeldTo(noisy: Pushed): void {
  expect(noisy.taken).toBeGreaterThan(0);
  expect(noisy.taken).toBeLessThanOrEqual(RATE * (noisy.seconds + 1) + RATE);
  expect(noisy.statuses.filter((status) => status !== 204 && status !== 429)).toEqual([]);
  expect(noisy.withoutRetryAfter).toBe(0);
}
