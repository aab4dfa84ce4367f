import { describe, expect, it } from 'vitest';
import { evaluate } from '../evaluator.ts';
import { parseExpression } from '../parser.ts';
import { namesScope } from '../scope.ts';
import { fromValue } from '../to-value.ts';
import { Secret } from '../values.ts';
import { DEPRECATED, stdlib } from './index.ts';

const library = stdlib({
  env: (name) => (name === 'HOME' ? '/root' : undefined),
  constants: { hostname: 'box', os: 'linux', arch: 'amd64', version: 'v1.0.0' },
  secret: (name) => (name === 'mimir' ? new Secret('hush') : undefined),
  secretNames: () => ['mimir', 'loki'],
});

function run(text: string): unknown {
  const { expression, diagnostics } = parseExpression(text);
  if (diagnostics.length > 0) throw new Error(`${text}: ${diagnostics[0]!.message}`);
  const evaluated = evaluate(expression, namesScope(library));
  return evaluated.ok ? fromValue(evaluated.value) : evaluated.diagnostic.message;
}

function cases(title: string, table: readonly (readonly [string, unknown])[]): void {
  describe(title, () => {
    it.each(table.map(([text, expected]) => [text, expected] as const))('%s is %j', (text, expected) => {
      expect(run(text)).toEqual(expected);
    });
  });
}

cases('array', [
  ['array.concat()', []],
  ['array.concat([1], [2, 3], [])', [1, 2, 3]],
  ['array.concat([1], 2)', '2 should be array, got number'],
  ['array.combine_maps([{a = 1, b = 2}], [{a = 1, b = 3, c = 4}], ["a"])', [{ a: 1, b: 3, c: 4 }]],
  ['array.combine_maps([{a = 1}], [{a = 2}], ["a"])', []],
  ['array.combine_maps([{a = 1}], [{a = 2}], ["a"], true)', [{ a: 1 }]],
  ['array.combine_maps([{a = 1}], [], ["a"], true)', []],
  ['array.combine_maps([{a = 1}], [{a = 1}], [])', '[] combine_maps: merge conditions must not be empty'],
  ['array.combine_maps([1], [], ["a"])', '1 should be object, got number'],
  ['array.combine_maps([])', 'array.combine_maps combine_maps: expected 3 or 4 arguments, got 1'],
  [
    'array.group_by([{k = "x", n = 1}, {k = "y"}, {k = "x"}], "k", true)',
    [
      { k: 'x', items: [{ k: 'x', n: 1 }, { k: 'x' }] },
      { k: 'y', items: [{ k: 'y' }] },
    ],
  ],
  ['array.group_by([{n = 1}], "k", true)', []],
  ['array.group_by([{n = 1}], "k", false)', [{ k: '', items: [{ n: 1 }] }]],
  ['array.group_by([{k = 1}], "k", true)', '1 should be string, got number'],
]);

cases('coalesce', [
  ['coalesce()', null],
  ['coalesce(null, "", [], {}, 0, false, "x", "y")', 'x'],
  ['coalesce("", [])', []],
]);

cases('constants, sys and convert', [
  ['constants.hostname + constants.os + constants.arch + constants.version', 'boxlinuxamd64v1.0.0'],
  ['constants.none', 'field "none" does not exist'],
  ['sys.env("HOME")', '/root'],
  ['sys.env("UNSET")', ''],
  ['convert.nonsensitive(secret("mimir"))', 'hush'],
  [
    'secret("tempo")',
    'secret finds no secret named "tempo"; there are: "mimir", "loki" (spillway secret set makes one)',
  ],
  [
    'secret("mimr")',
    'secret finds no secret named "mimr"; did you mean mimir? there are: "mimir", "loki" (spillway secret set makes one)',
  ],
]);

