/**
 * The real agent as a process of its own, from the bundle that `npm run build` makes; or, where SPILLWAY_TEST_AGENT names
 * an executable of `npm run build:agent`, from that.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { tempFolder } from './temp-folder.ts';
import { waitUntil } from './wait-until.ts';

const BUNDLE = join(import.meta.dirname, '../../dist/agent-lite.cjs');

/** The program and its first arguments. */
export function agentProgram(executable = process.env.SPILLWAY_TEST_AGENT): readonly [string, ...string[]] {
  return executable === undefined ? [process.execPath, BUNDLE] : [executable];
}

export interface TestAgentOptions {
  /** The configuration is the path of a file or folder of the test's own. */
  readonly isPath?: boolean;
  readonly storagePath?: string;
  /** Instead of the bundle. */
  readonly executable?: string;
  /** Of the first run, on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

export class TestAgent {
  readonly port: number;
  readonly #folder = tempFolder('agent');
  #path = join(this.#folder.path, 'config.alloy');
  #storagePath = join(this.#folder.path, 'data');
  #child: ChildProcess | undefined;
  #output = '';
  readonly #program: readonly [string, ...string[]];

  private constructor(port: number, executable: string | undefined) {
    this.port = port;
    this.#program = agentProgram(executable);
  }

  static async start(config: string, options: TestAgentOptions = {}): Promise<TestAgent> {
    const agent = new TestAgent(await freePort(), options.executable);
    agent.#storagePath = options.storagePath ?? agent.#storagePath;
    if (options.isPath === true) agent.#path = config;
    else agent.writeConfig(config);
    await agent.run(options.env);
    return agent;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Of the running process. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the agent is not running');
    return pid;
  }

  get output(): string {
    return this.#output;
  }

  /** Below it, each destination has its spool. */
  get storagePath(): string {
    return this.#storagePath;
  }

  /** `env`: on top of this process's own. */
  async run(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const [program, ...first] = this.#program;
    const child = spawn(
      program,
      [
        ...first,
        'run',
        `--server.http.listen-addr=127.0.0.1:${this.port}`,
        `--storage.path=${this.storagePath}`,
        this.#path,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.#output += chunk));
    await waitUntil('the agent is ready', async () => {
      return hasEnded(child) || (await fetch(`${this.url}/-/ready`)).ok;
    }).catch((error) => {
      throw new Error(`${error}\n${this.#output}`);
    });
    if (hasEnded(child)) {
      throw new Error(`the agent exited with ${child.exitCode ?? child.signalCode}\n${this.#output}`);
    }
  }

  /** The text takes effect with the next reload or start. */
  writeConfig(config: string): void {
    writeFileSync(this.#path, config);
  }

  async reload(): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`${this.url}/-/reload`, { method: 'POST' });
    return { status: response.status, text: await response.text() };
  }

  /** A reload that nobody answers: done when the log says so. */
  async hangup(): Promise<void> {
    const said = this.#output.length;
    process.kill(this.pid, 'SIGHUP');
    await waitUntil('the agent has reloaded', () => /config reloaded|failed to reload/.test(this.#output.slice(said)), {
      everyMs: 5,
    });
  }

  /** The sum over all series of a metric of its own; 0 where there is none yet. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const values = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Whether it ended by itself within the time. */
  async ended(withinMs: number): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return true;
    const gone = new Promise<boolean>((resolve) => child.once('exit', () => resolve(true)));
    return Promise.race([gone, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), withinMs))]);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    this.#folder.remove();
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    // `exit` may come before the last of its output; what it leaves running when it is killed may keep the pipes open.
    const gone = new Promise((resolve) => child.once(signal === 'SIGTERM' ? 'close' : 'exit', resolve));
    child.kill(signal);
    await gone;
    this.#child = undefined;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
