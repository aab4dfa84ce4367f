import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Children } from './children.ts';
import { KeptRunning, type Running } from './kept-running.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { Screen } from './screen.ts';
import { StateFolder } from './state-folder.ts';

let state: StateFolder;
beforeEach(() => {
  state = new StateFolder(mkdtempSync(join(tmpdir(), 'spillway-kept-')));
});
afterEach(() => rmSync(state.path, { recursive: true }));

function recorded(): ProcessIdentity[] {
  return JSON.parse(readFileSync(state.file('processes.json'), 'utf8'));
}

it('a process that is killed is started again, told, and ends for good with stop', async () => {
  const children = new Children(state);
  const pids: number[] = [];
  const launch = async () => {
    const child = await children.spawn({
      name: 'agent',
      command: process.execPath,
      args: ['-e', 'setInterval(() => {}, 1000)'],
    });
    pids.push(child.pid);
    return child;
  };
  const kept = new KeptRunning(
    'agent',
    launch,
    new Screen(state.file('start.log')),
    (error) => {
      throw error;
    },
    new AbortController().signal,
  );
  await kept.start();
  process.kill(kept.pid, 'SIGKILL');
  while (pids.length < 2 || kept.pid !== pids[1]) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(readFileSync(state.file('start.log'), 'utf8')).toContain(
    `the agent (pid ${pids[0]}) was ended by SIGKILL; starting it again`,
  );
  const [second] = recorded();
  await kept.stop();
  expect([second?.pid, isAlive(second!), recorded()]).toEqual([pids[1], false, []]);
});

it('a start that fails again is given up with its reason', async () => {
  let launches = 0;
  const children = new Children(state);
  const error = await new Promise((resolve) => {
    const launch = async () => {
      if (launches++ > 0) throw new Error('no such luck');
      return children.spawn({ name: 'agent', command: process.execPath, args: ['-e', ''] });
    };
    void new KeptRunning(
      'agent',
      launch,
      new Screen(state.file('start.log')),
      resolve,
      new AbortController().signal,
    ).start();
  });
  expect(error).toEqual(new Error('no such luck'));
});

it('a process that ends with all others is neither started again nor told', async () => {
  const all = new AbortController();
  const children = new Children(state);
  const launched: Running[] = [];
  const launch = async () => {
    const args = ['-e', 'setInterval(() => {}, 1000)'];
    const child = await children.spawn({ name: 'agent', command: process.execPath, args });
    launched.push(child);
    return child;
  };
  const log = state.file('start.log');
  const giveUp = (error: Error) => {
    throw error;
  };
  const kept = new KeptRunning('agent', launch, new Screen(log), giveUp, all.signal);
  await kept.start();
  all.abort();
  process.kill(kept.pid, 'SIGINT');
  await launched[0]?.exited;
  await kept.stop();
  expect(launched).toHaveLength(1);
  expect(existsSync(log) ? readFileSync(log, 'utf8') : '').not.toContain('starting it again');
});
