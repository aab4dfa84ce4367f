import { spawnSync } from 'node:child_process';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { completionScript } from './completion.ts';

const program = new Command('spillway');
program.command('start').option('--port <port>', '').option('--state <dir>', '');
program.command('token').command('create').option('--scope <scope>', '');

function complete(...line: string[]): string[] {
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _spillway; echo "\${COMPREPLY[@]}"`;
  return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split(' ');
}

it('completes commands, subcommands and flags in a real shell', () => {
  expect(complete('spillway', 'st')).toEqual(['start']);
  expect(complete('spillway', 'token', '')).toEqual(['create', '--help']);
  expect(complete('spillway', 'start', '--port', '1', '--s')).toEqual(['--state']);
  expect(complete('spillway', 'token', 'create', '--s')).toEqual(['--scope']);
});
