/** Walks testdata: fmt/X.in with X.expect, parse/X.alloy and check/X.alloy with X.diags. UPDATE_GOLDENS=1 writes them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkConfig } from './check.ts';
import { formatDiagnostics } from './format-diagnostics.ts';
import { parseFile } from './parser.ts';
import { formatFile, printFile } from './printer.ts';
import { testRegistry } from './test-components.ts';

const root = fileURLToPath(new URL('./testdata/', import.meta.url));

function cases(folder: string, extension: string): string[] {
  return readdirSync(root + folder)
    .filter((name) => name.endsWith(extension))
    .map((name) => name.slice(0, -extension.length));
}

function expectGolden(path: string, actual: string): void {
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(root + path, actual);
  expect(existsSync(root + path), `${path} is missing`).toBe(true);
  expect(actual).toBe(readFileSync(root + path, 'utf8'));
}

describe('fmt', () => {
  it.each(cases('fmt', '.in'))('formats %s as expected, and what it formatted stays', (name) => {
    const formatted = formatFile(readFileSync(`${root}fmt/${name}.in`, 'utf8'), name);
    if (!formatted.ok) throw new Error(formatDiagnostics(formatted.diagnostics));
    expectGolden(`fmt/${name}.expect`, formatted.text);
    expect(printFile(parseFile(formatted.text, name).file)).toBe(formatted.text);
  });
});

describe('parse errors', () => {
  it.each(cases('parse', '.alloy'))('reports all of %s', (name) => {
    const text = readFileSync(`${root}parse/${name}.alloy`, 'utf8');
    const filename = `${name}.alloy`;
    const { diagnostics } = parseFile(text, filename);
    const lines = diagnostics.map((diagnostic) => diagnostic.start.line);
    expect(new Set(lines).size, 'one parse error a line').toBe(lines.length);
    expectGolden(`parse/${name}.diags`, formatDiagnostics(diagnostics, [{ filename, text }]));
  });
});

describe('checked configurations', () => {
  it.each(cases('check', '.alloy'))('reports all of %s', (name) => {
    const text = readFileSync(`${root}check/${name}.alloy`, 'utf8');
    const filename = `${name}.alloy`;
    const side = name.startsWith('edge-') ? 'edge' : 'host';
    const sources = [{ filename, text }];
    const registry = new Map(testRegistry().map((definition) => [definition.name, definition] as const));
    expectGolden(`check/${name}.diags`, formatDiagnostics(checkConfig(sources, registry, side), sources));
  });
});
