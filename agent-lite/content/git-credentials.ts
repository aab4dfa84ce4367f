/** How git signs in, as environment. A key that is given as text lies in a file of the component's folder, for its owner only. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../../core/alloy/values.ts';
import type { GitEnvironment } from './git-command.ts';

export interface GitCredentials {
  readonly basic_auth: { readonly username: string; readonly password: Secret } | undefined;
  readonly ssh_key:
    | {
        readonly username: string;
        readonly key: Secret | undefined;
        readonly key_file: string | undefined;
        readonly passphrase: Secret | undefined;
      }
    | undefined;
}

const PASSPHRASE = 'SPILLWAY_GIT_PASSPHRASE';

export async function gitEnvironment(credentials: GitCredentials, folder: string): Promise<GitEnvironment> {
  const { basic_auth, ssh_key } = credentials;
  if (basic_auth !== undefined) {
    const pair = Buffer.from(`${basic_auth.username}:${basic_auth.password.reveal()}`).toString('base64');
    return {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${pair}`,
    };
  }
  if (ssh_key === undefined) return {};
  const keyFile =
    ssh_key.key_file ?? (await writeOwn(folder, 'ssh-key', `${ssh_key.key?.reveal().trimEnd()}\n`, 0o600));
  const options = ['-i', keyFile, '-l', ssh_key.username, '-o', 'IdentitiesOnly=yes', '-o', 'ConnectTimeout=20'];
  if (ssh_key.passphrase === undefined) {
    return { GIT_SSH_COMMAND: ['ssh', ...options, '-o', 'BatchMode=yes'].map(quoted).join(' ') };
  }
  // ssh asks for the passphrase by running a program; this one prints a variable that only this git and its ssh have.
  const askpass = await writeOwn(folder, 'ssh-askpass', `#!/bin/sh\nprintf '%s\\n' "$${PASSPHRASE}"\n`, 0o700);
  return {
    GIT_SSH_COMMAND: ['ssh', ...options].map(quoted).join(' '),
    SSH_ASKPASS: askpass,
    SSH_ASKPASS_REQUIRE: 'force',
    [PASSPHRASE]: ssh_key.passphrase.reveal(),
  };
}

async function writeOwn(folder: string, name: string, text: string, mode: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  await writeFile(path, text, { mode });
  return path;
}

/** For the shell that git starts ssh with. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
