/** Whatever stands in any place of a configuration, the converter answers with text that parses or with diagnostics. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { parseFile } from '../../core/alloy/parser.ts';
import { hostConvertSettings } from '../commands/convert-settings.ts';
import { convert, type SourceFormat } from './convert.ts';

const settings = hostConvertSettings();

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`./testdata/${path}.yaml`, import.meta.url)), 'utf8');
}

type Path = readonly (string | number)[];

function paths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, each]) =>
    paths(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? inner : [path, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

describe('configurations with something else in one place', () => {
  const STRANGE = [null, 7, `a "b"\n\${c}`, [null, 'x'], { a: 1 }];
  it.each([
    ['prometheus', 'prometheus/kubernetes'],
    ['promtail', 'promtail/every-stage'],
    ['static', 'static/traces'],
  ] as const)('%s: %s', (format, path) => {
    const config: unknown = parseDocument(read(path)).toJS();
    for (const place of paths(config)) {
      for (const strange of STRANGE) {
        const { text } = convert(stringify(replaced(config, place, strange)), format, settings);
        expect(parseFile(text, 'converted').diagnostics, `${place.join('.')} = ${JSON.stringify(strange)}`).toEqual([]);
      }
    }
  });
});

describe('texts made to hurt', () => {
  const bomb = [
    'a: &a [x, x]',
    ...'bcdefghijklmnop'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefghijklmno'[i]}, `.repeat(9)}]`),
  ];
  it.each<[string, SourceFormat, string, RegExp]>([
    [
      'aliases of aliases',
      'static',
      `integrations:\n  blackbox:\n    enabled: true\n    blackbox_config:\n${bomb.map((line) => `      ${line}`).join('\n')}\n`,
      /more than 10000 aliases/,
    ],
    [
      'stages that hold themselves',
      'promtail',
      'scrape_configs: [{job_name: a, pipeline_stages: &s [{match: {stages: *s}}]}]\n',
      /stands inside what it refers to/,
    ],
    [
      'brackets within brackets',
      'promtail',
      `clients: ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      /nested too deeply/,
    ],
    ['a tag that would make an object', 'prometheus', 'rule_files: !!js/function "() => 1"\n', /expected a list/],
  ])('refuses %s', (_, format, text, message) => {
    const { diagnostics } = convert(text, format, settings);
    expect(diagnostics.map(({ summary }) => summary).join('\n')).toMatch(message);
  });
});
