import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Children } from './children.ts';
import { KeptRunning } from './kept-running.ts';
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
  const kept = new KeptRunning('agent', launch, new Screen(state.file('start.log')), (error) => {
    throw error;
  });
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
    void new KeptRunning('agent', launch, new Screen(state.file('start.log')), resolve).start();
  });
  expect(error).toEqual(new Error('no such luck'));
});
