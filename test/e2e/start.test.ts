/** `npm start`'s own command on a fresh state folder: data flows, Ctrl-C leaves no process, a second start goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/spillway.mjs');

interface Summary {
  readonly metrics: { readonly series: number; readonly samples: number };
  readonly logs: { readonly streams: number; readonly lines: number };
}

interface Overview {
  readonly tenants: readonly { readonly agents: readonly unknown[]; readonly outboxes: readonly { items: number }[] }[];
}

/** Every process whose command line names the state folder. */
function processesOf(stateFolder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((commandLine) => commandLine.includes(stateFolder));
}

describe('npm start', () => {
  let folder: ReturnType<typeof tempFolder>;
  let state: string;
  let port: number;
  let receiverPort: number;
  let child: ChildProcess;
  let output = '';

  async function start(): Promise<void> {
    [port, receiverPort] = [await freePort(), await freePort()];
    const [agentPort, otlpPort] = [await freePort(), await freePort()];
    output = '';
    child = spawn(
      process.execPath,
      [
        LAUNCHER,
        'start',
        '--port',
        `${port}`,
        '--receiver-port',
        `${receiverPort}`,
        '--agent-port',
        `${agentPort}`,
        '--otlp-port',
        `${otlpPort}`,
        '--state',
        state,
      ],
      // Without prometheus on the PATH the receiver takes the metrics too: the same on every machine.
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PATH: join(import.meta.dirname, '../../node_modules/.bin') },
      },
    );
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  }

  async function stop(): Promise<void> {
    if (child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await gone;
  }

  const summary = async () =>
    (await (await fetch(`http://127.0.0.1:${receiverPort}/api/v1/summary`)).json()) as Summary;
  const refuse = (status: number) =>
    fetch(`http://127.0.0.1:${receiverPort}/api/v1/refuse`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ status }),
    });
  const overview = async () => {
    const { adminToken } = JSON.parse(readFileSync(join(state, 'admin.json'), 'utf8'));
    const response = await fetch(`http://127.0.0.1:${port}/admin/v1/overview`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    return (await response.json()) as Overview;
  };
  const queued = async () =>
    (await overview()).tenants.flatMap(({ outboxes }) => outboxes).reduce((sum, { items }) => sum + items, 0);

  beforeAll(() => {
    folder = tempFolder('start');
    state = join(folder.path, 'state');
  });
  afterAll(() => folder.remove());

  beforeEach(start);
  afterEach(async () => {
    await stop();
    if (!existsSync(state)) return;
    await waitUntil('no process is left', () => processesOf(state).length === 0);
  });

  it("brings this host's metrics and logs to the receiver and says where to look", async () => {
    const seen = await waitUntil(
      'metrics and logs arrived',
      async () => {
        if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}: ${output}`);
        const { metrics, logs } = await summary();
        return metrics.series > 100 && logs.lines > 0 ? { metrics, logs } : undefined;
      },
      { timeoutMs: 60_000 },
    );
    expect(seen.metrics.samples).toBeGreaterThan(100);
    expect(output).toContain(`http://127.0.0.1:${port}/`);
    expect(output).toContain(`http://127.0.0.1:${receiverPort}`);
    await waitUntil('the console lists the agent', async () => (await overview()).tenants[0]?.agents.length === 1);
  });

  it('goes on with the same state, queues while the destination refuses, and drains afterwards', async () => {
    const first = await waitUntil(
      'data flows again',
      async () => ((await summary()).metrics.series > 100 ? summary() : undefined),
      { timeoutMs: 60_000 },
    );
    await refuse(503);
    await waitUntil('the backlog grows', async () => (await queued()) > 100, { timeoutMs: 60_000 });
    await refuse(0);
    await waitUntil('the backlog is drained', async () => (await queued()) === 0, { timeoutMs: 60_000 });
    expect((await summary()).metrics.samples).toBeGreaterThan(first.metrics.samples);
  });
});
