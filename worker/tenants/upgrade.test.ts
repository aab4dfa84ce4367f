/**
 * Databases of every earlier schema, with rows as the gateway of that version wrote them, migrate to the newest, and the
 * code of today reads and goes on with all of it. A new migration adds its rows below; those of before never change.
 */
import { applyD1Migrations, env, SELF } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { listActiveOutboxes } from './active-outboxes.ts';
import { insertAct, listActs } from './audit.ts';
import { appendLimits, latestLimits } from './limits.ts';
import { missingMigrations } from './missing-migrations.ts';
import { findOperator } from './operators.ts';
import { appendPipeline, findPipeline, GATEWAY, latestPipeline, listPipelines } from './pipelines.ts';
import { findTenant, listTenants, tenantSettings } from './repository.ts';
import { readSecrets, setSecret } from './secrets.ts';
import { changeToken, findToken, listTokens } from './tokens.ts';

const AT_MS = 1_700_000_000_000;
const SHA256 = 'a'.repeat(64);
const PIPELINE = 'spillway.receive "all" { }';

/** What a version's gateway left behind: one entry for each migration, in their order. */
const WRITTEN_BY: readonly (readonly string[])[] = [
  [
    `INSERT INTO tenants (name, limits, created_at_ms) VALUES
       ('acme', '{"metrics":{"itemsPerSecond":100,"burstItems":1000},"logs":{"itemsPerSecond":5,"burstItems":5}}', ${AT_MS}),
       ('logs', '{"logs":{"itemsPerSecond":5,"burstItems":5}}', ${AT_MS}),
       ('none', '{}', ${AT_MS})`,
    ...tokensAndPipelines(),
  ],
  [
    `INSERT INTO tenants (name, created_at_ms) VALUES ('acme', ${AT_MS}), ('logs', ${AT_MS}), ('none', ${AT_MS})`,
    `INSERT INTO tenant_limits (tenant, version, limits, created_at_ms) VALUES
       ('acme', 1, '{"logs":{"ingestion_rate_mb":1}}', ${AT_MS}),
       ('acme', 2, '{"metrics":{"ingestion_rate":100,"ingestion_burst_size":1000}}', ${AT_MS})`,
    ...tokensAndPipelines(),
  ],
  [
    `INSERT INTO tenants (name, created_at_ms) VALUES ('acme', ${AT_MS}), ('logs', ${AT_MS}), ('none', ${AT_MS})`,
    `INSERT INTO tenant_limits (tenant, version, limits, created_at_ms) VALUES
       ('acme', 2, '{"metrics":{"ingestion_rate":100,"ingestion_burst_size":1000}}', ${AT_MS})`,
    ...tokensAndPipelines(),
    `UPDATE tokens SET limits = '{"metrics":{"ingestion_rate":10}}', replaces = '0000000000000002'
       WHERE id = '0000000000000001'`,
    `UPDATE pipelines SET author = 'operator:ann', comment = 'again', restores = 1 WHERE version = 2`,
    `INSERT INTO operators (id, name, role, secret_sha256, created_at_ms, expires_at_ms, revoked_at_ms)
       VALUES ('00000000000000aa', 'ann', 'viewer', '${SHA256}', ${AT_MS}, NULL, NULL)`,
    `INSERT INTO default_pipelines (version, text, created_at_ms, author, comment, restores)
       VALUES (1, 'spillway.receive "default" { }', ${AT_MS}, 'root', '', NULL)`,
    `INSERT INTO audit (at_ms, actor, action, tenant, target, status, detail)
       VALUES (${AT_MS}, 'root', 'tenant.create', 'acme', 'acme', 201, '{}')`,
  ],
];

/** The same since the first version, columns that came later aside. */
function tokensAndPipelines(): string[] {
  return [
    `INSERT INTO tokens (id, tenant, name, secret_sha256, scopes, labels, created_at_ms, expires_at_ms, revoked_at_ms) VALUES
       ('0000000000000001', 'acme', 'web', '${SHA256}', 'metrics:write logs:write', '{"host":"web-1"}', ${AT_MS}, NULL, NULL),
       ('0000000000000002', 'acme', 'old', '${SHA256}', 'agent', '{}', ${AT_MS + 1}, ${AT_MS + 5}, ${AT_MS + 3})`,
    `INSERT INTO pipelines (tenant, version, text, created_at_ms) VALUES
       ('acme', 1, '${PIPELINE}', ${AT_MS}), ('acme', 2, '// changed', ${AT_MS + 1})`,
    `INSERT INTO active_outboxes (tenant, destination, since_ms) VALUES ('acme', 'loki.write.loki', ${AT_MS})`,
  ];
}

const { DB, TEST_MIGRATIONS } = env;
const vault = env as unknown as Parameters<typeof latestPipeline>[0];

