import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluator.ts';
import { parseExpression } from './parser.ts';
import { chainScopes, namesScope, type Scope } from './scope.ts';
import { stdlib } from './stdlib/index.ts';
import { fromValue } from './to-value.ts';
import type { Value } from './value-types.ts';
import { Capsule, Secret } from './values.ts';

const names = new Map<string, Value>([
  ['text', 'hello'],
  ['list', ['a', 'b']],
  ['object', new Map<string, Value>([['field', 'x']])],
  ['hidden', new Secret('hunter2')],
  ['receiver', new Capsule('storage.Appendable', {})],
]);
const library = stdlib({ env: (name) => (name === 'HOME' ? '/root' : undefined), constants: { os: 'linux' } });
const scope: Scope = chainScopes(namesScope(names), namesScope(library));

/** The value as JSON, a bigint where JavaScript needs one, or the message. */
function run(text: string): unknown {
  const { expression, diagnostics } = parseExpression(text);
  if (diagnostics.length > 0) throw new Error(`${text}: ${diagnostics[0]!.message}`);
  const evaluated = evaluate(expression, scope);
  return evaluated.ok ? fromValue(evaluated.value) : evaluated.diagnostic.message;
}

describe('numbers', () => {
  it.each<[string, unknown]>([
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['7 / 2.0', 3.5],
    ['5.5 % 2', 1.5],
    ['1.', 1],
    ['.5', 0.5],
    ['1e3', 1000],
    ['010', 8],
    ['09', 9],
    ['2 ^ 10', 1024],
    ['2 ^ 0.5', Math.SQRT2],
    ['-2 ^ 2', 4],
    ['2 ^ 3 ^ 2', 512],
    ['9007199254740993', 9007199254740993n],
    ['9007199254740992 + 1', 9007199254740993n],
    ['9223372036854775807 + 1', -9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
    ['18446744073709551616', 18446744073709552000],
    ['9 ^ 999999999999', 4369432505493098041n],
    ['3 == 3.0', true],
    ['1 / 0', '0 divide by zero error'],
    ['1 % 0', '0 divide by zero error'],
    ['1.5 / 0.0', '0.0 divide by zero error'],
  ])('%s', (text, expected) => {
    expect(run(text)).toStrictEqual(expected);
  });
});

describe('operators', () => {
  it.each<[string, unknown]>([
    ['"a" + "b"', 'ab'],
    ['"a" < "b"', true],
    ['"\\uFFFD" < "\\U0001F600"', true],
    ['1 < 2.5', true],
    ['true || false', true],
    ['false && true', false],
    ['!true', false],
    ['null == null', true],
    ['1 == "1"', false],
    ['[1, 2] == [1, 2.0]', true],
    ['{a = 1} == {a = 1}', true],
    ['{a = 1} != {b = 1}', true],
    ['string.join == string.join', false],
    ['receiver == receiver', true],
    // Both sides are always evaluated: there is no short circuit.
    ['true || 1 / 0 == 1', '0 divide by zero error'],
    ['1 + "a"', '"a" should be number, got string'],
    ['true + 1', 'true should be one of [number string capsule] for binop +, got bool'],
    ['[] - 1', '[] should be one of [number] for binop -, got array'],
    ['1 < "a"', '"a" should be number, got string'],
    ['1 && true', '1 should be one of [bool] for binop &&, got number'],
    ['!1', '1 should be bool, got number'],
    ['-"a"', '"a" should be number, got string'],
  ])('%s', (text, expected) => {
    expect(run(text)).toStrictEqual(expected);
  });
});

describe('access', () => {
  it.each<[string, unknown]>([
    ['object.field', 'x'],
    ['object["field"]', 'x'],
    ['object["missing"]', null],
    ['list[1]', 'b'],
    ['list[0.9]', 'a'],
    ['[[1, 2], [3]][0][1]', 2],
    ['object.missing', 'field "missing" does not exist'],
    ['nowhere.at.all', 'identifier "nowhere" does not exist'],
    ['list[2]', '2 index 2 is out of range of array with length 2'],
    ['list[-1]', '-1 index -1 is out of range of array with length 2'],
    ['list["a"]', '"a" should be number, got string'],
    ['object[0]', '0 should be string, got number'],
    ['text.x', 'text cannot access field "x" on value of type string'],
    ['text[0]', 'text expected object or array, got string'],
    ['receiver.x', 'receiver expected object or array or a capsule convertible to an object, got capsule'],
    ['text()', 'text should be function, got string'],
  ])('%s', (text, expected) => {
    expect(run(text)).toStrictEqual(expected);
  });
});

describe('secrets', () => {
  it('stay secret when joined with a text, on either side', () => {
    for (const text of ['hidden + "x"', '"x" + hidden', 'hidden + hidden']) {
      expect(String(run(text))).toBe('(secret)');
    }
    expect(run('convert.nonsensitive(hidden + "!")')).toBe('hunter2!');
  });

  it('compare with a text by what they say', () => {
    expect(run('hidden == "hunter2"')).toBe(true);
    expect(run('hidden == "other"')).toBe(false);
  });

  it.each([
    'string.to_upper(hidden)',
    'string.join([hidden], "")',
    'string.format("%s", hidden)',
    'encoding.from_json(hidden)',
  ])('are refused by %s, and the message does not show them', (text) => {
    expect(run(text)).toContain('secrets may not be converted into strings');
    expect(run(text)).not.toContain('hunter2');
  });

  it('are refused by encoding.to_json', () => {
    expect(run('encoding.to_json({a = hidden})')).toContain('unsupported type');
  });
});

describe('limits', () => {
  it('refuses a value that would grow beyond memory, before building it', () => {
    const nested = (inner: string, depth: number): string =>
      depth === 0 ? inner : nested(`string.replace(${inner}, "a", "aaaaaaaaaaaaaaaaaaaa")`, depth - 1);
    expect(run(nested('"aaaaaaaaaaaaaaaaaaaa"', 12))).toContain('result would be longer than');
  });
});
