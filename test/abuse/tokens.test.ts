/** A9 against the whole process: what is logged, what is stored, and guessing from one address. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenParts, formatToken } from '../../worker/auth/token.ts';
import { FakeDestination } from '../support/fake-destination.ts';
import { filesBelow } from '../support/files-below.ts';
import { TestGateway } from '../support/gateway.ts';
import { forwardPipeline } from '../support/pipelines.ts';
import { waitUntil } from '../support/wait-until.ts';

const ALLOWED_FAILURES = 20;

let gateway: TestGateway;
let store: FakeDestination;
let token: string;
const logged: string[] = [];

beforeAll(async () => {
  store = await FakeDestination.start();
  const logger = { info: (line: string) => void logged.push(line), warn: (line: string) => void logged.push(line) };
  gateway = await TestGateway.start({ logger, settings: { AUTH_FAILURES_PER_MINUTE: String(ALLOWED_FAILURES) } });
  token = await gateway.createTenant('shop', forwardPipeline(store.url), ['agent']);
});

afterAll(async () => {
  await gateway?.stop();
  await store?.close();
});

const LINES = JSON.stringify({ streams: [{ stream: { job: 'a' }, values: [[`${Date.now()}000000`, 'line']] }] });

async function push(headers: Record<string, string>, query = ''): Promise<Response> {
  const type = { 'Content-Type': 'application/json' };
  return fetch(`${gateway.url}/loki/api/v1/push${query}`, {
    method: 'POST',
    headers: { ...type, ...headers },
    body: LINES,
  });
}

const bearer = (text: string) => ({ Authorization: `Bearer ${text}` });
const guess = () => bearer(formatToken(createTokenParts()));

describe('tokens at a running gateway', () => {
  it('A9: are in no line of its log and in none of its files, good or bad, from a header or from a query', async () => {
    const bad = formatToken(createTokenParts());
    const basic = { Authorization: `Basic ${btoa(`user:${token}`)}` };
    for (const text of [token, bad]) {
      for (const path of ['/admin/v1/tenants', `/admin/v1/tenants?token=${text}`, `/nothing/${text}`]) {
        await fetch(`${gateway.url}${path}`, { headers: bearer(text) });
      }
      await push(bearer(text));
      await push({}, `?token=${text}`);
    }
    expect((await push(basic)).status).toBe(204);
    // So that there is something in the log that came of a push.
    store.refuseWith = 401;
    expect((await push(bearer(token))).status).toBe(204);
    await waitUntil('the log says that the outbox paused', () => logged.some((line) => line.includes('outbox_paused')));
    const secrets = [token, bad].map((text) => text.split('_')[2] as string);
    expect(logged.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    const files = filesBelow(gateway.dataDir).map(({ bytes }) => bytes.toString('latin1'));
    expect(files.some((content) => content.includes('shop'))).toBe(true);
    expect(files.filter((content) => secrets.some((secret) => content.includes(secret)))).toEqual([]);
  });

  it('A9: are refused the moment they are revoked, on push and admin paths', async () => {
    const made = await gateway.admin('POST', '/tenants/shop/tokens', { name: 'x', scopes: ['agent', 'admin'] });
    const { id, token: text } = (await made.json()) as { id: string; token: string };
    const statuses = async () => {
      const pushed = await push(bearer(text));
      const read = await fetch(`${gateway.url}/admin/v1/tenants/shop/tokens`, { headers: bearer(text) });
      return [pushed.status, read.status];
    };
    expect(await statuses()).toEqual([204, 200]);
    await gateway.admin('DELETE', `/tenants/shop/tokens/${id}`);
    expect(await statuses()).toEqual([401, 401]);
  });

  it('guessed from one address end in 429, whatever the headers say of where they come from, and known ones go on', async () => {
    expect((await push(bearer(token))).status).toBe(204);
    const statuses: number[] = [];
    for (let i = 0; i < 3 * ALLOWED_FAILURES; i++) {
      const address = `203.0.113.${i}`;
      const told = {
        'CF-Connecting-IP': address,
        'X-Forwarded-For': address,
        'X-Real-IP': address,
        Forwarded: `for=${address}`,
      };
      statuses.push((await push({ ...guess(), ...told })).status);
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(ALLOWED_FAILURES);
    expect(statuses.at(-1)).toBe(429);
    const answer = await push(guess());
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    const admin = await fetch(`${gateway.url}/admin/v1/tenants`, { headers: guess() });
    expect([admin.status, ((await admin.json()) as { error: string }).error]).toEqual([429, 'too_many_requests']);
    expect((await push(bearer(token))).status).toBe(204);
    expect((await gateway.admin('GET', '/tenants')).status).toBe(200);
  });
});
