/** Texts made to crash or to stall whoever reads them. Each must end in diagnostics, well within the test's time. */
import { describe, expect, it, vi } from 'vitest';
import { checkConfig } from './check.ts';
import { Controller } from './controller.ts';
import type { Diagnostic } from './diagnostics.ts';
import { formatDiagnostics } from './format-diagnostics.ts';
import { formatFile } from './printer.ts';
import { createBench, testRegistry } from './test-components.ts';

// A second at most on a machine of its own, where one with much else to do takes ten times as long.
vi.setConfig({ testTimeout: 30_000 });

const registry = new Map(testRegistry(createBench()).map((definition) => [definition.name, definition] as const));

function check(text: string): readonly Diagnostic[] {
  const sources = [{ filename: 'f', text }];
  const diagnostics = checkConfig(sources, registry, 'host');
  formatDiagnostics(diagnostics.slice(0, 100), sources);
  return diagnostics;
}

function load(text: string): readonly Diagnostic[] {
  const controller = new Controller({
    registry,
    side: 'host',
    createContext: (componentId, exportsChanged) => ({ componentId, exportsChanged }),
    stdlib: { env: () => undefined, constants: {} },
  });
  return controller.load([{ filename: 'f', text }]).diagnostics;
}

describe('hostile configurations', () => {
  it('a value that doubles through modules stops at the limit of elements', () => {
    const chain = Array.from({ length: 60 }, (_, i) => {
      const before = i === 0 ? '["x"]' : `d.i${i - 1}.v`;
      return `d "i${i}" { a = ${before} }`;
    });
    const declare = 'declare "d" {\n argument "a" { }\n export "v" { value = [argument.a.value, argument.a.value] }\n}';
    const [first, ...more] = load(`${declare}\n${chain.join('\n')}`);
    expect(first?.message).toContain('has more than 250000 elements');
    expect(more).toEqual([]);
  });

  it('a value that nests through modules stops at the limit of depth', () => {
    const chain = Array.from({ length: 60 }, (_, i) => `d "i${i}" { a = ${i === 0 ? '[]' : `d.i${i - 1}.v`} }`);
    const declare = `declare "d" {\n argument "a" { }\n export "v" { value = ${'['.repeat(60)}argument.a.value${']'.repeat(60)} }\n}`;
    expect(load(`${declare}\n${chain.join('\n')}`)[0]?.message).toContain('is nested more than 1000 levels deep');
  });

  it('more components than anyone has are refused at once', () => {
    const text = Array.from({ length: 30_000 }, (_, i) => `test.sink "s${i}" { }`).join('\n');
    expect(check(text).map((each) => each.message)).toEqual(['the configuration has more than 10000 components']);
  });

  it('a chain of components as long as allowed is put in order', () => {
    const text = Array.from({ length: 9000 }, (_, i) => `test.sink "s${i}" { }\n`).join('');
    const chain = Array.from(
      { length: 900 },
      (_, i) => `test.source "c${i}" { value = test.source.c${i + 1}.out }\n`,
    ).join('');
    expect(check(`${text}${chain}test.source "c900" { }`)).toEqual([]);
  });

  it('thousands of mistakes are all reported', () => {
    const text = Array.from({ length: 5000 }, (_, i) => `test.sink "s${i}" { text = test.source.t${i}.out }`).join(
      '\n',
    );
    expect(check(text)).toHaveLength(5000);
    expect(check(`test.sink "x" {\n${'nope = 1\n'.repeat(200_000)}}`)).toHaveLength(200_000);
  });

  it('an object of many fields in one line, and many lines of one column, are formatted', () => {
    expect(formatFile(`a = {${'k = 1, '.repeat(20_000)}}\n`).ok).toBe(true);
    expect(formatFile('key = 1\n'.repeat(150_000)).ok).toBe(true);
  });

  it('blanks in the middle of a text do not slow trimming down', () => {
    expect(load(`test.sink "s" { text = string.trim_space("x${' '.repeat(300_000)}x") }`)).toEqual([]);
  });

  it('names like those of a prototype are only names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(check(`${name} "x" { }`)[0]?.message).toBe(`cannot find the definition of component name "${name}"`);
      expect(check(`test.sink "x" { ${name} = 1 }`)[0]?.message).toBe(`unrecognized attribute name "${name}"`);
      expect(load(`test.sink "x" { text = constants.${name} }`)[0]?.message).toBe(`field "${name}" does not exist`);
      expect(load(`loki.process "x" {\n forward_to = []\n ${name} { }\n}`)[0]?.message).toBe(
        `unrecognized block name "${name}"`,
      );
    }
  });
});
