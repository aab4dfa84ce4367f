/**
 * Rules beyond names and types that Alloy checks when it loads a component: its Validate methods, for what is declared
 * here. `alloy validate` looks at names and types only, so a configuration that breaks a rule passes it and fails to load:
 * ours warns of it.
 */
import { ArgumentError, UnsupportedError } from '../../core/alloy/component.ts';
import type { BodySchema, Decoded } from '../../core/alloy/schema.ts';
import { checkAuthentication, tlsConfigSchema } from '../../core/pipeline/http-client-blocks.ts';
import { blockPath, joinPath } from '../../core/pipeline/unsupported.ts';

type Arguments = Readonly<Record<string, unknown>>;
/** Throws ArgumentError. `path` is the block, "" for the component. */
type Rule<A> = (args: A, path: string) => void;

const rules = new WeakMap<BodySchema, Rule<never>>();

/** The schema, with a rule that holds wherever it is used. */
export function ruled<S extends BodySchema>(schema: S, rule: Rule<Decoded<S>>): S {
  rules.set(schema, rule as Rule<never>);
  return schema;
}

/** Throws UnsupportedError for the first broken rule of a component. */
export function checkRules(schema: BodySchema, args: Arguments): void {
  try {
    checkBody(schema, args, '');
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UnsupportedError(error.path, `${error.message}; Alloy refuses to load this`);
  }
}

function checkBody(schema: BodySchema, args: Arguments, path: string): void {
  if ('authorization' in schema && 'oauth2' in schema) checkAuthentication(args, path);
  rules.get(schema)?.(args as never, path);
  for (const [name, field] of Object.entries(schema)) {
    const given = args[name];
    if (field.field !== 'block' || given === undefined) continue;
    const inner = field.repeated ? (given as readonly object[]) : [given as object];
    inner.forEach((each, i) => {
      const at = field.repeated ? blockPath(path, name, i) : joinPath(path, name);
      checkBody(field.body, each as Arguments, at);
    });
  }
}

export function need(holds: boolean, path: string, name: string, message: string): void {
  if (!holds) throw new ArgumentError(joinPath(path, name), message);
}

export function needPositive(args: Arguments, path: string, ...names: string[]): void {
  for (const name of names) need((args[name] as number) > 0, path, name, 'must be greater than 0');
}

export function needText(args: Arguments, path: string, ...names: string[]): void {
  for (const name of names) need(isGiven(args[name]), path, name, 'must not be empty');
}

export function needOneOf(args: Arguments, path: string, name: string, ...allowed: string[]): void {
  need(allowed.includes(args[name] as string), path, name, `must be one of ${allowed.join(', ')}`);
}

export function needExactlyOne(args: Arguments, path: string, ...names: string[]): void {
  const given = names.filter((name) => isGiven(args[name]));
  need(given.length === 1, path, given[1] ?? '', `exactly one of ${names.join(', ')} must be given`);
}

export function needAtMostOne(args: Arguments, path: string, ...names: string[]): void {
  const given = names.filter((name) => isGiven(args[name]));
  need(given.length <= 1, path, given[1] ?? '', `at most one of ${names.join(', ')} may be given`);
}

/** An empty text or list is none to Alloy. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

/** The rule of every block of TLS settings: a certificate goes with its key, and each comes as text or as a file. */
export function tlsRule(args: Arguments, path: string): void {
  for (const name of ['ca', 'cert', 'key']) needAtMostOne(args, path, `${name}_pem`, `${name}_file`);
  const certificate = isGiven(args.cert_pem) || isGiven(args.cert_file);
  const key = isGiven(args.key_pem) || isGiven(args.key_file);
  need(key || !certificate, path, '', 'a client certificate needs one of key_pem, key_file');
  need(certificate || !key, path, '', 'a client key needs one of cert_pem, cert_file');
}

ruled(tlsConfigSchema, tlsRule);
