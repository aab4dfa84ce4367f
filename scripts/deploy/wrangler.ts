/**
 * Runs the installed wrangler. Secrets are handed over in files that only the owner can read and that are removed at once,
 * never as arguments. Whatever wrangler says is shown when it fails.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { DeployFailure } from './failure.ts';

const require = createRequire(import.meta.url);
const WRANGLER = join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js');

export interface WranglerResult {
  readonly code: number;
  readonly stdout: string;
  /** stdout and stderr in their order, without colours. */
  readonly said: string;
}

/** One line of what wrangler writes to WRANGLER_OUTPUT_FILE_PATH. */
interface OutputEntry {
  readonly type: string;
  readonly targets?: readonly string[];
  readonly version_id?: string | null;
}

export interface Deployed {
  readonly targets: readonly string[];
  readonly versionId: string | null;
}

export class Wrangler {
  readonly #root: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(root: string, accountId?: string) {
    this.#root = root;
    this.#env = accountId === undefined ? {} : { CLOUDFLARE_ACCOUNT_ID: accountId };
  }

  /** `interactive`: wrangler may ask questions where a person is there to answer. */
  run(args: readonly string[], { interactive = false, env = {} } = {}): Promise<WranglerResult> {
    const asks = interactive && process.stdin.isTTY === true && process.stderr.isTTY === true;
    const child = spawn(process.execPath, [WRANGLER, ...args], {
      cwd: this.#root,
      // Questions are on stderr: stdout may be what a script reads.
      stdio: asks ? ['inherit', 2, 2] : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', ...this.#env, ...env },
    });
    const output = { stdout: '', said: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      output.said += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output.said += text;
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code: code ?? 1, stdout: output.stdout, said: stripVTControlCharacters(output.said).trim() });
      });
    });
  }

  async orFail(what: string, args: readonly string[], options = {}): Promise<WranglerResult> {
    const result = await this.run(args, options);
    if (result.code === 0) return result;
    throw new DeployFailure(
      `${what}: wrangler ${args[0]} failed${result.said === '' ? '' : `:\n${indent(result.said)}`}`,
    );
  }

  async json<T>(what: string, args: readonly string[]): Promise<T> {
    const { stdout, said } = await this.orFail(what, args);
    try {
      return JSON.parse(stdout) as T;
    } catch {
      throw new DeployFailure(`${what}: wrangler ${args[0]} said no JSON:\n${indent(said)}`);
    }
  }

  /** Uploads and deploys; `secrets` are set together with the version that needs them. */
  async deploy(configPath: string, secrets: Readonly<Record<string, string>>): Promise<Deployed> {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-deploy-'));
    const outputFile = join(folder, 'output.ndjson');
    const secretsFile = join(folder, 'secrets.json');
    try {
      const args = ['deploy', '--config', configPath];
      if (Object.keys(secrets).length > 0) {
        writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
        args.push('--secrets-file', secretsFile);
      }
      const env = { WRANGLER_OUTPUT_FILE_PATH: outputFile };
      await this.orFail('Deploy', args, { interactive: true, env });
      const entries = readFileSync(outputFile, 'utf8').trim().split('\n');
      const entry = entries.map((line) => JSON.parse(line) as OutputEntry).find(({ type }) => type === 'deploy');
      return { targets: entry?.targets ?? [], versionId: entry?.version_id ?? null };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
