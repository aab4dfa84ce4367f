import { describe, expect, it } from 'vitest';
import type { Json } from './jmespath.ts';
import { compileJmesPath, JmesPathError } from './jmespath.ts';

const search = (expression: string, document: Json) => compileJmesPath(expression).search(document);

const log: Json = {
  level: 'error',
  user: { id: 7, 'first name': 'Ada', __proto: 1 },
  tags: ['a', 'b', 'c', 'd'],
  items: [
    { name: 'x', price: 3, in: [1, 2] },
    { name: 'y', price: 1, in: [3] },
    { name: 'z', price: null },
  ],
  nested: [[1, [2]], [3], 4],
  empty: {},
  map: { one: { n: 1 }, two: { n: 2 }, three: {} },
};

describe('JMESPath', () => {
  const cases: [expression: string, expected: Json][] = [
    ['level', 'error'],
    ['missing', null],
    ['user.id', 7],
    ['user."first name"', 'Ada'],
    ['user.id.deeper', null],
    ['toString', null],
    ['@.level', 'error'],
    ['tags[0]', 'a'],
    ['tags[-1]', 'd'],
    ['tags[9]', null],
    ['level[0]', null],
    ['tags[1:3]', ['b', 'c']],
    ['tags[::2]', ['a', 'c']],
    ['tags[::-1]', ['d', 'c', 'b', 'a']],
    ['tags[-2:]', ['c', 'd']],
    ['tags[10:]', []],
    ['tags[2::-1]', ['c', 'b', 'a']],
    ['items[*].name', ['x', 'y', 'z']],
    ['items[*].price', [3, 1]],
    ['items[*].in[0]', [1, 3]],
    ['items[].in[]', [1, 2, 3]],
    ['nested[]', [1, [2], 3, 4]],
    ['nested[][]', [1, 2, 3, 4]],
    ['map.*.n', [1, 2]],
    ['*.id', [7]],
    ['items[?price > `1`].name', ['x']],
    ["items[?name == 'y'].price | [0]", 1],
    ['items[?price].name', ['x', 'y']],
    ["items[?price > `0` && name != 'x'].name", ['y']],
    ["items[?name == 'x' || name == 'z'].name", ['x', 'z']],
    ['items[?!price].name', ['z']],
    ['items[?contains(in || `[]`, `3`)].name | [0]', 'y'],
    ['items[0].{n: name, "the price": price}', { n: 'x', 'the price': 3 }],
    ['[level, user.id]', ['error', 7]],
    ['user.[id, missing]', [7, null]],
    ['missing.[id]', null],
    ['missing || level', 'error'],
    ['missing && level', null],
    ['level && user.id', 7],
    ['empty || level', 'error'],
    ['!empty', true],
    ['`{"a": [1, "b"]}`', { a: [1, 'b'] }],
    ["'raw \\' text'", "raw ' text"],
    ['user.id == `7`', true],
    ['level < `3`', null],
    ['(items[*].name)[0]', 'x'],
    ['items[*].name | [0]', 'x'],
    ['length(tags)', 4],
    ["length('añ𝕏')", 3],
    ['length(user)', 3],
    ['sort_by(items[?price], &price)[*].name', ['y', 'x']],
    ['max_by(items[?price], &price).name', 'x'],
    ['min_by(items[?price], &price).name', 'y'],
    ['sum(items[*].price)', 4],
    ['avg(items[*].price)', 2],
    ['avg(`[]`)', null],
    ['max(`[1, 3, 2]`)', 3],
    ['min(`["b", "a"]`)', 'a'],
    ["join('-', tags)", 'a-b-c-d'],
    ['keys(map)', ['one', 'two', 'three']],
    ['values(map.one)', [1]],
    ['map(&name, items)', ['x', 'y', 'z']],
    ['map(&price, items)', [3, 1, null]],
    ['merge(user, `{"id": 8}`).id', 8],
    ['not_null(missing, user.nothing, level)', 'error'],
    ['reverse(tags)[0]', 'd'],
    ["reverse('abc')", 'cba'],
    ['sort(tags[::-1])', ['a', 'b', 'c', 'd']],
    ["starts_with(level, 'err')", true],
    ["ends_with(level, 'x')", false],
    ["contains(level, 'rr')", true],
    ['to_string(user.id)', '7'],
    ['to_string(tags)', '["a","b","c","d"]'],
    ["to_number('1.5')", 1.5],
    ["to_number('x')", null],
    ['to_array(level)', ['error']],
    ['type(items)', 'array'],
    ['type(missing)', 'null'],
    ['abs(`-3`)', 3],
    ['ceil(`1.2`)', 2],
    ['floor(`1.8`)', 1],
  ];
  it.each(cases)('%s', (expression, expected) => expect(search(expression, log)).toEqual(expected));

  it('finds only own fields, __proto__ among them', () => {
    expect(search('__proto__', {})).toBeNull();
    expect(search('__proto__.a', JSON.parse('{"__proto__": {"a": 1}}'))).toBe(1);
    expect(search('constructor', {})).toBeNull();
  });

  it.each([
    '',
    'a.',
    '.a',
    'a[',
    'a[0',
    'a[b]',
    'a b',
    '"open',
    '`{"a"`',
    'a[1:2:0]',
    'a[1:2:3:4]',
    'no_such(a)',
    'a[?no_such(@)]',
    '"length"(a)',
    '{a}',
    'a ==',
    '#',
    '('.repeat(200),
  ])('refuses %j when it is compiled', (expression) => {
    expect(() => compileJmesPath(expression)).toThrow(JmesPathError);
  });

  it.each(['length(`1`)', 'sum(`["a"]`)', 'sort(`[1, "a"]`)', 'abs()', 'sort_by(items, name)', "join('a', 'b')"])(
    'refuses the arguments of %s when it is searched',
    (expression) => expect(() => search(expression, log)).toThrow(JmesPathError),
  );
});
