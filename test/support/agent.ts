/** The real agent as a process of its own, from the bundle that `npm run build` makes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { tempFolder } from './temp-folder.ts';
import { waitUntil } from './wait-until.ts';

const BUNDLE = join(import.meta.dirname, '../../dist/agent-lite.cjs');

export class TestAgent {
  readonly port: number;
  readonly #folder = tempFolder('agent');
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(port: number) {
    this.port = port;
  }

  static async start(config: string): Promise<TestAgent> {
    const agent = new TestAgent(await freePort());
    writeFileSync(join(agent.#folder.path, 'config.alloy'), config);
    await agent.run();
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

  async run(): Promise<void> {
    const folder = this.#folder.path;
    const child = spawn(
      process.execPath,
      [
        BUNDLE,
        'run',
        `--server.http.listen-addr=127.0.0.1:${this.port}`,
        `--storage.path=${join(folder, 'data')}`,
        join(folder, 'config.alloy'),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.#output += chunk));
    await waitUntil('the agent is ready', async () => {
      if (child.exitCode !== null) throw new Error(`the agent exited with ${child.exitCode}`);
      return (await fetch(`${this.url}/-/ready`)).ok;
    }).catch((error) => {
      throw new Error(`${error}\n${this.#output}`);
    });
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
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
    this.#child = undefined;
  }
}
