import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { peer, requirePeer } from '../test/support/peers.ts';
import { addCompletionCommand, completionScript } from './completion.ts';

const program = new Command('spillway');
program.command('start').option('--port <port>', 'the port').option('--state <dir>', "the tenant's folder");
program.command('apply').argument('<file>').option('-q, --quiet', 'say \\ nothing');
const token = program.command('token');
token.command('create').addOption(new Option('--role <role>', '').choices(['admin', 'viewer']));
token.command('list');
addCompletionCommand(program);

const HERE = import.meta.dirname;

function bash(...line: string[]): string[] {
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _spillway; echo "\${COMPREPLY[@]}"`;
  return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split(' ');
}

/** What fish offers for a line, each with its description behind a tab. */
function fish(line: string): string[] {
  const { path, env } = peer('fish') as NonNullable<ReturnType<typeof peer>>;
  const home = mkdtempSync(join(tmpdir(), 'fish-'));
  try {
    const script = `${completionScript(program, 'fish')}\ncomplete --do-complete ${JSON.stringify(line)}`;
    const result = spawnSync(path, ['--no-config', '--private', '-c', script], {
      encoding: 'utf8',
      cwd: HERE,
      env: { ...process.env, ...env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home },
    });
    expect(result.stderr).toBe('');
    return result.stdout.split('\n').filter((found) => found !== '');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const named = (found: readonly string[]) => found.map((each) => each.split('\t', 1)[0]);

describe('the completion of bash, which zsh runs too', () => {
  it('has commands, subcommands, flags and fixed values', () => {
    expect(bash('spillway', 'st')).toEqual(['start']);
    expect(bash('spillway', 'token', '')).toEqual(['create', 'list', '--help']);
    expect(bash('spillway', 'start', '--port', '1', '--s')).toEqual(['--state']);
    expect(bash('spillway', 'token', 'create', '--r')).toEqual(['--role']);
    expect(bash('spillway', 'token', 'create', '--role', '')).toEqual(['admin', 'viewer']);
    expect(bash('spillway', 'completion', 'f')).toEqual(['fish']);
  });
});

describe.skipIf(!requirePeer('fish'))('the completion of fish', () => {
  it('has commands, subcommands and flags, with what they mean', () => {
    expect(named(fish('spillway st'))).toEqual(['start']);
    expect(named(fish('spillway token '))).toEqual(['create', 'list']);
    expect(fish('spillway start --port 1 --s')).toEqual(["--state\tthe tenant's folder"]);
    expect(fish('spillway apply --q')).toEqual(['--quiet\tsay \\ nothing']);
    expect(named(fish('spillway token create --r'))).toEqual(['--role']);
    expect(named(fish('spillway token list --r'))).toEqual([]);
  });

  it('has the fixed values of options and arguments', () => {
    expect(named(fish('spillway token create --role '))).toEqual(['admin', 'viewer']);
    expect(named(fish('spillway completion '))).toEqual(['bash', 'fish', 'zsh']);
  });

  it('has files only where a file is meant', () => {
    expect(named(fish('spillway apply comp'))).toEqual(['completion.test.ts', 'completion.ts']);
    expect(named(fish('spillway start --state comp'))).toContain('completion.ts');
    expect(named(fish('spillway start --port comp'))).toEqual([]);
    expect(named(fish('spillway token comp'))).toEqual([]);
  });

  it('is a script that fish takes, of all the commands that there are', () => {
    const { path, env } = peer('fish') as NonNullable<ReturnType<typeof peer>>;
    const { stdout } = spawnSync(process.execPath, [join(HERE, 'main.ts'), 'completion', 'fish'], { encoding: 'utf8' });
    const folder = mkdtempSync(join(tmpdir(), 'fish-'));
    const file = join(folder, 'spillway.fish');
    writeFileSync(file, stdout);
    const options = { encoding: 'utf8', env: { ...process.env, ...env, HOME: folder } } as const;
    const checked = spawnSync(path, ['--no-config', '--no-execute', file], options);
    const ran = spawnSync(path, ['--no-config', '--private', file], options);
    rmSync(folder, { recursive: true, force: true });
    expect([checked.status, checked.stderr, ran.status, ran.stderr]).toEqual([0, '', 0, '']);
    expect(stdout).toContain('--arguments dry-run');
  });
});
