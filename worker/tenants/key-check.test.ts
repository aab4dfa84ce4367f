import { env } from 'cloudflare:test';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Env } from '../env.ts';
import gateway from '../index.ts';
import { seal } from '../secrets/sealed-text.ts';
import { forgetProblems, gatewayProblems } from '../telemetry/problems.ts';
import { admin, createTenant } from '../testing/gateway.ts';
import { keyProblems } from './key-check.ts';
import { reencrypt } from './reencrypt.ts';
import { setSecret } from './secrets.ts';

const key = (id: string, letter: string) => `${id}:${btoa(letter.repeat(32))}`;
const withKeys = (...keys: string[]) => ({ ...env, SECRETS_KEY: keys.join(',') }) as unknown as Env;

const OWN = key('own', 'a');
const OTHER = key('own', 'b');

let logged: Record<string, string>[];

beforeEach(async () => {
  logged = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void logged.push(JSON.parse(line)));
  forgetProblems();
  for (const table of ['secrets', 'pipelines', 'default_pipelines']) await env.DB.exec(`DELETE FROM ${table}`);
});

afterEach(() => {
  vi.restoreAllMocks();
  forgetProblems();
});

const problems = () => logged.filter(({ event }) => event === 'gateway_problem').map(({ reason }) => reason);

async function tenantWith(vault: Env, secrets: number): Promise<string> {
  const { name } = await createTenant({ pipeline: '' });
  for (let i = 0; i < secrets; i++) await setSecret(vault, name, `s${i}`, 'value', 1_000 + i);
  return name;
}

