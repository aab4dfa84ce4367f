/** A17: a gateway that is started with a key that does not fit says so at once, and works again with the right one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeDestination } from '../support/fake-destination.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { waitUntil } from '../support/wait-until.ts';

const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;

let gateway: TestGateway;
let store: FakeDestination;
let token: string;
let logged: string[] = [];
const logger = { info: (line: string) => void logged.push(line), warn: (line: string) => void logged.push(line) };

beforeAll(async () => {
  store = await FakeDestination.start();
  gateway = await TestGateway.start({ logger, secretsKey: key('k1', 1) });
  token = await gateway.createTenant('shop', forwardPipeline(store.url));
  await gateway.admin('PUT', '/tenants/shop/secrets/mimir', { value: 'hunter2' });
});

afterAll(async () => {
  await gateway?.stop();
  await store?.close();
});

async function push(): Promise<number> {
  const stream = { stream: { job: 'a' }, values: [[`${Date.now()}000000`, 'line']] };
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const body = JSON.stringify({ streams: [stream] });
  return (await fetch(`${gateway.url}/loki/api/v1/push`, { method: 'POST', headers, body })).status;
}

async function problems(): Promise<unknown> {
  return ((await (await gateway.admin('GET', '/overview')).json()) as { problems: unknown }).problems;
}

const told = () => logged.filter((line) => line.includes('gateway_problem'));

async function restart(secretsKey: string): Promise<void> {
  logged = [];
  await gateway.restart({ logger, secretsKey });
}

describe('A17: the keys of a gateway that starts', () => {
  it.each([
    ['another one under the same id', key('k1', 2), 'secrets_key_wrong', /the key k1 of SECRETS_KEY is not the one/],
    ['one of another id only', key('k2', 1), 'secrets_key_unknown', /SECRETS_KEY has no key k1/],
  ])('that are %s are told in the log and in the overview', async (_, secretsKey, reason, message) => {
    await restart(secretsKey);
    await waitUntil('the log says it', () => told().length > 0);
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatch(message);
    expect(told()[0]).toContain('1 secret and 1 pipeline');
    expect(await problems()).toEqual([{ reason, message: expect.stringMatching(message) }]);
    expect(await push()).toBe(503);
  });

  it('and fit are told nothing of, and everything works again', async () => {
    await restart(`${key('k2', 2)},${key('k1', 1)}`);
    expect(await problems()).toEqual([]);
    expect(told()).toEqual([]);
    expect(await push()).toBe(204);
  });
});
