/**
 * `spillway secret set|list|delete|reencrypt`. A value is read from a file, the standard input or a prompt that shows
 * nothing, and is never an argument: those are seen by everyone on the machine and kept in the shell's history.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { AdminClient } from './client.ts';
import { UsageError } from './connection.ts';
import { hiddenPrompt } from './hidden-prompt.ts';
import { type AdminOptions, adminAction, EXIT_REFUSED } from './run.ts';
import { addSecretSubject, type SubjectOptions, secretSubject } from './subject.ts';
import { formatTable, formatTime, plural } from './table.ts';

interface SetOptions extends SubjectOptions {
  readonly file?: string;
}

interface SecretJson {
  readonly name: string;
  readonly version: number;
  readonly createdAtMs: number;
  readonly keyId: string;
  /** Why it does not open. */
  readonly problem: string | null;
}

interface ReencryptOptions extends AdminOptions {
  readonly status?: boolean;
}

interface ReencryptJson {
  readonly reencrypted: number;
  readonly remaining: number;
  readonly unreadable: readonly string[];
  readonly keyIds: readonly {
    readonly keyId: string;
    readonly state: 'current' | 'known' | 'missing' | 'wrong' | 'plain';
    readonly secrets: number;
    readonly pipelines: number;
  }[];
}

export function addSecretCommands(program: Command): void {
  const secret = program.command('secret').description('what pipelines read with secret("NAME")');

  const set = addSecretSubject(secret.command('set').argument('<name>', 'as in secret("NAME")'))
    // Said in our own words, which do not repeat a value.
    .allowExcessArguments()
    .option('--file <path>', 'read the value from a file; - or a pipe: from the standard input')
    .description('set a secret; the value is asked for, or read from --file or a pipe');
  adminAction<SetOptions>(set, async (client, options, args) => {
    const [name = '', ...extra] = args;
    if (extra.length > 0) throw new UsageError('a value is never an argument: pipe it in, or give --file PATH');
    const { path, name: whose, follows } = secretSubject(options);
    const value = await readValue(name, options.file);
    const answer = await client.json<SecretJson>(`${path}/${encodeURIComponent(name)}`, {
      method: 'PUT',
      json: { value },
    });
    return {
      json: answer,
      text: `secret ${name} of ${whose} is set (${plural(value.length, 'character')}); it is in force ${follows}`,
    };
  });

  const list = addSecretSubject(secret.command('list')).description('list names; values are shown to nobody');
  adminAction<SubjectOptions>(list, async (client, options) => {
    const { path, flag } = secretSubject(options);
    const answer = await client.json<{ secrets: SecretJson[] }>(path);
    const rows = answer.secrets.map(({ name, createdAtMs, keyId }) => [name, formatTime(createdAtMs), keyId]);
    const none = `no secrets yet; set one with: spillway secret set ${flag} NAME`;
    const broken = answer.secrets.filter(({ problem }) => problem !== null);
    const problems = broken.map(({ name, problem }) => `${name} does not open: ${problem}; set it anew\n`);
    return {
      json: answer,
      text: rows.length === 0 ? none : problems.join('') + formatTable(['NAME', 'SET', 'KEY'], rows),
    };
  });

  const remove = addSecretSubject(secret.command('delete').argument('<name>', 'a name from `secret list`')).description(
    'wipe a secret that the pipeline does not read',
  );
  adminAction<SubjectOptions>(remove, async (client, options, [name = '']) => {
    const { path, name: whose } = secretSubject(options);
    await client.send(`${path}/${encodeURIComponent(name)}`, { method: 'DELETE' });
    return { json: { name, deleted: true }, text: `secret ${name} of ${whose} is gone` };
  });

  const reencrypt = secret
    .command('reencrypt')
    .option('--status', 'change nothing, only tell what is sealed with which key')
    .description('seal everything with the first key of SECRETS_KEY, and tell whether an old one can go');
  adminAction<ReencryptOptions>(reencrypt, async (client, options) => {
    const answer = await reencryptAll(client, options.status === true);
    const exitCode = options.status !== true && answer.remaining > 0 ? EXIT_REFUSED : 0;
    return { json: answer, text: report(answer, options.status === true), exitCode };
  });
}

async function readValue(name: string, file: string | undefined): Promise<string> {
  const isAsked = file === undefined && process.stdin.isTTY === true;
  const value = isAsked ? await hiddenPrompt(`value of ${name} (not shown): `) : readFrom(file ?? '-');
  // What `echo` and editors put at the end is no part of a password.
  const trimmed = value.replace(/[\r\n]+$/, '');
  if (trimmed === '') throw new UsageError('the value is empty');
  return trimmed;
}

function readFrom(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file === '-' ? 0 : file));
  } catch (error) {
    const problem = error instanceof TypeError ? 'it is not UTF-8 text' : (error as Error).message;
    throw new UsageError(`cannot read the value from ${file === '-' ? 'the standard input' : file}: ${problem}`);
  }
}

/** Step by step until nothing is left that can be done. */
async function reencryptAll(client: AdminClient, onlyStatus: boolean): Promise<ReencryptJson> {
  let total = 0;
  for (;;) {
    const path = `secrets/reencrypt${onlyStatus ? '?limit=0' : ''}`;
    const step = await client.json<ReencryptJson>(path, { method: 'POST' });
    total += step.reencrypted;
    const isOver = onlyStatus || step.remaining === 0 || step.reencrypted === 0;
    if (isOver) {
      if (process.stderr.isTTY === true && !onlyStatus) process.stderr.write('\r\u001b[K');
      return { ...step, reencrypted: total };
    }
    if (process.stderr.isTTY === true) process.stderr.write(`\r${total} sealed again, ${step.remaining} to go  `);
  }
}

const STATES = {
  current: 'seals everything new',
  known: 'opens what it sealed',
  missing: 'NOT in SECRETS_KEY: what it sealed cannot be read',
  wrong: 'ANOTHER KEY of this id sealed it: put that one back, or give the new one another id',
  plain: 'stored as it is',
} as const;

function report({ reencrypted, remaining, unreadable, keyIds }: ReencryptJson, onlyStatus: boolean): string {
  const rows = keyIds.map(({ keyId, state, secrets, pipelines }) => [
    keyId === '' ? '(none)' : keyId,
    String(secrets),
    String(pipelines),
    state === 'known' && secrets + pipelines === 0
      ? 'nothing uses it: it can be taken out of SECRETS_KEY'
      : STATES[state],
  ]);
  const done = onlyStatus ? [] : [`${reencrypted} sealed again, ${remaining} left`];
  const broken = unreadable.map((place) => `does not open: ${place}`);
  return [...done, ...broken, formatTable(['KEY', 'SECRETS', 'PIPELINES', ''], rows)].join('\n');
}
