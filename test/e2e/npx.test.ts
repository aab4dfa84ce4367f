/** The commands as npx runs them, in a shell of its own: a SIGTERM to npx ends that shell and reaches nobody else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const BIN = join(import.meta.dirname, '../../bin');

interface Started {
  readonly shell: ChildProcess;
  readonly pid: number;
}

let folder: ReturnType<typeof tempFolder>;
const pids: number[] = [];

/** `command` in a shell that does not become it, and the process id of the command itself. */
async function inShell(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Started> {
  const script = '"$@" & echo "pid $!"; wait; exit';
  const { npm_lifecycle_event: _, ...rest } = process.env;
  const shell = spawn('sh', ['-c', script, 'sh', process.execPath, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...rest, ...env },
  });
  let output = '';
  shell.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const pid = await waitUntil('the process id', () => Number(/^pid (\d+)$/m.exec(output)?.[1] ?? 0) || undefined);
  pids.push(pid);
  return { shell, pid };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.body?.cancel().then(() => true) ?? true,
    () => false,
  );
}

beforeEach(() => {
  folder = tempFolder('npx');
});

afterEach(() => {
  for (const pid of pids.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  folder.remove();
});

describe('a command whose shell has ended', () => {
  it('ends too where npx made the shell, so that `kill` of npx leaves nothing that keeps the port', async () => {
    const port = await freePort();
    const command = [join(BIN, 'spillway.mjs'), 'receiver', '--port', `${port}`];
    const { shell, pid } = await inShell(command, { npm_lifecycle_event: 'npx' });
    await waitUntil('the receiver', () => answers(`http://127.0.0.1:${port}/`));
    shell.kill('SIGTERM');
    await waitUntil('the end of the receiver', () => !isAlive(pid));
    expect(await answers(`http://127.0.0.1:${port}/`)).toBe(false);
  });

  it('ends too where it is the agent, which starts itself anew with other options', async () => {
    const port = await freePort();
    const config = join(folder.path, 'config.alloy');
    writeFileSync(config, '');
    const listen = ['--server.http.listen-addr', `127.0.0.1:${port}`, '--storage.path', join(folder.path, 'data')];
    const command = [join(BIN, 'agent-lite.mjs'), 'run', ...listen, config];
    const { shell, pid } = await inShell(command, { npm_lifecycle_event: 'npx' });
    await waitUntil('the agent', () => answers(`http://127.0.0.1:${port}/-/ready`));
    shell.kill('SIGTERM');
    await waitUntil('the end of the agent', () => !isAlive(pid));
    expect(await answers(`http://127.0.0.1:${port}/-/ready`)).toBe(false);
  });

  it('ends too where an older Node started it and was killed', async () => {
    const port = await freePort();
    const gone = spawn('true');
    const launcher = gone.pid as number;
    await new Promise((resolve) => gone.once('exit', resolve));
    const command = [join(BIN, 'spillway.mjs'), 'receiver', '--port', `${port}`];
    const { pid } = await inShell(command, { SPILLWAY_LAUNCHER_PID: `${launcher}` });
    await waitUntil('the end of the receiver', () => !isAlive(pid));
    expect(await answers(`http://127.0.0.1:${port}/`)).toBe(false);
  });

  it('goes on in any other shell, as with nohup', async () => {
    const port = await freePort();
    const command = [join(BIN, 'spillway.mjs'), 'receiver', '--port', `${port}`];
    const { shell, pid } = await inShell(command, {});
    await waitUntil('the receiver', () => answers(`http://127.0.0.1:${port}/`));
    const ended = new Promise((resolve) => shell.once('exit', resolve));
    shell.kill('SIGKILL');
    await ended;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(isAlive(pid)).toBe(true);
    expect(await answers(`http://127.0.0.1:${port}/`)).toBe(true);
  });
});
