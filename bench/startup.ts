/**
 * Table `startup`: from starting a process to its first 200 of /-/ready, with a configuration of 200 components, beside
 * vmagent and Prometheus' agent mode with the scrapes of it; and how long the text of a configuration takes to parse.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { agentExecutable } from '../test/support/agent-executable.ts';
import { peer } from '../test/support/peers.ts';
import { freePort } from '../test/support/ports.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { COMPONENTS_A_GROUP, largeConfig, largeScrapeConfig } from './startup-config.ts';
import { median, type Row, type RunOptions, type Table } from './table.ts';

const GROUPS = 10;
const POLL_MS = 2;
const DEADLINE_MS = 30_000;
const AGENT = join(import.meta.dirname, '../dist/agent-lite.cjs');
const PARSE = join(import.meta.dirname, 'parse-once.ts');

/** A program with its arguments; made anew for each start, with a folder and a port of its own. */
type Command = (folder: string, address: string) => readonly [program: string, ...args: string[]];
type Started = 'agent' | 'executable' | 'vmagent' | 'prometheus';

export const startupTable: Table = {
  name: 'startup',
  title: `Start-up with ${GROUPS * COMPONENTS_A_GROUP} components, and parsing`,
  bundles: ['agent-lite'],
  run: runStartup,
};

async function runStartup({ rounds, progress }: RunOptions): Promise<readonly Row[]> {
  const times = { agent: [], executable: [], vmagent: [], prometheus: [] } as Record<Started, number[]>;
  const commands: Record<Started, Command> = {
    agent: agent([process.execPath, AGENT]),
    executable: agent([await agentExecutable(progress)]),
    vmagent: vmagent(),
    prometheus: prometheus(),
  };
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(commands) as Started[]) {
      const milliseconds = await untilReady(commands[name]);
      // The first of each reads its program from the disk.
      if (round > 0) times[name].push(milliseconds);
    }
    progress(`round ${round} of ${rounds}: agent ready after ${Math.round(times.agent.at(-1) ?? 0)} ms`);
  }
  const ours = median(times.agent);
  const parse = (kind: string) => median(Array.from({ length: rounds }, () => parseOnce(kind)));
  return [
    { name: 'ready', ours, peer: median(times.vmagent), unit: 'ms', what: 'agent | vmagent' },
    {
      name: 'ready_executable',
      ours: median(times.executable),
      peer: median(times.vmagent),
      unit: 'ms',
      what: 'agent as an executable | vmagent',
    },
    {
      name: 'ready_prometheus',
      ours,
      peer: median(times.prometheus),
      unit: 'ms',
      what: 'agent | prometheus (agent mode)',
    },
    {
      name: 'parse_64k',
      ours: parse('alloy'),
      peer: parse('yaml'),
      unit: 'ms',
      what: 'Alloy text | YAML by the npm package yaml',
    },
  ];
}

async function untilReady(command: Command): Promise<number> {
  const folder = tempFolder('startup');
  const address = `127.0.0.1:${await freePort()}`;
  const [program, ...args] = command(folder.path, address);
  const startedAtMs = performance.now();
  const child = spawn(program, args, { stdio: 'ignore' });
  try {
    while (!(await isReady(`http://${address}/-/ready`))) {
      if (child.exitCode !== null) throw new Error(`${program} exited with ${child.exitCode}`);
      if (performance.now() - startedAtMs > DEADLINE_MS) throw new Error(`${program} is not ready`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return performance.now() - startedAtMs;
  } finally {
    await kill(child);
    folder.remove();
  }
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function agent(program: readonly [string, ...string[]]): Command {
  return (folder, address) => {
    const config = write(folder, 'config.alloy', largeConfig(folder, GROUPS));
    const flags = [`--server.http.listen-addr=${address}`, `--storage.path=${join(folder, 'data')}`];
    return [...program, 'run', ...flags, config];
  };
}

function vmagent(): Command {
  const program = requireProgram('vmagent');
  return (folder, address) => [
    program,
    `-httpListenAddr=${address}`,
    `-promscrape.config=${write(folder, 'scrape.yml', largeScrapeConfig())}`,
    `-remoteWrite.tmpDataPath=${join(folder, 'data')}`,
    '-remoteWrite.url=http://127.0.0.1:9/api/v1/write',
  ];
}

function prometheus(): Command {
  const program = requireProgram('prometheus');
  const remote = 'remote_write: [{ url: http://127.0.0.1:9/api/v1/write }]\n';
  return (folder, address) => [
    program,
    '--enable-feature=agent',
    `--web.listen-address=${address}`,
    `--config.file=${write(folder, 'prometheus.yml', largeScrapeConfig() + remote)}`,
    `--storage.agent.path=${join(folder, 'data')}`,
  ];
}

function requireProgram(name: 'vmagent' | 'prometheus'): string {
  const found = peer(name);
  if (found === undefined) throw new Error(`${name} is not here: run node scripts/fetch-peers.mjs`);
  return found.path;
}

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function parseOnce(kind: string): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PARSE, kind], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
