import { describe, expect, it } from 'vitest';
import type { TemplateValue } from './template.ts';
import { compileGoTemplate, TemplateError } from './template.ts';

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
  ])('fails on %s when it is executed', (template) => expect(() => render(template)).toThrow(TemplateError));
});
