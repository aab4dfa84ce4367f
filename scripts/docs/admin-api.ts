/** The operations of docs/admin-api.md, from the OpenAPI document that the gateway serves. The head of the page is prose. */
import type {
  Content,
  OpenApiBody,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
  OpenApiTag,
} from '../../worker/admin/openapi-document.ts';
import { refName, type Schema, schemaText } from './schema-text.ts';

const BEGIN = '<!-- operations: written by npm run docs -->';
const END = '<!-- end of operations -->';

/** Told once for all operations, at the end of the page. */
const SHARED = ['Outbox', 'OutboxDetails', 'Diagnostic', 'Hop', 'TokenLimits'];
/** Told in docs/limits.md. */
const LIMITS = ['Limits', 'EffectiveLimits'];

const LEGEND =
  'Under "for" stand roles of operators, and scopes of the tokens of the tenant that the path names. The holder of `ADMIN_TOKEN` may do all of it.';

interface Described {
  readonly title: string;
  readonly path: string;
  readonly operation: OpenApiOperation;
}

/** The page with its operations as they are to be. */
export async function withAdminOperations(page: string): Promise<string> {
  const document = await adminDocument();
  const chapters = new Chapters(document);
  const text = [
    chapters.index(),
    chapters.everyAnswer(),
    ...document.tags.map((tag) => chapters.chapter(tag)),
    chapters.shapes(),
  ];
  const start = page.indexOf(BEGIN) + BEGIN.length;
  const operations = text.join('\n').replaceAll(/[ \t]+$/gm, '');
  return `${page.slice(0, start)}\n\n${operations}\n${page.slice(page.indexOf(END))}`;
}

/** Imported by a name that the compiler does not follow: the Worker's code is checked with the types of its platform. */
async function adminDocument(): Promise<OpenApiDocument> {
  const folder = '../../worker/admin';
  const { openApiDocument } = (await import(`${folder}/openapi.ts`)) as {
    openApiDocument: (groups: unknown) => OpenApiDocument;
  };
  const { OPERATION_GROUPS } = (await import(`${folder}/operations.ts`)) as { OPERATION_GROUPS: unknown };
  return openApiDocument(OPERATION_GROUPS);
}

