/** The pages of docs/components, from the declarations of the components alone. */
import type { AnyComponentDefinition } from '../../core/alloy/component.ts';
import type { Attribute, BodySchema } from '../../core/alloy/schema.ts';
import {
  attributesOf,
  attributeTable,
  blocksOf,
  blockTable,
  defaultText,
  table,
  typeName,
  usage,
} from './schema-tables.ts';

// biome-ignore lint/suspicious/noExplicitAny: components of both runtimes, whose contexts differ
export type Definition = AnyComponentDefinition<any>;

const GENERATED = '<!-- Made by `npm run docs` from the declaration of the component. Do not edit. -->';
const SIDES = { host: 'agent-lite', edge: 'the gateway' } as const;

/** File name to text. `stageDoc`: what a stage of loki.process does. */
export function renderPages(
  definitions: readonly Definition[],
  stageDoc: (name: string) => string | undefined,
): Map<string, string> {
  const sorted = [...definitions].sort((a, b) => (a.name < b.name ? -1 : 1));
  const running = sorted.filter(({ declaredOnly }) => !declaredOnly);
  const declared = sorted.filter(({ declaredOnly }) => declaredOnly);
  const pages = new Map(running.map((each) => [`${each.name}.md`, componentPage(each, stageDoc)] as const));
  pages.set('declared.md', declaredPage(declared));
  pages.set('README.md', indexPage(running, declared));
  return pages;
}

/** `component: path` of each argument and block that no text explains. */
export function undocumented(definition: Definition, stageDoc: (name: string) => string | undefined): string[] {
  const missing = (schema: BodySchema, path: readonly string[]) =>
    attributesOf(schema)
      .filter(([, { doc = '' }]) => doc === '')
      .map(([name]) => `${definition.name}: ${[...path, name].join(' > ')}`);
  const blocks = blocksOf(definition.schema, stageDoc);
  return [
    ...missing(definition.schema, []),
    ...blocks.filter(({ doc }) => doc === '').map(({ path }) => `${definition.name}: block ${path.join(' > ')}`),
    ...blocks.flatMap(({ schema, path }) => missing(schema, path)),
  ];
}

function componentPage(definition: Definition, stageDoc: (name: string) => string | undefined): string {
  const { name, summary, schema } = definition;
  const parts = [
    GENERATED,
    `# ${name}`,
    summary,
    facts(definition),
    `## Usage\n\n\`\`\`alloy\n${usage(name, 'LABEL', schema)}\n\`\`\``,
  ];
  if (attributesOf(schema).length > 0) parts.push(`## Arguments\n\n${attributeTable(schema)}`);
  const blocks = blocksOf(schema, stageDoc);
  if (blocks.length > 0) {
    parts.push(`## Blocks\n\n${blockTable(blocks)}`);
    for (const block of blocks) {
      if (attributesOf(block.schema).length === 0) continue;
      parts.push(`### ${block.path.join(' > ')}\n\n${attributeTable(block.schema)}`);
    }
  }
  parts.push(exportsSection(definition));
  parts.push(
    'An argument or block that is declared here but not acted on yet is refused with a text that says so, never ignored.',
  );
  return `${parts.join('\n\n')}\n`;
}

function facts({ sides, stability }: Definition): string {
  return `Runs on: ${sides.map((side) => SIDES[side]).join(' and ')}. Stability: ${stability}.`;
}

function exportsSection({ exports }: Definition): string {
  const rows = Object.entries(exports).map(([name, type]) => [`\`${name}\``, `\`${type}\``]);
  return `## Exports\n\n${rows.length === 0 ? 'None.' : table(['Name', 'Type'], rows)}`;
}

function declaredPage(definitions: readonly Definition[]): string {
  const sections = definitions.map((definition) => {
    const { name, summary, stability, schema, community } = definition;
    const level = community ? 'community component' : stability;
    return `## ${name}\n\n${summary} (${level})\n\n\`\`\`alloy\n${sketch(name, schema)}\n\`\`\`\n\n${exportsLine(definition)}`;
  });
  return `${[
    GENERATED,
    '# Components whose configuration is checked, and which do not run yet',
    '`agent-lite validate` knows these components: names, types and required arguments are checked as Alloy checks them. ' +
      '`agent-lite run` refuses a configuration that uses one and says so.',
    ...sections,
  ].join('\n\n')}\n`;
}

function exportsLine({ exports }: Definition): string {
  const names = Object.entries(exports).map(([name, type]) => `\`${name}\` (${type})`);
  return `Exports: ${names.length === 0 ? 'none' : names.join(', ')}.`;
}

/** All arguments with their types, in the shape of a configuration. */
function sketch(name: string, schema: BodySchema): string {
  const lines: string[] = [];
  const write = (body: BodySchema, depth: number, around: ReadonlySet<BodySchema>): void => {
    const indent = '  '.repeat(depth);
    for (const [field, attribute] of attributesOf(body)) lines.push(`${indent}${field} = ${valueSketch(attribute)}`);
    for (const { path, schema: inner } of childBlocks(body)) {
      if (Object.keys(inner).length === 0 || around.has(inner)) lines.push(`${indent}${path} { }`);
      else {
        lines.push(`${indent}${path} {`);
        write(inner, depth + 1, new Set([...around, inner]));
        lines.push(`${indent}}`);
      }
    }
  };
  write(schema, 1, new Set([schema]));
  return lines.length === 0 ? `${name} "LABEL" { }` : `${name} "LABEL" {\n${lines.join('\n')}\n}`;
}

function childBlocks(body: BodySchema): { readonly path: string; readonly schema: BodySchema }[] {
  return Object.entries(body).flatMap(([name, field]) => {
    if (field.field === 'attribute') return [];
    if (field.field === 'block') return [{ path: name, schema: field.body }];
    return Object.entries(field.blocks()).map(([path, schema]) => ({ path, schema }));
  });
}

function valueSketch(attribute: Attribute<unknown>): string {
  const type = typeName(attribute.type);
  if (attribute.required) return `${type} // required`;
  const value = defaultText(attribute).replaceAll('`', '');
  return value === '' ? type : `${type} // ${value}`;
}

function indexPage(running: readonly Definition[], declared: readonly Definition[]): string {
  const rows = running.map(({ name, summary, sides, stability }) => {
    return [`[${name}](${name}.md)`, sides.map((side) => SIDES[side]).join(', '), stability, summary];
  });
  const families = new Map<string, string[]>();
  for (const { name } of declared) {
    const family = name.slice(0, name.indexOf('.'));
    const link = `[${name}](declared.md#${name.replaceAll('.', '')})`;
    families.set(family, [...(families.get(family) ?? []), link]);
  }
  return `${[
    GENERATED,
    '# Components',
    `${running.length} components run.`,
    table(['Component', 'Runs on', 'Stability', 'What it does'], rows),
    '## Checked, not yet run',
    `The configuration of ${declared.length} more components of Alloy is checked by \`agent-lite validate\`.`,
    [...families.values()].map((links) => `- ${links.join(', ')}`).join('\n'),
  ].join('\n\n')}\n`;
}
