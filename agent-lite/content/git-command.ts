/**
 * Runs `git` of this machine without a terminal, hooks or questions. Credentials travel in the environment: everybody on the
 * machine can read command lines.
 */
import { spawn } from 'node:child_process';

export interface GitEnvironment {
  readonly [name: string]: string;
}

export interface GitRun {
  readonly folder: string;
  readonly env: GitEnvironment;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

const MAX_OUTPUT_BYTES = 1024 * 1024;

const ALWAYS: GitEnvironment = {
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/** Settings that no file of the machine or of the repository may change. */
const SETTINGS = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'protocol.ext.allow=never',
  '-c',
  'advice.detachedHead=false',
];

/** What it printed. Rejects with the last line of what it complained about. */
export async function git(args: readonly string[], run: GitRun): Promise<string> {
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(run.timeoutMs)]);
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...SETTINGS, ...args], {
      cwd: run.folder,
      env: { ...process.env, ...ALWAYS, ...run.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let out = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out = (out + text).slice(0, MAX_OUTPUT_BYTES)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-4096)));
    child.on('error', (error: NodeJS.ErrnoException) => reject(spawnError(error, run)));
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`git ${args[0]}: ${lastLine(complaint) || `exit code ${code}`}`));
    });
  });
}

function spawnError(error: NodeJS.ErrnoException, { timeoutMs }: GitRun): Error {
  if (error.code === 'ENOENT') return new Error('there is no git on this machine');
  if (error.name === 'AbortError') return new Error(`git: no answer within ${timeoutMs / 1000}s`);
  return error;
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)!.trim();
}
