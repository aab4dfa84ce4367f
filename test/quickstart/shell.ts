/** A person at a terminal: one shell session per block that shares folder and variables, and commands left running. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { waitUntil } from '../support/wait-until.ts';
import type { Block } from './page.ts';

const END_TIMEOUT_MS = 15_000;

export class Shell {
  #folder: string;
  /** Exports of one block are there for the next, as in one terminal. */
  readonly #variables: string;
  readonly #rewrite: (script: string) => string;
  readonly #timeoutMs: number;
  readonly #running: ChildProcess[] = [];

  constructor(folder: string, rewrite: (script: string) => string, timeoutMs: number) {
    this.#folder = folder;
    this.#variables = join(folder, 'variables.sh');
    this.#rewrite = rewrite;
    this.#timeoutMs = timeoutMs;
  }

  enter(folder: string): void {
    this.#folder = join(this.#folder, folder);
  }

  async run({ title, script, readyText }: Pick<Block, 'title' | 'script' | 'readyText'>): Promise<void> {
    const before = existsSync(this.#variables) ? `. '${this.#variables}'\n` : '';
    const after = readyText === undefined ? `\nexport -p > '${this.#variables}'` : '';
    const child = spawn('bash', ['-euo', 'pipefail', '-c', before + this.#rewrite(script) + after], {
      cwd: this.#folder,
      env: ownEnvironment(),
      // A process group of its own, so that what npx starts ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    const done = () => ended() || (readyText !== undefined && output.includes(readyText));
    const fail = (why: string) => new Error(`"${title}" ${why}:\n${script}\n\nIt printed:\n${output}`);
    try {
      await waitUntil('the command is done', done, { timeoutMs: this.#timeoutMs });
    } catch {
      throw fail(`is not done after ${this.#timeoutMs} ms`);
    }
    if (readyText === undefined ? child.exitCode !== 0 : ended()) throw fail(`ended with ${child.exitCode}`);
  }

  /** Ctrl-C to everything that was left running. */
  async end(): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      const kill = (signal: NodeJS.Signals) => process.kill(-(child.pid as number), signal);
      kill('SIGINT');
      const timer = setTimeout(() => kill('SIGKILL'), END_TIMEOUT_MS);
      await gone;
      clearTimeout(timer);
    }
  }
}

/** Without what npm puts there for its scripts: the page has to work for somebody who has not installed anything here. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE|VITEST|SPILLWAY_|INIT_CWD)/.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), WRANGLER_SEND_METRICS: 'false' };
}
