/** `spillway pipeline set|get|validate|diff|history|rollback|dry-run|unset|template` */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { wholeNumber, wholeNumberUpTo } from './arguments.ts';
import { type AdminClient, AdminError } from './client.ts';
import { UsageError } from './connection.ts';
import { addDryRunCommand } from './dry-run.ts';
import { adminAction, EXIT_FOUND, EXIT_TROUBLE } from './run.ts';
import { addPipelineSubject, pipelineSubject, type Subject, type SubjectOptions } from './subject.ts';
import { formatBytes, formatTable, formatTime } from './table.ts';
import { addTemplateCommand } from './templates.ts';
import { unifiedDiff } from './unified-diff.ts';

interface SetOptions extends SubjectOptions {
  readonly comment?: string;
  readonly ifVersion?: number;
}

interface VersionOptions extends SubjectOptions {
  readonly version?: number;
}

interface HistoryOptions extends SubjectOptions {
  readonly limit: number;
}

interface DiagnosticJson {
  readonly severity: string;
  readonly excerpt: string;
}

interface Saved {
  readonly version: number;
  readonly diagnostics?: readonly DiagnosticJson[];
}

interface VersionJson {
  readonly version: number;
  readonly createdAtMs: number;
  readonly author: string;
  readonly comment: string;
  readonly restores: number | null;
  readonly bytes: number;
  readonly current: boolean;
}

const FILE = 'a pipeline in Alloy syntax; - reads the standard input';
const COMMENT = 'why; shown in the history';

export function addPipelineCommands(program: Command): void {
  const pipeline = program
    .command('pipeline')
    .description('pipelines of tenants, and the default one: set, read, compare, go back');
  addSet(pipeline);
  addGet(pipeline);
  addValidate(pipeline);
  addDiff(pipeline);
  addHistory(pipeline);
  addRollback(pipeline);
  addDryRunCommand(pipeline);
  addUnset(pipeline);
  addTemplateCommand(pipeline);
}

function addSet(pipeline: Command): void {
  const set = addPipelineSubject(pipeline.command('set').argument('<file>', FILE))
    .option('--comment <text>', COMMENT)
    .option('--if-version <number>', 'only where this is the newest version: nobody else is overwritten', wholeNumber)
    .description('check a pipeline and make it the current one');
  adminAction<SetOptions>(set, async (client, options, [file = '-']) => {
    const subject = pipelineSubject(options);
    const text = readPipelineFile(file);
    const query = new URLSearchParams({ filename: shownName(file), ...commentQuery(options) });
    const headers = ifMatch(options);
    const request = { method: 'PUT', text, headers } as const;
    const answer = await refusedWith(`${file} was not set`, () =>
      client.json<Saved>(`${subject.path}?${query}`, request),
    );
    return { json: answer, text: saved(`version ${answer.version} of ${subject.name} is set`, subject, answer) };
  });
}

function addGet(pipeline: Command): void {
  const get = addPipelineSubject(pipeline.command('get'))
    .option('--version <number>', 'an older version', wholeNumber)
    .description('print the current pipeline, or a version of it');
  adminAction<VersionOptions>(get, async (client, options) => {
    const text = await readVersion(client, pipelineSubject(options), options.version);
    return { json: { tenant: options.tenant, text }, text, verbatim: true };
  });
}

function addValidate(pipeline: Command): void {
  const validate = addPipelineSubject(pipeline.command('validate').argument('<file>', FILE)).description(
    'check a pipeline as `set` does, and change nothing; exit code 1 where it has mistakes, 2 where it failed',
  );
  adminAction<SubjectOptions>(
    validate,
    async (client, options, [file = '-']) => {
      const { path } = pipelineSubject(options);
      const query = new URLSearchParams({ filename: shownName(file) });
      const request = { method: 'POST', text: readPipelineFile(file) } as const;
      const answer = await client.json<{ ok: boolean; diagnostics: DiagnosticJson[] }>(
        `${path}/validate?${query}`,
        request,
      );
      const said = answer.diagnostics.map(({ excerpt }) => excerpt.trimEnd());
      const summary = answer.ok
        ? `${file} would be taken`
        : `${file} would not be taken: ${mistakes(answer.diagnostics)}`;
      return { json: answer, text: [...said, summary].join('\n\n'), exitCode: answer.ok ? 0 : EXIT_FOUND };
    },
    EXIT_TROUBLE,
  );
}

function addDiff(pipeline: Command): void {
  const diff = addPipelineSubject(pipeline.command('diff').argument('[file]', FILE))
    .option('--version <number>', 'compare with this version in place of the current one', wholeNumber)
    .description(
      'show what FILE would change, or without FILE what changed since --version; exit code 1 where they differ, 2 where it failed',
    );
  adminAction<VersionOptions>(
    diff,
    async (client, options, [file]) => {
      const { version } = options;
      if (file === undefined && version === undefined)
        throw new UsageError('give a FILE, or --version NUMBER, or both');
      const subject = pipelineSubject(options);
      const before = { name: versionName(version), text: await readVersion(client, subject, version) };
      const after =
        file === undefined
          ? { name: versionName(undefined), text: await readVersion(client, subject, undefined) }
          : { name: shownName(file), text: readPipelineFile(file) };
      const color = process.stdout.isTTY === true && !process.env.NO_COLOR;
      const text = unifiedDiff(before, after, color);
      const json = { same: text === '', diff: unifiedDiff(before, after) };
      return { json, text: text === '' ? 'no difference' : text, exitCode: text === '' ? 0 : EXIT_FOUND };
    },
    EXIT_TROUBLE,
  );
}

