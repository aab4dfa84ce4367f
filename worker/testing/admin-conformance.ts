/**
 * Compares answers of the admin API with its own OpenAPI document: an answer with a status, a type, a header or a field
 * that is not in there fails. Used by every test that calls the API, in workerd and against running gateways.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export interface AnswerSeen {
  readonly method: string;
  /** Below /admin/v1, as it was sent, with or without a query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly responses: Readonly<Record<string, ResponseObject>> };
}

interface OperationObject {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

interface ResponseObject {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
}

/** Answers to a path or a method that there is not; the rest is said by each operation. */
const UNDOCUMENTED = {
  path: [401, 403, 404, 429, 503],
  method: [401, 403, 405, 429, 503],
} as const;

const ERROR = { $ref: '#/components/schemas/Error' };
const ALWAYS: Readonly<Record<number, string>> = { 401: 'www-authenticate', 405: 'allow', 429: 'retry-after' };

export class AdminConformance {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  readonly #compiled = new Map<unknown, ValidateFunction>();

  constructor(document: unknown) {
    this.#document = closed(document) as Document;
  }

  /** Throws with what is not as documented. */
  check(seen: AnswerSeen): void {
    const problem = this.#problem(seen);
    if (problem === undefined) return;
    const { method, path, status, text } = seen;
    throw new Error(`not as documented: ${method} ${path} answered ${status}: ${problem}\n${text.slice(0, 500)}`);
  }

  #problem(seen: AnswerSeen): string | undefined {
    const { method, path, status, headers } = seen;
    if (headers.get('cache-control') !== 'no-store') return 'without Cache-Control: no-store';
    const needed = ALWAYS[status];
    if (needed !== undefined && !headers.has(needed)) return `without the header ${needed}`;
    const item = this.#pathItem(path);
    if (item === undefined) return this.#undocumented(seen, 'path');
    const operation = item[method === 'HEAD' ? 'get' : method.toLowerCase()];
    if (operation === undefined) return this.#undocumented(seen, 'method');
    const response = this.#resolved(operation.responses[String(status)]);
    if (response === undefined) return `${operation.operationId} has no such status`;
    return method === 'HEAD' ? undefined : this.#bodyProblem(seen, response);
  }

  #resolved(response: ResponseObject | undefined): ResponseObject | undefined {
    const name = response?.$ref?.split('/').at(-1);
    return name === undefined ? response : this.#document.components.responses[name];
  }

  #undocumented(seen: AnswerSeen, what: keyof typeof UNDOCUMENTED): string | undefined {
    const allowed: readonly number[] = UNDOCUMENTED[what];
    if (!allowed.includes(seen.status)) return `there is no such ${what} in the document`;
    if (seen.method === 'HEAD') return undefined;
    return this.#bodyProblem(seen, { content: { 'application/json': { schema: ERROR } } });
  }

  /** The path of the document with the most literal segments, as OpenAPI has it. */
  #pathItem(path: string) {
    const segments = (path.split(/[?#]/)[0] ?? '').split('/');
    const isParameter = (part: string) => part.startsWith('{');
    const matches = Object.keys(this.#document.paths).filter((template) => {
      const parts = template.split('/');
      const fits = (part: string, i: number) => (isParameter(part) ? segments[i] !== '' : part === segments[i]);
      return parts.length === segments.length && parts.every(fits);
    });
    const parameters = (template: string) => template.split('/').filter(isParameter).length;
    const [best] = matches.sort((a, b) => parameters(a) - parameters(b));
    return best === undefined ? undefined : this.#document.paths[best];
  }

  #bodyProblem({ headers, text }: AnswerSeen, { content }: ResponseObject): string | undefined {
    if (content === undefined) return text === '' ? undefined : 'with a body where there is to be none';
    const type = (headers.get('content-type') ?? '').split(';')[0];
    const found = Object.entries(content).find(([declared]) => declared.split(';')[0] === type);
    if (found === undefined) return `of type ${type}, not ${Object.keys(content).join(' or ')}`;
    return type === 'application/json' ? this.#jsonProblem(found[1].schema, text) : undefined;
  }

  #jsonProblem(schema: unknown, text: string): string | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return 'whose body is not JSON';
    }
    const validate = this.#compiledOf(schema);
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors, { dataVar: 'body' });
  }

  #compiledOf(schema: unknown): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const { components } = this.#document;
    const compiled = this.#ajv.compile({ ...(schema as object), components });
    this.#compiled.set(schema, compiled);
    return compiled;
  }
}

/** For readers objects are open; here a field that the document does not name is a mistake. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, closed(inner)]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  const isObject = copy.type === 'object' && copy.properties !== undefined;
  return isObject && copy.additionalProperties === undefined ? { ...copy, additionalProperties: false } : copy;
}