cases('encoding', [
  ['encoding.from_json(`{"a": [1, true, null, "x"]}`)', { a: [1, true, null, 'x'] }],
  ['encoding.from_json(`{"__proto__": 1}`)["__proto__"]', 1],
  ['encoding.from_json("1") / 2', 0.5],
  ['encoding.from_yaml("a: 1\\nb: [x, 2.5, true]\\nc:")', { a: 1, b: ['x', 2.5, true], c: null }],
  ['encoding.from_yaml("3") / 2', 1],
  ['encoding.from_base64("aGVsbG8gd8O2cmxk")', 'hello wörld'],
  ['encoding.from_base64("a-_=")', 'encoding.from_base64 illegal base64 data at input byte 4'],
  ['encoding.from_base64("/w==")', 'encoding.from_base64 the decoded bytes are not UTF-8 text'],
  ['encoding.to_base64("hello wörld")', 'aGVsbG8gd8O2cmxk'],
  ['encoding.to_URLbase64("ÿÿ?>")', 'w7_Dvz8-'],
  ['encoding.from_URLbase64("w7_Dvz8-")', 'ÿÿ?>'],
  ['encoding.to_json({b = 1, a = ["<x>", 1.5, null], c = {}})', '{"a":["\\u003cx\\u003e",1.5,null],"b":1,"c":{}}'],
  ['encoding.to_json([1])', 'encoding.to_json jsonEncode only supports map'],
  ['encoding.to_json({a = 9007199254740993, b = 1e21, c = 1e-7})', '{"a":9007199254740993,"b":1e+21,"c":1e-7}'],
  ['encoding.url_encode("a b&c/ü~")', 'a+b%26c%2F%C3%BC~'],
  ['encoding.url_decode("a+b%26c%2F%C3%BC~")', 'a b&c/ü~'],
  ['encoding.url_decode("%zz")', 'encoding.url_decode invalid URL escape "%zz"'],
]);

