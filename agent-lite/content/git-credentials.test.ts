import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../core/alloy/values.ts';
import { gitEnvironment } from './git-credentials.ts';

let folder: string;

beforeEach(() => {
  // A quote and a blank in the path, which a shell must not trip over.
  folder = mkdtempSync(join(tmpdir(), "it's git-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const key = (more: { key?: Secret; key_file?: string; passphrase?: Secret }) => ({
  basic_auth: undefined,
  ssh_key: { username: 'git', key: undefined, key_file: undefined, passphrase: undefined, ...more },
});
/** The words that the shell which git starts ssh with makes of the command. */
const words = (command: string) =>
  spawnSync('sh', ['-c', `for word in ${command}; do echo "$word"; done`], { encoding: 'utf8' }).stdout.split('\n');

describe('the environment of git', () => {
  it('holds nothing without credentials', async () => {
    expect(await gitEnvironment({ basic_auth: undefined, ssh_key: undefined }, folder)).toEqual({});
  });

  it('names a key file, and never lets ssh ask', async () => {
    const env = await gitEnvironment(key({ key_file: '/keys/a b' }), folder);
    const command = words(env.GIT_SSH_COMMAND!);
    expect(command.slice(0, 5)).toEqual(['ssh', '-i', '/keys/a b', '-l', 'git']);
    expect(command).toContain('BatchMode=yes');
  });

  it('puts a key that is given as text into a file that only its owner reads', async () => {
    const env = await gitEnvironment(key({ key: new Secret('-----BEGIN KEY-----\nabc\n') }), folder);
    const file = words(env.GIT_SSH_COMMAND!)[2]!;
    expect(readFileSync(file, 'utf8')).toBe('-----BEGIN KEY-----\nabc\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(env)).not.toContain('abc');
  });

  it('answers the question for a passphrase by a program', async () => {
    const env = await gitEnvironment(key({ key_file: '/k', passphrase: new Secret('open $HOME "sesame"') }), folder);
    const { stdout } = spawnSync(env.SSH_ASKPASS!, { env: { ...env }, encoding: 'utf8' });
    expect(stdout).toBe('open $HOME "sesame"\n');
    expect(env.SSH_ASKPASS_REQUIRE).toBe('force');
    expect(readFileSync(env.SSH_ASKPASS!, 'utf8')).not.toContain('sesame');
  });
});
