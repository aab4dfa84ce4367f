/** install.sh and the units as texts: what shellcheck says, which shells read them, what half of them does. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { peer, requirePeer } from '../support/peers.ts';
import { tempFolder } from '../support/temp-folder.ts';

const REPO = join(import.meta.dirname, '../..');
const AGENT = join(REPO, 'deploy/agent');
const ROOMS = join(AGENT, 'install');
const BUNDLE = join(REPO, 'dist/agent-lite.cjs');
const { installScript } = (await import(join(REPO, 'scripts/install-script.mjs'))) as {
  installScript: (folder: string) => { readonly text: string; placeOf(line: number): string };
};
const { text: SCRIPT, placeOf } = installScript(ROOMS);
const PARTS = ['journal', 'syslog', 'docker', 'otlp'];

/** The shells that are here: name, and the arguments before a script's. */
const shells: [string, string[]][] = [
  ...(existsSync('/bin/dash') ? [['/bin/dash', []] as [string, string[]]] : []),
  ...(requirePeer('busybox') ? [[peer('busybox')?.path as string, ['ash']] as [string, string[]]] : []),
];

describe('install.sh as a text', () => {
  it.skipIf(!requirePeer('shellcheck'))('is clean to shellcheck, as is the OpenRC script', () => {
    const program = peer('shellcheck')?.path as string;
    const script = spawnSync(program, ['--shell=sh', '--severity=style', '--format=json', '-'], {
      input: SCRIPT,
      encoding: 'utf8',
    });
    const comments = JSON.parse(script.stdout) as { line: number; code: number; message: string }[];
    expect(comments.map(({ line, code, message }) => `${placeOf(line)}: SC${code}: ${message}`)).toEqual([]);
    // openrc-run reads the variables that seem unused.
    const initd = spawnSync(
      program,
      ['--shell=sh', '--severity=style', '--exclude=SC2034', join(AGENT, 'spillway-agent.initd')],
      { encoding: 'utf8' },
    );
    expect(initd.stdout).toBe('');
  });

  it.each(shells)('runs under %s', (shell, args) => {
    const { status, stdout, stderr } = spawnSync(shell, [...args, '-s', '--', '--help'], {
      input: SCRIPT,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('--token TOKEN');
    expect(status).toBe(0);
  });

  it.each(shells)('does nothing in %s when its download was cut off, wherever that was', (shell, args) => {
    const lines = SCRIPT.split('\n');
    const last = lines.lastIndexOf('main "$@"');
    expect(lines.slice(last + 1)).toEqual(['']);
    for (let end = 1; end < SCRIPT.lastIndexOf('main "$@"'); end += 997) {
      const { stdout } = spawnSync(shell, [...args, '-s', '--', '--help'], {
        input: SCRIPT.slice(0, end),
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
    }
  });

  it('is one room after the other and nothing else, each with a heading and what it must never do', () => {
    const rooms = readdirSync(ROOMS).map((name) => readFileSync(join(ROOMS, name), 'utf8'));
    const lines = SCRIPT.split('\n');
    for (const room of rooms) expect(SCRIPT).toContain(room);
    expect(SCRIPT.length).toBe(rooms.join('\n').length);
    for (const name of readdirSync(ROOMS)) {
      const first = lines.findIndex((_, i) => placeOf(i + 1) === `${name}:1`);
      const head = lines.slice(first, first + 5).join(' ');
      expect(head).toMatch(
        name === 'start.sh' ? /^#!\/bin\/sh # / : new RegExp(`^# -+ ${name.slice(0, -3)} # .*must`, 'i'),
      );
    }
  });

  it('is refused as long as a room is in the folder that nothing puts in its place', () => {
    const folder = tempFolder('rooms');
    cpSync(ROOMS, folder.path, { recursive: true });
    writeFileSync(join(folder.path, 'attic.sh'), '');
    expect(() => installScript(folder.path)).toThrow('attic.sh');
    folder.remove();
  });

  it('explains in --help every option that it takes', () => {
    const taken = [...SCRIPT.matchAll(/^\t\t(--[a-z-]+)\) /gm)].map(([, option]) => option as string);
    const help = spawnSync('/bin/sh', ['-s', '--', '--help'], { input: SCRIPT, encoding: 'utf8' }).stdout;
    expect(taken.length).toBeGreaterThan(20);
    for (const option of taken) expect(help).toContain(option);
  });
});

/** Runs a piece of shell with some of the script's own functions; the rest is the test's. */
function runFunctions(names: readonly string[], rest: string): string {
  const texts = names.map((name) => new RegExp(`^${name}\\(\\) \\{\\n[\\s\\S]*?^\\}`, 'm').exec(SCRIPT)?.[0]);
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', [...texts, rest].join('\n')], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

describe('functions of install.sh', () => {
  it.each([
    ['127.0.0.1:1', 'http://127.0.0.1:1/x'],
    ['[::1]:1', 'http://[::1]:1/x'],
    [':1', 'http://127.0.0.1:1/x'],
  ])('ask an agent that listens on %s at %s', (listen, url) => {
    const rest = `WORK=/w LISTEN='${listen}'\nfetch() { echo "$1 $3"; }\nfetch_local /x`;
    expect(runFunctions(['fetch_local'], rest)).toBe(`${url} local\n`);
  });

  it('take the newest of what arrived from the spools of a host as its data', () => {
    const agents = ['a', 'b', 'c'].map((id, i) => ({ id, lastTakenAtMs: [1000, 3000, 2000][i] }));
    const folder = tempFolder('received');
    writeFileSync(join(folder.path, 'received'), JSON.stringify({ agents, nowMs: 9000 }));
    const rest = `WORK=${folder.path}\nagent_ids() { echo a; echo b; }\nlast_taken_ms`;
    expect(runFunctions(['last_taken_ms'], rest)).toBe('3000\n');
    folder.remove();
  });
});

describe('the default configuration', () => {
  const template = readFileSync(join(AGENT, 'config.alloy'), 'utf8');
  // Every choice that the script can make of the parts.
  const choices = Array.from({ length: 2 ** PARTS.length }, (_, bits) =>
    PARTS.filter((__, i) => (bits >> i) % 2 === 1),
  );

  /** What the script's own function makes of the template. */
  function compose(parts: readonly string[]): string {
    const compose = /^compose\(\) \{\n[\s\S]*?^\}/m.exec(SCRIPT)?.[0] ?? '';
    return spawnSync('/bin/sh', ['-c', `${compose}\nPARTS="$1"\ncompose`, 'sh', ` ${parts.join(' ')}`], {
      input: template,
      encoding: 'utf8',
    }).stdout;
  }

  it.each(choices)('has no mistake and nothing to lint or to format with %s %s %s %s', (...chosen) => {
    const parts = chosen.filter((part) => part !== undefined);
    const folder = tempFolder('composed');
    const path = join(folder.path, 'config.alloy');
    const text = compose(parts);
    writeFileSync(path, text);
    const env = {
      ...process.env,
      SPILLWAY_URL: 'https://gateway.example',
      SPILLWAY_TOKEN: `spw_${'0'.repeat(16)}_${'0'.repeat(48)}`,
    };
    const checked = spawnSync(process.execPath, [BUNDLE, 'validate', '--lint', path], { encoding: 'utf8', env });
    const formatted = spawnSync(process.execPath, [BUNDLE, 'fmt', path], { encoding: 'utf8' });
    folder.remove();
    expect(checked.stdout + checked.stderr).toBe('');
    expect(checked.status).toBe(0);
    expect(formatted.stdout).toBe(text);
    for (const part of PARTS) expect(text.includes(`//: part ${part}`)).toBe(false);
    expect(text.includes('loki.source.journal')).toBe(parts.includes('journal'));
    expect(text.includes('docker.sock')).toBe(parts.includes('docker'));
  });
});
