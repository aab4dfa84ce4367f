/** The real agent and the real systemd-notify on a socket like systemd's: ready, alive, status and stopping. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestAgent } from '../support/agent.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const hasPrograms = has('systemd-notify') && has('perl');
if (!hasPrograms) console.warn('skipped: systemd-notify or perl is not here');

let folder: ReturnType<typeof tempFolder>;
let listener: ChildProcess;
let socket: string;
let told: string[];

beforeEach(async () => {
  folder = tempFolder('notify');
  socket = join(folder.path, 'notify.sock');
  told = [];
  listener = spawn('perl', [join(import.meta.dirname, '../support/notify-socket.pl'), socket]);
  listener.stdout?.setEncoding('utf8').on('data', (text: string) => told.push(...text.trimEnd().split('\n')));
  await waitUntil('the socket is there', () => told.includes('listening'));
});

afterEach(() => {
  listener.kill();
  folder.remove();
});

describe.skipIf(!hasPrograms)('the agent under a systemd that wants to be told', () => {
  it('says that it is ready, that it lives, how the last reload went, and that it stops', async () => {
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '200000', SECRET_OF_TEST: 'x' };
    const agent = await TestAgent.start('prometheus.exporter.self "a" { }', { env });
    try {
      await waitUntil('it lives', () => told.filter((message) => message === 'WATCHDOG=1').length >= 3);
      expect(told.filter((message) => message !== 'BARRIER=1').slice(0, 3)).toEqual([
        'listening',
        'READY=1 | STATUS=running',
        'WATCHDOG=1',
      ]);
      agent.writeConfig('nonsense');
      await agent.reload();
      await waitUntil('it tells of the reload', () =>
        told.some((message) => message.includes('the last reload failed')),
      );
    } finally {
      await agent.stop();
    }
    await waitUntil('it tells that it stops', () => told.some((message) => message.startsWith('STOPPING=1')));
  });

  it('is not told that it lives by an agent that another process is watched for', async () => {
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '100000', WATCHDOG_PID: '1' };
    const agent = await TestAgent.start('prometheus.exporter.self "a" { }', { env });
    await waitUntil('it is ready', () => told.some((message) => message.startsWith('READY=1')));
    await agent.stop();
    await waitUntil('it tells that it stops', () => told.some((message) => message.startsWith('STOPPING=1')));
    expect(told).not.toContain('WATCHDOG=1');
  });
});
