/** Before the tests of each file: the database as it is deployed, and no way out to the internet. */
import { applyD1Migrations, env } from 'cloudflare:test';
import { beforeAll } from 'vitest';

// Alarms go on after the test that armed them: they too must not reach a real host.
globalThis.fetch = async () => {
  throw new TypeError('Network connection lost.');
};

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
