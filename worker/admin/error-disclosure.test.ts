import { env, SELF } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { forgetAllTokens } from '../auth/authenticate.ts';
import { GATEWAY } from '../testing/gateway.ts';
import { OPERATIONS } from './operations.ts';

/** What the database says of itself, and where it was asked. */
const INSIDE = /D1|SQLITE|sqlite|no such|SELECT|tenants\b.*table|\.ts\b|\n\s+at |Error\b|stack/;

describe('errors tell an attacker nothing', () => {
  beforeAll(async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    // A database that answers every question with an error of its own.
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    ).all<{ name: string }>();
    await env.DB.exec('PRAGMA defer_foreign_keys = true');
    for (const { name } of results) await env.DB.exec(`DROP TABLE IF EXISTS ${name}`);
    forgetAllTokens();
  });

  it.each(OPERATIONS.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'of a broken database, asked by an administrator: %s',
    async (_, { method, path, body, example }) => {
      const target = path.replace(/:\w+/g, 'a');
      const text =
        body === undefined ? undefined : body.schema === undefined ? 'x' : JSON.stringify(example?.body ?? {});
      const response = await SELF.fetch(`${GATEWAY}/admin/v1${target}`, {
        method,
        headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}` },
        ...(text === undefined ? {} : { body: text }),
      });
      const answer = await response.text();
      if (response.status < 400) return;
      expect(answer).not.toMatch(INSIDE);
      expect(response.status === 500).toBe(false);
    },
  );

  it.each([
    '/api/v1/push',
    '/loki/api/v1/push',
    '/v1/traces',
    '/api/v1/batch',
    '/ingest',
    '/-/ready',
    '/metrics',
    '/api/v1/received',
  ])('of a broken database, asked by a sender: %s', async (path) => {
    const token = `spw_${'a'.repeat(16)}_${'b'.repeat(48)}`;
    const method = /push|traces|batch|ingest/.test(path) ? 'POST' : 'GET';
    const response = await SELF.fetch(GATEWAY + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-protobuf' },
      ...(method === 'POST' ? { body: 'x' } : {}),
    });
    expect([200, 401, 503]).toContain(response.status);
    expect(await response.text()).not.toMatch(/D1|SQLITE|no such|SELECT|\.ts\b|\n\s+at |stack/);
    if (method === 'POST') expect(response.status).toBe(503);
  });
});