function addHistory(pipeline: Command): void {
  const history = addPipelineSubject(pipeline.command('history'))
    .option('--limit <number>', 'how many versions, at most 500', wholeNumberUpTo(500), 20)
    .description('list versions, newest first: who set them, when and why');
  adminAction<HistoryOptions>(history, async (client, options) => {
    const { path, name } = pipelineSubject(options);
    const answer = await client.json<{ versions: VersionJson[] }>(`${path}/versions?limit=${options.limit}`);
    const rows = answer.versions.map((one) => [
      `${one.version}${one.current ? ' *' : ''}`,
      formatTime(one.createdAtMs),
      one.author === '' ? '-' : one.author,
      one.bytes === 0 ? 'unset' : formatBytes(one.bytes),
      [...(one.restores === null ? [] : [`version ${one.restores} again`]), one.comment].filter(Boolean).join(': '),
    ]);
    const table = formatTable(['VERSION', 'SET', 'BY', 'SIZE', 'COMMENT'], rows);
    return { json: answer, text: rows.length === 0 ? `${name} was never set` : table };
  });
}

function addRollback(pipeline: Command): void {
  const rollback = addPipelineSubject(pipeline.command('rollback').argument('<version>', 'from `history`', wholeNumber))
    .option('--comment <text>', COMMENT)
    .option('--if-version <number>', 'only where this is the newest version', wholeNumber)
    .description('make a new version with the text of an older one');
  adminAction<SetOptions>(rollback, async (client, options, [given = '']) => {
    const subject = pipelineSubject(options);
    const version = Number(given);
    const json = { version, ...commentQuery(options) };
    const headers = ifMatch(options);
    const answer = await refusedWith(`version ${version} was not brought back`, () =>
      client.json<Saved>(`${subject.path}/rollback`, { method: 'POST', json, headers }),
    );
    const text = `version ${answer.version} of ${subject.name} is set, with the text of version ${version}`;
    return { json: answer, text: saved(text, subject, answer) };
  });
}

function addUnset(pipeline: Command): void {
  const unset = addPipelineSubject(pipeline.command('unset'))
    .option('--comment <text>', COMMENT)
    .option('--if-version <number>', 'only where this is the newest version', wholeNumber)
    .description("take a tenant's pipeline away: the default one serves it then; `rollback` brings it back");
  adminAction<SetOptions>(unset, async (client, options) => {
    const subject = pipelineSubject(options);
    const request = { method: 'DELETE', headers: ifMatch(options) } as const;
    const answer = await client.json<Saved>(`${subject.path}?${new URLSearchParams(commentQuery(options))}`, request);
    const then =
      options.default === true ? 'tenants without their own are refused' : 'the default one serves it, if there is one';
    return { json: answer, text: `${subject.name} is taken away; ${subject.follows} ${then}` };
  });
}

export function readPipelineFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function shownName(file: string): string {
  return file === '-' ? 'pipeline' : file;
}

/** Every mistake with its place and the lines around it, as `agent-lite validate` prints them. */
export async function refusedWith<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof AdminError) || error.status !== 422) throw error;
    const { diagnostics } = error.body as { diagnostics: readonly DiagnosticJson[] };
    const texts = diagnostics.map(({ excerpt }) => excerpt.trimEnd());
    throw new AdminError(`${what}: ${mistakes(diagnostics)}\n\n${texts.join('\n\n')}`, error.status, error.body);
  }
}

function mistakes(diagnostics: readonly DiagnosticJson[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return `${errors} ${errors === 1 ? 'mistake' : 'mistakes'}`;
}

function saved(text: string, { follows }: Subject, { diagnostics = [] }: Saved): string {
  const warnings = diagnostics.map(({ excerpt }) => excerpt.trimEnd());
  return [...warnings, `${text}; it is in force ${follows}`].join('\n\n');
}

async function readVersion(client: AdminClient, { path }: Subject, version: number | undefined): Promise<string> {
  return (await client.send(version === undefined ? path : `${path}/versions/${version}`)).text;
}

function versionName(version: number | undefined): string {
  return version === undefined ? 'current' : `version ${version}`;
}

function commentQuery({ comment }: { readonly comment?: string }): { comment?: string } {
  return comment === undefined ? {} : { comment };
}

function ifMatch({ ifVersion }: SetOptions): Record<string, string> {
  return ifVersion === undefined ? {} : { 'If-Match': `"${ifVersion}"` };
}
