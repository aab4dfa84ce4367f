import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Children, lastLines } from './children.ts';
import { identityOf, isAlive } from './process-identity.ts';
import { StateFolder } from './state-folder.ts';

let state: StateFolder;
const strangers: ChildProcess[] = [];

beforeEach(() => {
  state = new StateFolder(mkdtempSync(join(tmpdir(), 'spillway-children-')));
});
afterEach(() => {
  for (const stranger of strangers.splice(0)) stranger.kill('SIGKILL');
  rmSync(state.path, { recursive: true });
});

const SLEEP = {
  name: 'sleeper',
  command: process.execPath,
  args: ['-e', 'console.log("up"); setInterval(() => {}, 1000)'],
};

function runStranger(): number {
  const stranger = spawn(SLEEP.command, SLEEP.args, { stdio: 'ignore' });
  strangers.push(stranger);
  return stranger.pid as number;
}

function writeRecord(records: readonly object[]): void {
  writeFileSync(state.file('processes.json'), JSON.stringify(records));
}

describe('a child', () => {
  it('is stopped by SIGTERM, and its output is in its log file', async () => {
    const child = await new Children(state).spawn(SLEEP);
    while (lastLines(child.logFile) !== 'up') await new Promise((resolve) => setTimeout(resolve, 10));
    await child.stop();
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect([child.running, readFileSync(state.file('processes.json'), 'utf8').trim()]).toEqual([false, '[]']);
  });

  it('that cannot be started is an error with its name', async () => {
    const children = new Children(state);
    await expect(children.spawn({ ...SLEEP, command: '/nonexistent/command' })).rejects.toThrow(
      'sleeper cannot be started',
    );
  });
});

describe('a start after one that was killed', () => {
  it('ends the processes that were left behind', async () => {
    const identity = identityOf(runStranger())!;
    writeRecord([{ name: 'agent', ...identity }]);
    expect(await new Children(state).takeOver()).toEqual([`agent (pid ${identity.pid})`]);
    expect(isAlive(identity)).toBe(false);
  });

  it('leaves a process alone that only has the same id', async () => {
    const identity = identityOf(runStranger())!;
    writeRecord([{ name: 'agent', pid: identity.pid, startTicks: '1' }]);
    expect(await new Children(state).takeOver()).toEqual([]);
    expect(isAlive(identity)).toBe(true);
  });

  it('refuses a folder that another start is using', async () => {
    const identity = identityOf(runStranger())!;
    writeRecord([{ name: 'start', ...identity }]);
    await expect(new Children(state).takeOver()).rejects.toThrow(
      `another \`npm start\` (pid ${identity.pid}) uses ${state.path}`,
    );
    expect(isAlive(identity)).toBe(true);
  });
});
