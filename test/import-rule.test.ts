/** Reads every import of the tree and holds it to the directions that ARCHITECTURE.md draws. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['core', 'worker', 'agent-lite', 'cli', 'ui'];

/** Ranks inside core/: a file may import its own folder and any folder of a lower rank. */
const CORE_RANK: Readonly<Record<string, number>> = {
  bytes: 1,
  codec: 2,
  labels: 3,
  regex: 3,
  relabel: 4,
  wire: 4,
  alloy: 5,
  delivery: 5,
  limits: 5,
  pipeline: 6,
  lint: 7,
  simulate: 7,
};
/** Type-only modules and the Outcome, which every rank may name. */
const CORE_COMMON = ['core/outcome.ts', 'core/pipeline/signals.ts', 'core/delivery/destination.ts'];

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  worker: ['worker', 'core'],
  'agent-lite': ['agent-lite', 'core'],
  cli: ['cli', 'agent-lite', 'core'],
  ui: ['ui', 'core'],
};

/** The regex engine, and YAML for `encoding.from_yaml`. */
const CORE_PACKAGES = ['re2js', 'yaml'];
/** Helpers of tests beside the code. */
const FIXTURE = /\.fixture\.ts$/;
/** The shape of a page's API is declared once, beside the page. */
const PAGE_API = /^ui\/\w+\/api\.ts$/;

interface Import {
  readonly from: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('/dist/') && !path.includes('/testdata/'));
}

function imports(path: string): Import[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => {
    const specifier = (match[1] ?? match[2] ?? match[3]) as string;
    const target = specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier;
    return { from: path, target };
  });
}

const all = FOLDERS.flatMap((folder) => sources(folder).flatMap(imports));
const describeImport = ({ from, target }: Import) => `${from} -> ${target}`;
const top = (path: string) => path.split('/')[0] as string;
const isFile = (target: string) => FOLDERS.includes(top(target));

describe('imports', () => {
  it('finds the tree it is meant to read', () => {
    expect(all.length).toBeGreaterThan(100);
  });

  it('run one way between the top folders', () => {
    const wrong = all.filter(
      ({ from, target }) => isFile(target) && !PAGE_API.test(target) && !MAY_IMPORT[top(from)]?.includes(top(target)),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('run one way inside core', () => {
    const wrong = all.filter(({ from, target }) => {
      if (top(from) !== 'core' || top(target) !== 'core' || CORE_COMMON.includes(target)) return false;
      const [, fromFolder = ''] = from.split('/');
      const [, targetFolder = ''] = target.split('/');
      return (CORE_RANK[targetFolder] ?? 0) > (CORE_RANK[fromFolder] ?? 0);
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('bring no package into core but those it is known to need', () => {
    const wrong = all.filter(
      ({ from, target }) =>
        top(from) === 'core' && !FIXTURE.test(from) && !isFile(target) && !CORE_PACKAGES.includes(target),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('leave what only tests use to tests', () => {
    const wrong = all.filter(({ from, target }) => FIXTURE.test(target) && !FIXTURE.test(from));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('keep Node out of the Worker and Cloudflare out of the host', () => {
    const wrong = all.filter(
      ({ from, target }) =>
        // workerd brings node:zlib along, and its own streams cannot be bounded (worker/compression.ts).
        (top(from) === 'worker' && target.startsWith('node:') && target !== 'node:zlib') ||
        (['agent-lite', 'cli'].includes(top(from)) && target.startsWith('cloudflare:')),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });
});

describe('side effects', () => {
  const lines = (folder: string, pattern: RegExp) =>
    sources(folder).filter((path) =>
      pattern.test(readFileSync(join(ROOT, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
    );

  it('call fetch() in the gateway where data is sent and where names are looked up, and nowhere else', () => {
    expect(lines('worker', /(?<![.\w])fetch\(/).filter((path) => !path.startsWith('worker/local/'))).toEqual([
      'worker/destinations/resolve.ts',
      'worker/destinations/send.ts',
    ]);
  });

  it('touch D1 from worker/tenants only', () => {
    const users = lines('worker', /\.prepare\(/).filter((path) => !path.startsWith('worker/local/'));
    expect(users.filter((path) => !path.startsWith('worker/tenants/'))).toEqual([]);
  });

  it('take no clock, randomness or console into core', () => {
    expect(
      lines('core', /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bconsole\./),
    ).toEqual([]);
  });
});
