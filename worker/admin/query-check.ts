/** Checks the query against the operation's declaration: a misspelt or senseless parameter is an error, never ignored. */
import type { AdminContext, Operation, QueryParameter } from './operation.ts';
import { refuse } from './read-json.ts';

export function queryProblem(c: AdminContext, { query = {} }: Operation): Response | undefined {
  const given = new URL(c.req.url).searchParams;
  for (const name of given.keys()) {
    if (!Object.hasOwn(query, name)) return invalid(c, `there is no query parameter ${quoted(name)}${known(query)}`);
  }
  for (const [name, parameter] of Object.entries(query)) {
    const problem = valuesProblem(parameter, given.getAll(name));
    if (problem !== undefined) return invalid(c, `${name}: ${problem}`);
  }
  return undefined;
}

function valuesProblem(parameter: QueryParameter, values: readonly string[]): string | undefined {
  if (parameter.required && values.length === 0) return 'this query parameter is needed';
  if (!parameter.repeated && values.length > 1) return 'given more than once';
  for (const value of values) {
    const problem = parameter.kind === 'integer' ? integerProblem(parameter, value) : textProblem(parameter, value);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function integerProblem({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: QueryParameter, value: string) {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= minimum && number <= maximum) return undefined;
  return maximum === Number.MAX_SAFE_INTEGER
    ? `an integer of at least ${minimum} is needed`
    : `an integer from ${minimum} to ${maximum} is needed`;
}

function textProblem({ maxLength, pattern, description }: QueryParameter, value: string): string | undefined {
  if (maxLength !== undefined && value.length > maxLength) return `at most ${maxLength} characters`;
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return undefined;
  return `${quoted(value)} is not ${description}`;
}

function known(query: NonNullable<Operation['query']>): string {
  const names = Object.keys(query);
  return names.length === 0 ? '; this operation takes none' : `; this operation takes ${names.join(', ')}`;
}

function invalid(c: AdminContext, message: string): Response {
  return refuse(c, 400, 'invalid_request', message);
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
