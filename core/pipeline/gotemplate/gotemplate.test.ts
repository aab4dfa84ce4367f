import { describe, expect, it } from 'vitest';
import type { TemplateValue } from './template.ts';
import { compileGoTemplate, TemplateError, UnsupportedTemplateError } from './template.ts';

const data = new Map<string, TemplateValue>([
  ['level', 'WARN'],
  ['user', 'ada lovelace'],
  ['empty', ''],
  ['n', 7],
]);
const render = (template: string) => compileGoTemplate(template).execute(data);

describe('Go templates', () => {
  it.each([
    ['plain', 'plain'],
    ['{{ .level }}', 'WARN'],
    ['{{ .missing }}', '<no value>'],
    ['a {{- .level -}} b', 'aWARNb'],
    ['a{{/* a comment */}}b', 'ab'],
    ['{{ "quoted \\"text\\"\\n" }}', 'quoted "text"\n'],
    ['{{ `raw\\n` }}', 'raw\\n'],
    ['{{ .level | ToLower | printf "%s-%d" "x" }}', 'x-%!d(string=warn)'],
    ['{{ printf "%05d|%-4s|%.2f|%q" .n "a" 1.5 "b" }}', '00007|a   |1.50|"b"'],
    ['{{ if .empty }}yes{{ else }}no{{ end }}', 'no'],
    ['{{ if eq .level "INFO" }}i{{ else if eq .level "WARN" }}w{{ else }}?{{ end }}', 'w'],
    ['{{ if and .level (not .empty) }}both{{ end }}', 'both'],
    ['{{ if or .empty .missing }}x{{ end }}', ''],
    ['{{ if eq .level "A" "WARN" }}one of{{ end }}', 'one of'],
    ['{{ with .level }}{{ . }}!{{ end }}', 'WARN!'],
    ['{{ with .empty }}x{{ else }}none{{ end }}', 'none'],
    ['{{ $x := ToLower .level }}{{ $x }}/{{ $.user }}', 'warn/ada lovelace'],
    ['{{ Replace .user "a" "A" 2 }}', 'AdA lovelace'],
    ['{{ Replace .user "a" "A" -1 }}', 'AdA lovelAce'],
    ['{{ Trim "xxaxx" "x" }}{{ TrimLeft "xxaxx" "x" }}{{ TrimRight "xxaxx" "x" }}', 'aaxxxxa'],
    ['{{ TrimPrefix "a-b" "a-" }}{{ TrimSuffix "a-b" "-b" }}{{ TrimSpace "  x " }}', 'bax'],
    ['{{ regexReplaceAll "(\\\\w+) (\\\\w+)" .user "$2 $1" }}', 'lovelace ada'],
    ['{{ regexReplaceAllLiteral "a" .user "$1" }}', '$1d$1 lovel$1ce'],
    ['{{ .user | title | trunc 3 }}', 'Ada'],
    ['{{ .empty | default "none" }}', 'none'],
    ['{{ add .n 1 2 }} {{ sub 1 2 }} {{ mul 2 3 }} {{ div 7 2 }} {{ mod 7 4 }}', '10 -1 6 3 3'],
    ['{{ len .level }} {{ lt 1 2 }} {{ ne "a" "b" }}', '4 true true'],
    ['{{ contains "ada" .user }} {{ hasPrefix "x" .user }}', 'true false'],
    ['{{ b64enc "ü" }} {{ b64dec "w7w=" }}', 'w7w= ü'],
    ['{{ index . "level" }}', 'WARN'],
    ['{{ $m := dict "WARN" "warning" "b" 2 }}{{ get $m .level }}/{{ get $m "x" }}/{{ $m.b }}', 'warning//2'],
    ['{{ $m := dict "b" 1 "a" 2 }}{{ $m }} {{ hasKey $m "a" }} {{ len $m }}', 'map[a:2 b:1] true 2'],
    ['{{ $m := dict "a" 1 }}{{ $_ := set $m "b" 2 }}{{ keys $m | sortAlpha | join "," }}', 'a,b'],
    ['{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}', 'map[a:1 b:3]'],
    ['{{ dig "a" "b" "none" (dict "a" (dict "b" 7)) }} {{ dig "x" "none" (dict) }}', '7 none'],
    [
      '{{ $l := list "a" "b" "a" }}{{ $l }} {{ first $l }} {{ last $l }} {{ uniq $l }} {{ rest $l }}',
      '[a b a] a a [a b] [b a]',
    ],
    ['{{ has "b" (list "a" "b") }} {{ without (list 1 2 3) 2 }} {{ index (list 4 5) 1 }}', 'true [1 3] 5'],
    ['{{ mustAppend (list 1) 2 }} {{ slice (list 1 2 3) 1 }} {{ slice (list 1 2 3) 0 1 }}', '[1 2] [2 3] [1]'],
    ['{{ .user | splitList " " | join "-" }} {{ (split " " .user)._1 }}', 'ada-lovelace lovelace'],
    ['{{ splitn "/" 2 "a/b/c" }}', 'map[_0:a _1:b/c]'],
    ['{{ max 1 5 2 }} {{ min 3 2 }} {{ atoi "7" }} {{ round 2.345 2 }} {{ ceil 1.2 }} {{ add1 1 }}', '5 2 7 2.35 2 2'],
    ['{{ Sha2Hash "s" "a" }}', '4cf6829aa93728e8f3c97df913fb1bfa95fe5810e2933a05943f8312a98d9cf2'],
    ['{{ Hash "s" .user }}', '993667e5fb7ad96f6919defb643f9195cde4bad051e0cd5ba267f0e23a6cbc51'],
    [`{{ sha256sum "${'x'.repeat(60)}" | trunc 8 }}`, '42f2d973'],
    [`{{ Hash "" "${'x'.repeat(300)}" | trunc 8 }}`, '34ed36d4'],
  ])('%s', (template, expected) => expect(render(template)).toBe(expected));

  it.each([
    '{{ .a',
    '{{ if .a }}x',
    '{{ end }}',
    '{{ else }}',
    '{{ range .a }}{{ end }}',
    '{{ NoSuch }}',
    '{{ .a | .b }}',
    '{{ }}',
    '{{ ( .a }}',
    '{{ "\\q" }}',
    '{{ § }}',
    `${'{{ if .a }}'.repeat(100)}${'{{ end }}'.repeat(100)}`,
  ])('refuses %s when it is compiled', (template) => {
    expect(() => compileGoTemplate(template)).toThrow(TemplateError);
  });

  it.each([
    '{{ div 1 0 }}',
    '{{ lt "a" 1 }}',
    '{{ eq 1 "1" }}',
    '{{ regexMatch "(" "x" }}',
    '{{ $none }}',
    '{{ repeat 10000000 "x" }}',
    `{{ $x := "aaaaaaaaaa" }}${'{{ $x = Replace $x "a" "aaaaaaaaaaaaaaaaaaaa" -1 }}'.repeat(8)}{{ $x }}`,
    `{{ $x := "aaaaaaaaaa" }}${'{{ $x = replace "" "aaaaaaaaaa" $x }}'.repeat(8)}{{ $x }}`,
    `{{ $x := "a" }}${'{{ $x = print $x $x }}'.repeat(60)}{{ $x }}`,
    `{{ $x := list "a" }}${'{{ $x = list $x $x }}'.repeat(60)}{{ $x }}`,
    `{{ $x := list "a" }}${'{{ $x = concat $x $x }}'.repeat(60)}{{ $x }}`,
    `{{ $x := repeat 1000 "a" }}{{ join $x (splitList "" (repeat 10000 "a")) }}`,
    `{{ $x := repeat 100000 "a" }}{{ regexReplaceAll "a" $x "${'$0'.repeat(1000)}" }}`,
    `{{ $x := repeat 100000 "a" }}${'{{ $x }}'.repeat(1000)}`,
    '{{ first "text" }}',
    '{{ get .level "a" }}',
    '{{ index (list 1) 1 }}',
  ])('fails on %s when it is executed', (template) => expect(() => render(template)).toThrow(TemplateError));

  it('encodes a text of any length', () => {
    expect(render(`{{ repeat 500000 "a" | b64enc | len }}`)).toBe('666668');
  });

  it.each(['ToUpper', 'TrimSpace', 'Hash "x"', 'hasPrefix "a"', 'len', 'b64enc'])(
    'ends where a missing key is given to %s, which wants a text',
    (name) => {
      expect(() => render(`{{ .missing | ${name} }}`)).toThrow(TemplateError);
    },
  );

  it('passes over missing keys where any number of values may come', () => {
    expect(render('{{ quote .missing "a" }}|{{ squote .missing }}|{{ cat "a" .missing "b" }}')).toBe('"a"||a b');
  });

  it('tells what Alloy has and this has not from what nobody has', () => {
    expect(() => compileGoTemplate('{{ randInt 1 2 }}')).toThrow(UnsupportedTemplateError);
    expect(() => compileGoTemplate('{{ range .a }}{{ end }}')).toThrow(UnsupportedTemplateError);
    expect(() => compileGoTemplate('{{ randomInt 1 2 }}')).toThrow('function "randomInt" is not defined');
  });
});
