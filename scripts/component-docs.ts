/**
 * `npm run docs`: writes docs/components from the declarations of all components, the tables of docs/limits.md, and the
 * operations of docs/admin-api.md. With --check it writes nothing and fails where a page is not what it would write. In both cases it fails where an argument of a running component has no text.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostRegistry } from '../agent-lite/components/registry.ts';
import { sharedRegistry } from '../core/pipeline/registry.ts';
import { stageDefinitions } from '../core/pipeline/stages/registry.ts';
import { withAdminOperations } from './docs/admin-api.ts';
import { withLimitTables } from './docs/limits.ts';
import { type Definition, renderPages, undocumented } from './docs/pages.ts';

const FOLDER = join(import.meta.dirname, '../docs/components');

const definitions = [...new Map<string, Definition>([...sharedRegistry, ...hostRegistry]).values()];
const stageDoc = (name: string) => stageDefinitions().get(name)?.summary;
const missing = definitions.filter((each) => !each.declaredOnly).flatMap((each) => undocumented(each, stageDoc));
for (const each of missing) console.error(`no doc text: ${each}`);

const pages = renderPages(definitions, stageDoc);

/** Pages that are written by hand but for a part, by their name in docs/. */
const PARTLY: Readonly<Record<string, (page: string) => string | Promise<string>>> = {
  'limits.md': withLimitTables,
  'admin-api.md': withAdminOperations,
};
const partly = await Promise.all(
  Object.entries(PARTLY).map(async ([name, complete]) => {
    const path = join(import.meta.dirname, '../docs', name);
    const present = readFileSync(path, 'utf8');
    return { name, path, present, text: await complete(present) };
  }),
);

const stale = process.argv.includes('--check') ? compare() : write();
for (const name of stale) console.error(`docs/components/${name} is not current: run npm run docs`);
process.exitCode = missing.length + stale.length === 0 ? 0 : 1;

function written(): string[] {
  return existsSync(FOLDER) ? readdirSync(FOLDER) : [];
}

function compare(): string[] {
  const present = new Set(written());
  const differing = [...pages].filter(
    ([name, text]) => !present.has(name) || readFileSync(join(FOLDER, name), 'utf8') !== text,
  );
  return [
    ...partly.filter(({ present, text }) => present !== text).map(({ name }) => `../${name}`),
    ...differing.map(([name]) => name),
    ...[...present].filter((name) => !pages.has(name)),
  ];
}

function write(): string[] {
  mkdirSync(FOLDER, { recursive: true });
  for (const name of written()) if (!pages.has(name)) rmSync(join(FOLDER, name));
  for (const [name, text] of pages) writeFileSync(join(FOLDER, name), text);
  for (const { path, text } of partly) writeFileSync(path, text);
  console.log(`docs/components: ${pages.size} pages`);
  return [];
}