class Chapters {
  readonly #document: OpenApiDocument;
  readonly #all: readonly Described[];
  /** Shapes that were told, and by which operation. */
  readonly #told = new Map<string, string>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#all = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ title: titleOf(method, path), path, operation })),
    );
  }

  index(): string {
    const rows = this.#document.tags.flatMap((tag) =>
      this.#of(tag).map(({ title, operation }) => {
        return `| [\`${title}\`](#${anchor(title)}) | ${operation.summary} | ${operation['x-access']} |`;
      }),
    );
    return `## All operations\n\n${LEGEND}\n\n| request | what it does | for |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  }

  everyAnswer(): string {
    const rows = Object.entries(this.#document.components.responses).map(([name, { description, headers }]) => {
      const more = Object.keys(headers).map((header) => ` With \`${header}\`.`);
      return `| ${STATUSES[name] ?? name} | ${description}${more.join('')} |`;
    });
    return `## Answers that every operation may give\n\n| status | why |\n| --- | --- |\n${rows.join('\n')}\n`;
  }

  chapter(tag: OpenApiTag): string {
    const prose = tag.description === undefined ? '' : `${tag.description}\n\n`;
    return `## ${tag.name}\n\n${prose}${this.#of(tag)
      .map((described) => this.#operation(described))
      .join('\n')}`;
  }

  shapes(): string {
    const text = SHARED.map((name) => {
      const schema = this.#document.components.schemas[name] as Schema;
      return `### ${name}\n\n${fenced('ts', this.#text(schema))}\n`;
    });
    return `## Shapes that several answers have\n\n${text.join('\n')}`;
  }

  #of({ name }: OpenApiTag): readonly Described[] {
    return this.#all.filter(({ operation }) => operation.tags.includes(name));
  }

  #operation(described: Described): string {
    const { title, operation } = described;
    const { summary, description, parameters, requestBody, responses } = operation;
    const [more, access] = [description.split('\n\n').slice(0, -1), `For ${operation['x-access']}.`];
    const query = parameters.filter((parameter) => parameter.in === 'query').map(queryText);
    const body = requestBody === undefined ? [] : [this.#body(requestBody, title)];
    const answers = Object.entries(responses).flatMap(([status, response]) =>
      '$ref' in response ? [] : [this.#answer(status, response, title)],
    );
    const list = [...query, ...body, ...answers].map((line) => `- ${line}`).join('\n');
    return `${[`### \`${title}\``, [summary, ...more].join(' '), access, list, ...exampleText(described)].join('\n\n')}\n`;
  }

  #body({ required, description, content }: OpenApiBody, title: string): string {
    const said = description === undefined ? '' : ` ${description}`;
    return `**body**${required || !('application/json' in content) ? '' : ', if any'}:${said} ${this.#content(content, title)}`;
  }

  #answer(status: string, { description, headers, content }: OpenApiResponse, title: string): string {
    const named = Object.entries(headers)
      .filter(([name]) => Number(status) < 300 || name !== 'Retry-After')
      .map(([name, { description: text }]) => ` \`${name}\`: ${text}.`);
    const isError = content?.['application/json']?.schema.$ref === '#/components/schemas/Error';
    const shape = content === undefined || isError ? '' : ` ${this.#content(content, title)}`;
    // What every operation on a tenant answers is told once.
    const own = description.replace(`${this.#document.components.responses.TenantUnknown?.description} `, '');
    return `**${status}**: ${own}${named.join('')}${shape}`;
  }

  #content(content: Content, title: string): string {
    return Object.entries(content)
      .map(([type, { schema }]) => (type === 'application/json' ? this.#json(schema as Schema, title) : `\`${type}\``))
      .join(' or ');
  }

  #json(schema: Schema, title: string): string {
    const name = refName(schema) ?? '';
    if (SHARED.includes(name)) return `[${name}](#${name.toLowerCase()})`;
    if (LIMITS.includes(name)) return `the limits by group and name, as in [limits.md](limits.md)`;
    const told = this.#told.get(name);
    if (told !== undefined) return `The same fields as in [\`${told}\`](#${anchor(told)}).`;
    this.#told.set(name, title);
    const text = this.#text(schema);
    return text.includes('\n') ? `\n${indented(fenced('ts', text))}` : `\`${text}\``;
  }

  #text(schema: Schema): string {
    return schemaText({ schemas: this.#document.components.schemas, named: [...SHARED, ...LIMITS] }, schema);
  }
}

const STATUSES: Readonly<Record<string, string>> = {
  Invalid: '400 without a body',
  InvalidJson: '400 with a JSON body',
  InvalidText: '400 with a text',
  Unauthenticated: '401',
  Forbidden: '403',
  TenantUnknown: '404',
  TooLarge: '413',
  TooManyRequests: '429',
  Unavailable: '503',
};

function titleOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`;
}

/** As GitHub makes them. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function queryText({ name, description, required, schema }: OpenApiParameter): string {
  const more = [...(required ? ['required'] : []), ...((schema as Schema).type === 'array' ? ['repeatable'] : [])];
  return `**query \`${name}\`**${more.length === 0 ? '' : ` (${more.join(', ')})`}: ${description}`;
}

function exampleText({ title, operation }: Described): string[] {
  const sent = exampleOf(operation.requestBody?.content);
  const answers = Object.values(operation.responses).map((response) =>
    '$ref' in response ? undefined : exampleOf(response.content),
  );
  const answer = answers.find((each) => each !== undefined);
  if (sent === undefined && answer === undefined) return [];
  const request = title.replace(' /', ' /admin/v1/').replace(':tenant', 'shop').replace(':id', '5f0c1d2e3b4a5968');
  const lines = [request, ...texts(sent), ...(answer === undefined ? [] : ['', ...texts(answer)])];
  return [fenced('http', lines.join('\n'))];
}

function exampleOf(content: Content | undefined): unknown {
  return Object.values(content ?? {}).find(({ example }) => example !== undefined)?.example;
}

/** On one line where it fits. */
function texts(value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value.trimEnd()];
  const line = JSON.stringify(value);
  return [line.length <= 110 ? line : JSON.stringify(value, null, 2)];
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Inside a list item. */
function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
