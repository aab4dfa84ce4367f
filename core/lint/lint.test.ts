/**
 * Walks testdata: X.alloy with its findings in X.diags, and X.fixed where fixes change it. UPDATE_GOLDENS=1 writes them.
 * The registry is the agent's, because most mistakes begin at sources, which only a host has.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hostRegistry } from '../../agent-lite/components/registry.ts';
import { declaredComponents } from '../../agent-lite/declared/registry.ts';
import { checkConfig } from '../alloy/check.ts';
import type { AnyComponentDefinition, ComponentContext } from '../alloy/component.ts';
import { hasErrors } from '../alloy/diagnostics.ts';
import { formatDiagnostics } from '../alloy/format-diagnostics.ts';
import { sharedRegistry } from '../pipeline/registry.ts';
import { applyFixes } from './fixes.ts';
import { LINT_RULES, lintConfig } from './lint.ts';

const root = fileURLToPath(new URL('./testdata/', import.meta.url));
const names = readdirSync(root)
  .filter((name) => name.endsWith('.alloy'))
  .map((name) => name.slice(0, -'.alloy'.length));

type Registry = ReadonlyMap<string, AnyComponentDefinition<ComponentContext>>;
const host = new Map([
  ...declaredComponents.map((each) => [each.name, each] as const),
  ...hostRegistry,
]) as unknown as Registry;

function lint(name: string, text: string) {
  const sources = [{ filename: `${name}.alloy`, text }];
  const [registry, side] = name.startsWith('edge-') ? [sharedRegistry, 'edge' as const] : [host, 'host' as const];
  return {
    found: lintConfig(sources, registry, side),
    errors: checkConfig(sources, registry, side).filter((each) => each.severity === 'error'),
    sources,
  };
}

function expectGolden(file: string, actual: string): void {
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(root + file, actual);
  expect(existsSync(root + file), `${file} is missing`).toBe(true);
  expect(actual).toBe(readFileSync(root + file, 'utf8'));
}

const readText = (name: string) => readFileSync(`${root}${name}.alloy`, 'utf8');

describe('lintConfig', () => {
  it.each(names)('finds exactly what is wrong in %s', (name) => {
    const { found, errors, sources } = lint(name, readText(name));
    expect(formatDiagnostics(errors, sources), 'the configuration itself is valid').toBe('');
    expectGolden(`${name}.diags`, formatDiagnostics(found, sources));
  });

  it('speaks in warnings, each with a rule and a hint', () => {
    const found = names.flatMap((name) => lint(name, readText(name)).found);
    expect(hasErrors(found)).toBe(false);
    expect(found.filter(({ rule, hint }) => rule === undefined || hint === undefined)).toEqual([]);
  });

  it('has a case for every rule', () => {
    const spoken = new Set(names.flatMap((name) => lint(name, readText(name)).found.map(({ rule }) => rule)));
    expect(LINT_RULES.map(({ name }) => name).filter((name) => !spoken.has(name))).toEqual([]);
  });

  it('has a section for every rule in docs/lint.md', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/lint.md', import.meta.url)), 'utf8');
    expect(LINT_RULES.map(({ name }) => name).filter((name) => !page.includes(`\n## ${name}\n`))).toEqual([]);
  });

  it('says nothing of connections where a name leads nowhere, because that is the mistake to mend first', () => {
    const text =
      'prometheus.scrape "a" {\n  targets = []\n  forward_to = [prometheus.remote_write.no.receiver]\n}\nloki.echo "b" { }\n';
    expect(lint('host', text).found).toEqual([]);
  });

  it('says nothing after a syntax error', () => {
    expect(lint('host', 'prometheus.scrape "a" {').found).toEqual([]);
  });
});

describe("the article's mistakes that are errors", () => {
  const check = (text: string) => {
    const sources = [{ filename: 'article.alloy', text }];
    return checkConfig(sources, host, 'host').filter(({ severity }) => severity === 'error');
  };

  it('a: the comma that is missing at the end of a line', () => {
    const text =
      'loki.process "a" {\n  stage.static_labels {\n    values = { cluster = "anton",\n      region = "eu-east1"\n    }\n  }\n  forward_to = []\n}\n';
    expect(check(text)).toMatchObject([{ message: "missing ',' in field list", start: { line: 4 } }]);
  });

  it('b: a name that leads nowhere, with the one that is near', () => {
    const text =
      'loki.process "kubernetes_logs" {\n  forward_to = []\n}\nloki.source.kubernetes "pods" {\n  targets = []\n  forward_to = [loki.process.pod_logs.receiver]\n}\n';
    expect(check(text)).toMatchObject([
      {
        message: 'component "loki.process.pod_logs.receiver" does not exist or is out of scope',
        hint: 'did you mean loki.process.kubernetes_logs.receiver?',
      },
    ]);
  });

  it('g: a selector without its role', () => {
    const text = 'discovery.kubernetes "pods" {\n  role = "pod"\n  selectors {\n    label = "app=a"\n  }\n}\n';
    expect(check(text)).toMatchObject([{ message: 'missing required attribute "role"' }]);
  });
});

describe('applyFixes', () => {
  const fixable = names.filter((name) => lint(name, readText(name)).found.some(({ fix }) => fix !== undefined));

  it.each(fixable)('rewrites %s, and what was put right is not found again', (name) => {
    const text = readText(name);
    const { found } = lint(name, text);
    const fixed = applyFixes(text, `${name}.alloy`, found);
    expectGolden(`${name}.fixed`, fixed.text);
    const again = lint(name, fixed.text);
    expect(again.errors).toEqual([]);
    expect(again.found.filter(({ fix }) => fix !== undefined)).toEqual([]);
    expect(again.found.length).toBe(found.length - fixed.applied.length);
  });

  it('takes the first of two fixes that touch each other', () => {
    const place = { offset: 0, line: 1, column: 1 };
    const base = { severity: 'warning', filename: 'a', start: place, end: place, message: '' } as const;
    const fixes = [
      { ...base, fix: { start: 0, end: 3, text: 'x' } },
      { ...base, fix: { start: 2, end: 4, text: 'y' } },
    ];
    expect(applyFixes('abcdef', 'a', fixes).text).toBe('xdef');
  });
});
