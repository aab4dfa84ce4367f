/** The standard library: names to values. What depends on the machine (environment, hostname, secrets) is passed in. */
import { didYouMean } from '../nearest.ts';
import { t } from '../schema.ts';
import { ValueError } from '../value-error.ts';
import type { FunctionValue, Value } from '../value-types.ts';
import type { Secret } from '../values.ts';
import { arrayFunctions } from './array.ts';
import { coalesce } from './coalesce.ts';
import { encodingFunctions } from './encoding.ts';
import { fn } from './function.ts';
import { jsonPath } from './json-path.ts';
import { pathJoin } from './path-join.ts';
import { stringFunctions } from './string.ts';

export interface StdlibOptions {
  /** The variable's value, or undefined, which reads as "". */
  readonly env: (name: string) => string | undefined;
  /** `constants.hostname`, `.os`, `.arch`, `.version`; at the edge also `.tenant`. */
  readonly constants: Readonly<Record<string, string>>;
  /** `secret("name")`, which only the edge has; undefined: the tenant has no such secret. */
  readonly secret?: (name: string) => Secret | undefined;
  /** Those that there are, for who asks for another. */
  readonly secretNames?: () => readonly string[];
}

export const DEPRECATED_MESSAGE =
  'this stdlib function is deprecated; please refer to the documentation for updated usage and alternatives';

/** Old global names and what replaced them. */
export const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ['env', 'sys.env'],
  ['nonsensitive', 'convert.nonsensitive'],
  ['concat', 'array.concat'],
  ['json_decode', 'encoding.from_json'],
  ['yaml_decode', 'encoding.from_yaml'],
  ['base64_decode', 'encoding.from_base64'],
  ...[
    'format',
    'join',
    'replace',
    'split',
    'to_lower',
    'to_upper',
    'trim',
    'trim_prefix',
    'trim_suffix',
    'trim_space',
  ].map((name) => [name, `string.${name}`] as const),
]);

/** Full names that need the experimental stability level. */
export const EXPERIMENTAL: ReadonlySet<string> = new Set(['array.combine_maps', 'array.group_by']);

export function stdlib(options: StdlibOptions): ReadonlyMap<string, Value> {
  const names = new Map<string, Value>([
    ['constants', new Map(Object.entries(options.constants))],
    ['coalesce', coalesce],
    ['json_path', jsonPath],
    ['sys', namespace([fn('sys.env', [t.string], (name) => options.env(name) ?? '')])],
    ['convert', namespace([fn('convert.nonsensitive', [t.secret], (secret) => secret.reveal())])],
    ['array', namespace(arrayFunctions)],
    ['encoding', namespace(encodingFunctions)],
    ['string', namespace(stringFunctions)],
    ['file', namespace([pathJoin])],
  ]);
  for (const [old, current] of DEPRECATED) names.set(old, member(names, current));
  const { secret, secretNames } = options;
  if (secret !== undefined) names.set('secret', secretFunction(secret, secretNames));
  return names;
}

function namespace(functions: readonly FunctionValue[]): Value {
  return new Map(functions.map((each) => [each.name.slice(each.name.indexOf('.') + 1), each] as const));
}

function member(names: ReadonlyMap<string, Value>, path: string): Value {
  const [space, name] = path.split('.') as [string, string];
  return (names.get(space) as ReadonlyMap<string, Value>).get(name)!;
}

function secretFunction(
  find: (name: string) => Secret | undefined,
  names: (() => readonly string[]) | undefined,
): FunctionValue {
  return fn('secret', [t.string], (name) => {
    const found = find(name);
    if (found !== undefined) return found;
    const missing = `finds no secret named ${JSON.stringify(name)}`;
    throw new ValueError(names === undefined ? missing : `${missing}; ${listed(name, names())}`);
  });
}

const MAX_LISTED = 20;

/** Where names are known, so is who keeps them: the gateway. */
const MAKES_ONE = '(spillway secret set makes one)';

function listed(name: string, known: readonly string[]): string {
  if (known.length === 0) return `there are none yet ${MAKES_ONE}`;
  const quoted = known.slice(0, MAX_LISTED).map((each) => JSON.stringify(each));
  const more = known.length > MAX_LISTED ? ` and ${known.length - MAX_LISTED} more` : '';
  const { hint } = didYouMean(name, known);
  return `${hint === undefined ? '' : `${hint} `}there are: ${quoted.join(', ')}${more} ${MAKES_ONE}`;
}