/** Children before their parents, which were made first. */
async function dropEverything(): Promise<void> {
  const { results } = await DB.prepare(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'
     ORDER BY rowid DESC`,
  ).all<{ name: string }>();
  for (const { name } of results) await DB.prepare(`DROP TABLE "${name}"`).run();
}

it('there are rows of every version, in the order of the migrations', () => {
  expect(TEST_MIGRATIONS.map(({ name }) => Number(name.slice(0, 4)))).toEqual(WRITTEN_BY.map((_, index) => index + 1));
});

describe('a gateway whose database was not migrated', () => {
  it.each(TEST_MIGRATIONS.map(({ name }, ran) => ({ name, ran })))(
    'is not ready, and names $name and what comes after it',
    async ({ ran }) => {
      await dropEverything();
      await applyD1Migrations(DB, TEST_MIGRATIONS.slice(0, ran));
      const names = TEST_MIGRATIONS.slice(ran).map(({ name }) => name);
      expect(await missingMigrations(DB)).toEqual(names);
      const answer = await SELF.fetch('https://gateway.example/-/ready');
      const why = `Not ready: these migrations of the database have not run: ${names.join(', ')}\n`;
      expect([answer.status, await answer.text()]).toEqual([503, why]);
      await applyD1Migrations(DB, TEST_MIGRATIONS);
      expect((await SELF.fetch('https://gateway.example/-/ready')).status).toBe(200);
    },
  );
});

describe.each(WRITTEN_BY.map((statements, index) => ({ version: index + 1, statements })))(
  'a database of version $version',
  ({ version, statements }) => {
    beforeEach(async () => {
      await dropEverything();
      await applyD1Migrations(DB, TEST_MIGRATIONS.slice(0, version));
      for (const statement of statements) await DB.prepare(statement).run();
      await applyD1Migrations(DB, TEST_MIGRATIONS);
    });

    it('has its tenants, with the limits that they had', async () => {
      expect((await listTenants(DB)).map(({ name }) => name)).toEqual(['acme', 'logs', 'none']);
      const limits = { metrics: { ingestion_rate: 100, ingestion_burst_size: 1000 } };
      expect(await findTenant(DB, 'acme')).toEqual({ name: 'acme', limits, createdAtMs: AT_MS });
      expect(await findTenant(DB, 'logs')).toMatchObject({ limits: {} });
      const { version: limitsVersion } = await latestLimits(DB, 'acme');
      expect(await appendLimits(DB, 'acme', {}, AT_MS)).toBe(limitsVersion + 1);
    });

    it('has its tokens, which let in whom they let in before', async () => {
      const web = {
        tenant: 'acme',
        name: 'web',
        secretSha256: SHA256,
        scopes: ['metrics:write', 'logs:write'],
        labels: { host: 'web-1' },
        createdAtMs: AT_MS,
        expiresAtMs: null,
        revokedAtMs: null,
      };
      expect(await findToken(DB, '0000000000000001')).toMatchObject(web);
      expect(await findToken(DB, '0000000000000002')).toMatchObject({
        scopes: ['agent'],
        limits: {},
        replaces: null,
        expiresAtMs: AT_MS + 5,
        revokedAtMs: AT_MS + 3,
      });
      await changeToken(DB, 'acme', '0000000000000001', { name: 'web again' });
      expect((await listTokens(DB, 'acme')).map(({ name }) => name)).toEqual(['web again', 'old']);
    });

    it('has every version of its pipelines, in force and in plain text, and new ones go on top', async () => {
      expect(await findPipeline(vault, 'acme', 1)).toMatchObject({ version: 1, text: PIPELINE, createdAtMs: AT_MS });
      expect(await latestPipeline(vault, 'acme')).toMatchObject({ version: 2, text: '// changed' });
      expect(await tenantSettings(DB, 'acme')).toMatchObject({ pipelineVersion: 2, secretsVersion: 0 });
      const added = { text: PIPELINE, createdAtMs: AT_MS, author: 'root', comment: '' };
      expect(await appendPipeline(vault, 'acme', added)).toEqual({ ok: true, version: 3 });
      expect((await listPipelines(DB, 'acme', { limit: 9 })).map((one) => one.version)).toEqual([3, 2, 1]);
      expect(await latestPipeline(vault, 'acme')).toMatchObject({ text: PIPELINE });
      expect(await listActiveOutboxes(DB)).toMatchObject([{ tenant: 'acme', destination: 'loki.write.loki' }]);
    });

    it('takes what came with later versions, and keeps it where its own had it', async () => {
      const hadAdministration = version >= 3;
      expect((await findOperator(DB, '00000000000000aa'))?.role).toBe(hadAdministration ? 'viewer' : undefined);
      expect((await latestPipeline(vault, GATEWAY))?.version).toBe(hadAdministration ? 1 : undefined);
      expect((await listActs(DB, { limit: 9 })).length).toBe(hadAdministration ? 1 : 0);
      const act = { atMs: AT_MS, actor: 'root', action: 'x', tenant: null, target: '', status: 200, detail: '{}' };
      await insertAct(DB, act);
      await setSecret(vault, 'acme', 'password', 'hunter2', AT_MS);
      expect((await readSecrets(vault, 'acme')).values.get('password')).toBe('hunter2');
    });
  },
);