describe('encoding of bad texts', () => {
  it('says what is wrong with a JSON text without quoting it', () => {
    expect(run('encoding.from_json("{hunter2")')).not.toContain('hunter2');
    expect(run('encoding.from_json("{hunter2")')).toContain('invalid JSON');
  });

  it('refuses YAML whose aliases multiply', () => {
    const laughs = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let i = 0; i < 8; i++) {
      const [name, before] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)];
      laughs.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join()}]`);
    }
    expect(run(`encoding.from_yaml(${JSON.stringify(laughs.join('\n'))})`)).toContain('yaml:');
  });

  it('refuses YAML with a key given twice', () => {
    expect(run('encoding.from_yaml("a: 1\\nb: ]")')).toContain(' at line 2, column 4');
    expect(run('encoding.from_yaml("a: 1\\na: 2")')).toContain('yaml: Map keys must be unique: a');
    expect(run('encoding.from_yaml("x: {b: 1, \\"b\\": 2}")')).toContain('yaml: Map keys must be unique: b');
  });

  it('refuses JSON that is nested too deeply', () => {
    expect(run(`encoding.from_json("${'['.repeat(5000)}${']'.repeat(5000)}")`)).toContain('nested more than');
  });
});

cases('file', [
  ['file.path_join()', ''],
  ['file.path_join("/a", "", "b/", "../c")', '/a/c'],
  ['file.path_join("a", "..", "..", "b")', '../b'],
  ['file.path_join("/", "..")', '/'],
  ['file.path_join("a", "..")', '.'],
]);

cases('string', [
  ['string.join(["a", "b", 3], "-")', 'a-b-3'],
  ['string.split("a,b,,c", ",")', ['a', 'b', '', 'c']],
  ['string.split("aé😀", "")', ['a', 'é', '😀']],
  ['string.replace("a.b.c", ".", "")', 'abc'],
  ['string.replace("ab", "", "-")', '-a-b-'],
  ['string.to_lower("ÄB")', 'äb'],
  ['string.to_upper("straße")', 'STRAßE'],
  ['string.trim("xyaxby", "xy")', 'axb'],
  ['string.trim_prefix("foobar", "foo")', 'bar'],
  ['string.trim_suffix("foobar", "bar")', 'foo'],
  ['string.trim_suffix("foobar", "")', 'foobar'],
  ['string.trim_space(" \\t a b \\n")', 'a b'],
  ['string.join(["a", []], ",")', '[] should be string, got array'],
  ['string.join(["a"])', 'string.join expected 2 args, got 1'],
  ['string.format()', 'string.format expected at least 1 args, got 0'],
]);

cases('string.format follows Go', [
  ['string.format("%s %d %q %v %t %%", "a", 42, "b", [1, "x", {k = true}], true)', 'a 42 "b" [1 x map[k:true]] true %'],
  ['string.format("%05.2f|%8.3f|%-8.1f|%+.0f", 3.14159, 3.14159, 3.14159, 2.5)', '03.14|   3.142|3.1     |+2'],
  [
    'string.format("%6d|%-6d|%06d|%+d|% d|%x|%X|%#x|%o|%b|%c|%U", 42, 42, -42, 42, 42, 255, 255, 255, 8, 5, 65, 128512)',
    '    42|42    |-00042|+42| 42|ff|FF|0xff|10|101|A|U+1F600',
  ],
  [
    'string.format("%e|%g|%g|%g|%G", 123456.789, 1000000.0, 100000.0, 0.00001, 1e-7)',
    '1.234568e+05|1e+06|100000|1e-05|1E-07',
  ],
  ['string.format("%v %v", 1.0, 123456789.0)', '1 1.23456789e+08'],
  ['string.format("%10s|%-10s|%.2s|%x|% X", "é", "é", "abc", "hi", "hi")', '         é|é         |ab|6869|68 69'],
  ['string.format("%*d|%-*d|%.*f", 5, 1, 5, 2, 1, 3.14159)', '    1|2    |3.1'],
  ['string.format("%[2]s %[1]s", "a", "b")', 'b a'],
  ['string.format("%d", "x")', '%!d(string=x)'],
  ['string.format("%s", 5)', '%!s(int=5)'],
  ['string.format("%s", null)', '%!s(<nil>)'],
  ['string.format("%v", null)', '<nil>'],
  ['string.format("%z", 1.5)', '%!z(float64=1.5)'],
  ['string.format("%s %s", "a")', 'a %!s(MISSING)'],
  ['string.format("a", 1, "b")', 'a%!(EXTRA int=1, string=b)'],
  ['string.format("%[3]d", 1)', '%!d(BADINDEX)'],
  ['string.format("100%")', '100%!(NOVERB)'],
  ['string.format("%9999999d", 1)', '%!(BADWIDTH)1'],
  ['string.format("%T %T %T %T", 1, 1.5, "a", [])', 'int float64 string []interface {}'],
]);

const books = '{"books": [{"t": "A", "p": 8.5, "tags": ["x"]}, {"t": "B", "p": 12}, {"t": "C"}], "n": {"t": "D"}}';
const path = (text: string): string => `json_path(${JSON.stringify(books)}, ${JSON.stringify(text)})`;
cases('json_path', [
  [path('$.books[0].t'), ['A']],
  [path('$["books"][-1]["t"]'), ['C']],
  [path('$.books[*].t'), ['A', 'B', 'C']],
  [path('books[1:].t'), ['B', 'C']],
  [path('$.books[0:3:2].t'), ['A', 'C']],
  [path('$.books[::-1].t'), ['C', 'B', 'A']],
  [path('$.books[0,2].t'), ['A', 'C']],
  [path('$..t'), ['A', 'B', 'C', 'D']],
  [path('$.books[?(@.p < 10)].t'), ['A']],
  [path("$.books[?(@.p > 10 || @.t == 'C')].t"), ['B', 'C']],
  [path('$.books[?(!(@.p))].t'), ['C']],
  [path('$.books[?(@.tags && @.t =~ /^A$/)].t'), ['A']],
  [path('$.books[?(@.t == $.n.t)].t'), []],
  [path('$.none'), []],
  [path('$.books[1].p'), [12]],
  [path('$.books['), expect.stringContaining('invalid JSONPath')],
  ['json_path("{", "$")', expect.stringContaining('invalid JSON')],
]);

describe('deprecated names', () => {
  it.each([...DEPRECATED])('%s is the same function as %s', (old, current) => {
    const [space, name] = current.split('.') as [string, string];
    expect(library.get(old)).toBe((library.get(space) as ReadonlyMap<string, unknown>).get(name));
    expect(library.get(old)).toBeDefined();
  });
});
