/**
 * The processes that `npm start` runs. Each is written down with its start time, so that a start after a kill -9 ends
 * what was left behind, and nothing else. Output goes to a log file per process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { rotateLogFile } from './log-file.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';
import type { StateFolder } from './state-folder.ts';

const STOP_TIMEOUT_MS = 10_000;

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<ChildEnd>;
  readonly running: boolean;
  /** SIGTERM, and SIGKILL where that is not obeyed in time. */
  stop(): Promise<void>;
}

interface Recorded extends ProcessIdentity {
  readonly name: string;
}

export class Children {
  readonly #state: StateFolder;
  readonly #recorded = new Map<number, Recorded>();

  constructor(state: StateFolder) {
    this.#state = state;
  }

  /** Refuses to share the folder with another start that is alive, and ends what a killed one left. */
  async takeOver(): Promise<readonly string[]> {
    const before = this.#read();
    const starter = before.find(({ name }) => name === 'start');
    if (starter && isAlive(starter)) {
      throw new Error(
        `another \`npm start\` (pid ${starter.pid}) uses ${this.#state.path}; stop it, or take another folder with --state DIR`,
      );
    }
    const left = before.filter((one) => one.name !== 'start' && isAlive(one));
    for (const one of left) process.kill(one.pid, 'SIGTERM');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (left.some(isAlive) && Date.now() < deadline) await sleep(50);
    for (const one of left) if (isAlive(one)) process.kill(one.pid, 'SIGKILL');
    this.record('start', process.pid);
    return left.map(({ name, pid }) => `${name} (pid ${pid})`);
  }

  record(name: string, pid: number): void {
    const identity = identityOf(pid);
    if (!identity) return;
    this.#recorded.set(pid, { name, ...identity });
    this.#write();
  }

  forget(pid: number): void {
    this.#recorded.delete(pid);
    this.#write();
  }

  async spawn(spec: ChildSpec): Promise<Child> {
    const logFile = this.#state.file('logs', `${spec.name}.log`);
    rotateLogFile(logFile);
    const output = openSync(logFile, 'a', 0o600);
    const child = spawn(spec.command, spec.args, {
      stdio: ['ignore', output, output],
      env: { ...process.env, ...spec.env },
    });
    closeSync(output);
    await started(child, spec);
    const pid = child.pid as number;
    this.record(spec.name, pid);
    const exited = new Promise<ChildEnd>((resolve) => {
      child.once('exit', (code, signal) => {
        this.forget(pid);
        resolve({ code, signal });
      });
    });
    return {
      name: spec.name,
      pid,
      logFile,
      exited,
      get running() {
        return child.exitCode === null && child.signalCode === null;
      },
      stop: () => stop(child, exited),
    };
  }

  /** Nothing is left: the next start has nothing to end. */
  close(): void {
    rmSync(this.#state.file('processes.json'), { force: true });
  }

  #read(): readonly Recorded[] {
    try {
      return JSON.parse(readFileSync(this.#state.file('processes.json'), 'utf8')) as Recorded[];
    } catch {
      return [];
    }
  }

  #write(): void {
    writeFileSync(this.#state.file('processes.json'), `${JSON.stringify([...this.#recorded.values()])}\n`, {
      mode: 0o600,
    });
  }
}

function started(child: ChildProcess, spec: ChildSpec): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve());
    child.once('error', (error) => reject(new Error(`${spec.name} cannot be started: ${error.message}`)));
  });
}

async function stop(child: ChildProcess, exited: Promise<ChildEnd>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killer);
}

/** The end of a log file, for an error message. */
export function lastLines(logFile: string, count = 8): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

export function describeEnd(end: ChildEnd): string {
  return end.signal ? `was ended by ${end.signal}` : `exited with ${end.code}`;
}
