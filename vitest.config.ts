import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** For a machine that does much else at once: a wait ends when its condition holds, and a limit only says when to give up. */
const PATIENCE = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
};

// Three projects: pure and host code on Node, the gateway inside real workerd, and black-box tests of whole processes.
export default defineConfig({
  test: {
    globalSetup: './test/support/own-temp-folder.ts',
    projects: [
      {
        test: {
          ...PATIENCE,
          name: 'node',
          include: ['core', 'agent-lite', 'cli', 'ui', 'test/fuzz'].map((folder) => `${folder}/**/*.test.ts`),
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations('./migrations'),
                ADMIN_TOKEN: 'admin-token-of-the-tests',
                SECRETS_KEY: `test:${Buffer.alloc(32, 7).toString('base64')}`,
                OUTBOX_MAX_BYTES: '6000000',
                SPILLWAY_FAULTS: process.env.SPILLWAY_FAULTS ?? '',
                SPILLWAY_FAULT_SEED: process.env.SPILLWAY_FAULT_SEED ?? '',
                REPORT_DELAY_MS: '500',
                // Tests ask nobody outside.
                DNS_OVER_HTTPS_URL: '',
              },
            },
          })),
        ],
        test: {
          ...PATIENCE,
          name: 'workerd',
          include: ['worker/**/*.test.ts'],
          setupFiles: ['./worker/testing/setup.ts'],
        },
      },
      {
        test: {
          ...PATIENCE,
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          exclude: ['test/fuzz/**'],
          testTimeout: process.env.SPILLWAY_FAULTS === 'full' ? 1_800_000 : 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
