/** What the Deploy to Cloudflare button needs of this repository, and what `npm run deploy` makes of what it writes. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlan, writeConfig } from '../scripts/deploy/config.ts';
import { parseOptions } from '../scripts/deploy/options.ts';
import { newSecrets } from '../scripts/deploy/secrets.ts';

const ROOT = join(import.meta.dirname, '..');
const ID = '0f0e0d0c-0b0a-4908-8706-050403020100';
const text = (name: string) => readFileSync(join(ROOT, name), 'utf8');

describe('the Deploy to Cloudflare button', () => {
  let clone: string;
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'spillway-clone-'));
    cpSync(join(ROOT, 'wrangler.toml'), join(clone, 'wrangler.toml'));
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  it('finds what it reads: a deploy script, resources with names and ids, the secret to ask for, words for each', () => {
    const { scripts, cloudflare } = JSON.parse(text('package.json'));
    expect(scripts).toHaveProperty('deploy');
    expect(scripts).toHaveProperty('build');
    const { raw } = readPlan(ROOT, parseOptions([], {}), {});
    expect(raw.d1_databases).toMatchObject([{ database_name: 'spillway', database_id: expect.any(String) }]);
    const secrets = text('.dev.vars.example').match(/^[A-Z_]+(?==)/gm) ?? [];
    const asked = [
      ...(raw.d1_databases ?? []).map(({ binding }) => binding),
      ...secrets,
      ...Object.keys(raw.vars ?? {}),
    ];
    expect(Object.keys(cloudflare.bindings).sort()).toEqual(asked.sort());
    expect(text('README.md')).toContain('https://deploy.workers.cloudflare.com/?url=');
  });

  it('writes the names and the id that it chose into the clone, and the deployment keeps to them', () => {
    const file = join(clone, 'wrangler.toml');
    const chosen = readFileSync(file, 'utf8')
      .replace('name = "spillway"', 'name = "push"')
      .replace('database_name = "spillway"', 'database_name = "push-db"')
      .replace(/database_id = "[^"]*"/, `database_id = "${ID}"`);
    writeFileSync(file, chosen);
    const plan = readPlan(clone, parseOptions([], {}), {});
    expect(plan).toMatchObject({ name: 'push', databaseName: 'push-db', databaseId: ID });
    expect(readPlan(clone, parseOptions([], {}), { WRANGLER_CI_OVERRIDE_NAME: 'other' })).toMatchObject({
      name: 'other',
      databaseId: ID,
    });
  });

  it('sets the admin token itself, which a deployment then leaves alone; and none is printed into a build log', () => {
    const options = parseOptions([], {});
    expect(Object.keys(newSecrets(['ADMIN_TOKEN'], options, { WORKERS_CI: '1' }).values)).toEqual(['SECRETS_KEY']);
    expect(newSecrets([], options, { CI: 'true' })).toMatchObject({ adminToken: undefined, adminTokenMissing: true });
    const given = 'a token from the environment';
    expect(newSecrets([], options, { CI: 'true', SPILLWAY_ADMIN_TOKEN: given })).toMatchObject({
      values: { ADMIN_TOKEN: given },
      adminToken: undefined,
      adminTokenMissing: false,
    });
  });
});

describe('the options of a deployment', () => {
  it('are refused where npm took one for itself, because `npm run deploy --dry-run` would deploy', () => {
    expect(() => parseOptions([], { npm_config_dry_run: 'true' })).toThrow('`npm run deploy -- --dry-run`');
    expect(() => parseOptions(['--json'], { npm_config_account_id: 'true' })).toThrow('--account-id');
    expect(parseOptions(['--dry-run'], { npm_config_dry_run: 'true' })).toMatchObject({ dryRun: true });
    expect(parseOptions([], { npm_config_json: 'true', npm_config_dry_run: '' })).toMatchObject({ dryRun: false });
  });
});

describe('the plan of a deployment', () => {
  it('gives a second gateway of the account a database of its own', () => {
    expect(readPlan(ROOT, parseOptions(['--name', 'staging'], {}), {})).toMatchObject({
      name: 'staging',
      databaseName: 'staging',
      databaseId: undefined,
    });
  });

  it('has every setting of wrangler.toml, and the domain beside workers.dev', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-plan-'));
    const options = parseOptions(['--domain', 'push.example.com'], {});
    const plan = { ...readPlan(ROOT, options, {}), configPath: join(folder, 'deploy/wrangler.json') };
    writeConfig(plan, ID, options);
    const written = JSON.parse(readFileSync(plan.configPath, 'utf8'));
    rmSync(folder, { recursive: true });
    expect(written).toMatchObject({
      workers_dev: true,
      d1_databases: [{ binding: 'DB', database_id: ID }],
      routes: [{ pattern: 'push.example.com', custom_domain: true }],
      vars: { GATEWAY_HOSTS: 'push.example.com' },
    });
    expect(Object.keys(plan.raw).filter((key) => !(key in written))).toEqual([]);
  });

  it.each([
    ['--name', 'Spillway'],
    ['--name', 'a_b'],
    ['--domain', 'https://push.example.com'],
    ['--domain', 'localhost'],
    ['--account-id', 'mine'],
    ['deploy', 'again'],
  ])('refuses %s %s before anything is done', (...args) => {
    expect(() => parseOptions(args, {})).toThrow();
  });
});