describe('SECRETS_KEY beside what is stored', () => {
  it('is fine where everything opens, where nothing is stored, and with keys that nothing uses', async () => {
    expect(await keyProblems(withKeys(OWN))).toEqual([]);
    await tenantWith(withKeys(OWN), 3);
    expect(await keyProblems(withKeys(key('new', 'n'), OWN))).toEqual([]);
    const { keyIds, unreadable } = await reencrypt(withKeys(key('new', 'n'), OWN), 0);
    expect(unreadable).toEqual([]);
    expect(keyIds).toEqual([
      { keyId: 'new', state: 'current', secrets: 0, pipelines: 0 },
      { keyId: 'own', state: 'known', secrets: 3, pipelines: 0 },
    ]);
  });

  it('with another key under the same id is noticed before anything is read, by status, too', async () => {
    await tenantWith(withKeys(OWN), 5);
    const { keyIds, unreadable, remaining } = await reencrypt(withKeys(OTHER), 0);
    expect(keyIds).toEqual([{ keyId: 'own', state: 'wrong', secrets: 5, pipelines: 0 }]);
    expect([unreadable, remaining]).toEqual([[], 0]);
    const [problem, ...more] = await keyProblems(withKeys(OTHER));
    expect(more).toEqual([]);
    expect(problem?.reason).toBe('secrets_key_wrong');
    expect(problem?.message).toContain(
      'the key own of SECRETS_KEY is not the one of this id with which 5 secrets and 0 pipelines are sealed',
    );
    expect((await reencrypt(withKeys(key('new', 'n'), OTHER), 0)).keyIds).toContainEqual(
      expect.objectContaining({ keyId: 'own', state: 'wrong' }),
    );
  });

  it('that was swapped when a part was set anew already is noticed by the oldest of what is stored', async () => {
    const name = await tenantWith(withKeys(OWN), 5);
    for (const secret of ['s2', 's3', 's4']) await setSecret(withKeys(OTHER), name, secret, 'anew', 2_000);
    for (const vault of [withKeys(OWN), withKeys(OTHER)]) {
      const { keyIds, unreadable } = await reencrypt(vault, 0);
      expect(keyIds).toMatchObject([{ keyId: 'own', state: 'current' }]);
      expect(unreadable).toHaveLength(2);
      expect(await keyProblems(vault)).toMatchObject([{ reason: 'unreadable' }, { reason: 'unreadable' }]);
    }
    expect((await reencrypt(withKeys(OTHER), 0)).unreadable.toSorted()).toEqual([
      `secret s0 of tenant ${name}`,
      `secret s1 of tenant ${name}`,
    ]);
  });

  it('without a key that is in use is told with what is lost; what only old versions need is not', async () => {
    const { name } = await createTenant({ pipeline: '' });
    const insert = env.DB.prepare('INSERT INTO pipelines (tenant, version, text, created_at_ms) VALUES (?, ?, ?, ?)');
    const of = (version: string) => ({ kind: 'pipeline', tenant: name, name: version }) as const;
    await insert.bind(name, 1, await seal(key('old', 'o'), of('1'), '// one'), 1).run();
    await insert.bind(name, 2, await seal(OWN, of('2'), '// two'), 2).run();
    expect(await keyProblems(withKeys(OWN))).toEqual([]);
    expect(await keyProblems(withKeys(key('old', 'o')))).toEqual([
      {
        reason: 'secrets_key_unknown',
        message:
          'SECRETS_KEY has no key own, with which 0 secrets and 1 pipeline are sealed: put it back, or set them anew',
      },
    ]);
    expect((await reencrypt(withKeys(OWN), 0)).keyIds).toContainEqual(
      expect.objectContaining({ keyId: 'old', state: 'missing', pipelines: 1 }),
    );
  });

  it('that is missing or cannot be read is told as it is', async () => {
    expect(await keyProblems({ DB: env.DB })).toMatchObject([{ reason: 'secrets_key_missing' }]);
    expect(await keyProblems(withKeys('nonsense'))).toMatchObject([{ reason: 'secrets_key_invalid' }]);
  });

  it('is looked at by the cron and logged once, and no value and no key is in what is said', async () => {
    await tenantWith(withKeys(OWN), 1);
    const vault = withKeys(OTHER);
    const waits: Promise<unknown>[] = [];
    const ctx = { waitUntil: (work: Promise<unknown>) => waits.push(work) } as unknown as ExecutionContext;
    const at = (time: string) => ({ scheduledTime: Date.parse(time) }) as ScheduledController;
    await gateway.scheduled(at('2026-11-22T10:07:00Z'), vault, ctx);
    expect(waits).toEqual([]);
    await gateway.scheduled(at('2026-11-22T10:10:00Z'), vault, ctx);
    await Promise.all(waits);
    expect(problems()).toEqual(['secrets_key_wrong']);
    await gatewayProblems(vault, Date.now());
    expect(problems()).toHaveLength(1);
    expect(JSON.stringify(logged)).not.toMatch(/value|YmJi|YWFh/);
  });

  it('is told again soon after it was mended', async () => {
    await tenantWith(withKeys(OWN), 1);
    expect(await gatewayProblems(withKeys(OTHER), 1_000)).toHaveLength(1);
    expect(await gatewayProblems(withKeys(OWN), 40_000)).toEqual([]);
  });

  it('that cannot be looked at leaves what was known as it was, and the overview as well', async () => {
    await tenantWith(withKeys(OWN), 1);
    const vault = withKeys(OTHER);
    const [problem] = await gatewayProblems(vault, 1_000);
    const down = {
      ...vault,
      DB: {
        prepare: () => {
          throw new Error('D1_ERROR');
        },
      },
    } as unknown as Env;
    expect(await gatewayProblems(down, 40_000)).toEqual([problem]);
    expect(logged.filter(({ event }) => event === 'gateway_problems_unknown')).toHaveLength(1);
    expect(await gatewayProblems(down, 50_000)).toEqual([problem]);
    expect(logged.filter(({ event }) => event === 'gateway_problems_unknown')).toHaveLength(1);
    expect(await gatewayProblems(withKeys(OWN), 80_000)).toEqual([]);
  });

  it('shows in the overview of operators, and is no business of a tenant', async () => {
    const name = await tenantWith(withKeys(OWN), 1);
    expect((await admin('GET', 'overview')).json.problems).toEqual([
      { reason: 'secrets_key_unknown', message: expect.stringContaining('SECRETS_KEY has no key own') },
    ]);
    expect((await admin('GET', `tenants/${name}/overview`)).json.problems).toBeUndefined();
  });
});
