/** Values for fast-check: such that a JSON schema allows, and texts of values that it does not, or that attack. */
import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

type Arbitrary = fc.Arbitrary<unknown>;

/** Deeper than this nothing is recursive here. */
const MAX_DEPTH = 6;

export function validValue(schema: Schema, schemas: Readonly<Record<string, unknown>>, depth = 0): Arbitrary {
  const inner = (value: unknown): Arbitrary => validValue(value as Schema, schemas, depth + 1);
  if (depth > MAX_DEPTH) return fc.constant(null);
  if (typeof schema.$ref === 'string') return inner(schemas[schema.$ref.split('/').at(-1) ?? '']);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  if ('const' in schema) return fc.constant(schema.const);
  const choice = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choice)) return fc.oneof(...choice.map(inner));
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'integer':
    case 'number':
      return number(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(inner(schema.items ?? {}), lengths(schema.minItems, schema.maxItems, 4));
    case 'object':
      return object(schema, inner);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function text({ pattern, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  const range = lengths(minLength, maxLength, 40);
  const free = fc.string({ unit: 'grapheme', ...range });
  if (typeof pattern !== 'string') return free;
  try {
    // Not every pattern can be turned around; the others are met by luck.
    return fc.stringMatching(new RegExp(pattern), { maxLength: range.maxLength });
  } catch {
    return fc.oneof(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,20}$/), free);
  }
}

function number({ type, minimum, maximum }: Schema): fc.Arbitrary<number> {
  const min = typeof minimum === 'number' ? minimum : -1000;
  const max = typeof maximum === 'number' ? maximum : 2 ** 41;
  return type === 'integer'
    ? fc.integer({ min, max })
    : fc.oneof(fc.integer({ min, max }), fc.double({ min, max, noNaN: true }));
}

function lengths(least: unknown, most: unknown, usual: number): { minLength: number; maxLength: number } {
  const minLength = typeof least === 'number' ? least : 0;
  return { minLength, maxLength: Math.max(minLength, Math.min(typeof most === 'number' ? most : usual, usual)) };
}

function object({ properties = {}, required, additionalProperties }: Schema, inner: (value: unknown) => Arbitrary) {
  const fields = Object.entries(properties as Record<string, unknown>).map(([name, schema]) => [name, inner(schema)]);
  const requiredKeys = (required as string[] | undefined) ?? [];
  const declared = fc.record<Record<string, unknown>>(Object.fromEntries(fields), { requiredKeys });
  if (typeof additionalProperties !== 'object' || additionalProperties === null) return declared;
  return fc.dictionary(fc.stringMatching(/^[a-z][a-z_]{0,8}$/), inner(additionalProperties), { maxKeys: 3 });
}

/** As JSON, because some of it no object can be: `__proto__`, two fields of one name, half a document. */
export function mutatedText(valid: Arbitrary): fc.Arbitrary<string> {
  const other = fc.oneof(
    hostileText.map((value) => JSON.stringify(value)),
    fc.json({ maxDepth: 3 }),
    fc.constantFrom(...ODD_JSON),
  );
  const field = fc.tuple(fc.constantFrom('__proto__', 'constructor', 'toString', 'name', '', 'x'), other);
  const json = valid.map((value) => JSON.stringify(value) ?? 'null');
  return fc.oneof(
    other,
    fc.tuple(json, field).map(([body, [name, value]]) => withField(body, name, value)),
    fc.tuple(valid, fc.nat(), other).map(([value, at, replacement]) => replaced(value, at, replacement)),
    fc.tuple(json, fc.nat()).map(([body, at]) => body.slice(0, at % (body.length + 1))),
  );
}

const ODD_JSON = [
  '1e999',
  '-0',
  '[[[[]]]]',
  '[{}]',
  'null',
  'true',
  '""',
  '{',
  '9007199254740993',
  `${'['.repeat(5000)}`,
  '\u0000',
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    '..',
    '../../secrets',
    'a/b',
    '%2e%2e',
    '%',
    '\u0000',
    '\ud800',
    "x' OR '1'='1",
    '💥',
    'ａｂｃ',
    '0',
    '-1',
    '1e3',
    'NaN',
    'a'.repeat(5_000),
    ' ',
    '*',
    '<script>',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

function withField(body: string, name: string, value: string): string {
  if (!body.startsWith('{')) return value;
  return `{${JSON.stringify(name)}:${value}${body === '{}' ? '' : ','}${body.slice(1)}`;
}

/** One of the fields, at any depth, with something else in it. */
function replaced(value: unknown, at: number, replacement: string): string {
  const json = JSON.stringify(value) ?? 'null';
  const places = [...json.matchAll(/:("(?:[^"\\]|\\.)*"|[\d.e+-]+|true|false|null)/g)];
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return replacement;
  return `${json.slice(0, place.index + 1)}${replacement}${json.slice(place.index + place[0].length)}`;
}
