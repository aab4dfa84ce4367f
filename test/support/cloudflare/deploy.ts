/** Runs `npm run deploy` of this tree against a fake Cloudflare. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { API_TOKEN, type FakeCloudflare } from './api.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'hosted-fetch.mjs')).href;

export interface DeployRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `home`: a folder for what wrangler keeps, so that the login of whoever runs the test is not seen. */
export function runDeploy(
  cloudflare: FakeCloudflare,
  home: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<DeployRun> {
  mkdirSync(home, { recursive: true });
  const child = spawn(process.execPath, ['scripts/deploy.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      XDG_CONFIG_HOME: home,
      CLOUDFLARE_API_BASE_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: API_TOKEN,
      FAKE_CLOUDFLARE: cloudflare.url,
      NODE_OPTIONS: `--import=${PRELOAD}`,
      SPILLWAY_DEPLOY_READY_TIMEOUT_MS: '20000',
      ...env,
    },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, ...output }));
  });
}
