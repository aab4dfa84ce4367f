/** `spillway pipeline template [list|NAME]`: pipelines to begin with, from deploy/templates/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { formatTable } from './table.ts';

export const TEMPLATE_FOLDER = join(import.meta.dirname, '../../deploy/templates');

export interface Template {
  readonly name: string;
  /** The first line of the file. */
  readonly summary: string;
  readonly text: string;
}

export function addTemplateCommand(pipeline: Command): void {
  pipeline
    .command('template')
    .argument('[name]', 'a name from `template list`', 'list')
    .description('print a pipeline to begin with, or list those that there are')
    .action((name: string) => {
      const templates = readTemplates();
      const found = templates.find((template) => template.name === name);
      if (found !== undefined) process.stdout.write(found.text);
      else if (name === 'list') console.log(listed(templates));
      else {
        console.error(`error: there is no template ${JSON.stringify(name)}; there are:\n\n${listed(templates)}`);
        process.exitCode = 2;
      }
    });
}

export function readTemplates(): Template[] {
  return readdirSync(TEMPLATE_FOLDER)
    .filter((file) => file.endsWith('.alloy'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(TEMPLATE_FOLDER, file), 'utf8');
      return {
        name: file.slice(0, -'.alloy'.length),
        summary: text.split('\n', 1)[0]?.replace(/^\/\/ /, '') ?? '',
        text,
      };
    });
}

function listed(templates: readonly Template[]): string {
  return formatTable(
    ['NAME', 'SENDS TO'],
    templates.map(({ name, summary }) => [name, summary]),
  );
}
