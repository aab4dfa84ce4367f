/** `spillway pipeline set FILE|get` */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AdminError } from './client.ts';
import { UsageError } from './connection.ts';
import { type AdminOptions, adminAction } from './run.ts';

interface PipelineOptions extends AdminOptions {
  readonly tenant: string;
}

interface DiagnosticJson {
  readonly severity: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly excerpt: string;
}

export function addPipelineCommands(program: Command): void {
  const pipeline = program.command('pipeline').description("set and read a tenant's pipeline");

  const set = pipeline
    .command('set')
    .argument('<file>', 'a pipeline in Alloy syntax; - reads the standard input')
    .requiredOption('--tenant <name>', 'the tenant')
    .description('check a pipeline and make it the current one; takes effect within 5 s');
  adminAction<PipelineOptions>(set, async (client, options, [file = '-']) => {
    const text = readText(file);
    const path = `${pipelinePath(options)}?filename=${encodeURIComponent(file === '-' ? 'pipeline' : file)}`;
    try {
      const answer = await client.json<{ version: number }>(path, { method: 'PUT', text });
      return { json: answer, text: `pipeline version ${answer.version} of tenant ${options.tenant} is set` };
    } catch (error) {
      throw withDiagnostics(error, file);
    }
  });

  const get = pipeline
    .command('get')
    .requiredOption('--tenant <name>', 'the tenant')
    .description('print the current pipeline');
  adminAction<PipelineOptions>(get, async (client, options) => {
    const { text } = await client.send(pipelinePath(options));
    return { json: { tenant: options.tenant, text }, text: text.trimEnd() };
  });
}

function pipelinePath({ tenant }: PipelineOptions): string {
  return `tenants/${encodeURIComponent(tenant)}/pipeline`;
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Every mistake with its place and the lines around it, as `agent-lite validate` prints them. */
function withDiagnostics(error: unknown, file: string): unknown {
  if (!(error instanceof AdminError) || error.status !== 422) return error;
  const { diagnostics } = error.body as { diagnostics: readonly DiagnosticJson[] };
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const count = `${errors} ${errors === 1 ? 'mistake' : 'mistakes'}`;
  const texts = diagnostics.map(({ excerpt }) => excerpt.trimEnd());
  return new AdminError(`${file} was not set: ${count}\n\n${texts.join('\n\n')}`, error.status, error.body);
}
