/** Links between the pages of the repository: each leads to a file and a heading that there is, and each page is led to. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

interface Link {
  readonly page: string;
  readonly text: string;
  /** Below the root. */
  readonly target: string;
  readonly anchor: string | undefined;
}

/** What GitHub makes of a heading. */
function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
  const kept = text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
  return kept.trim().replace(/\s/g, '-');
}

const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');

function anchorsIn(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#{1,6}\s+(.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
  const numbered = headings.map((anchor, i) => {
    const before = headings.slice(0, i).filter((other) => other === anchor).length;
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  const named = [...text.matchAll(/<a id="([^"]+)"/g)].map(([, id = '']) => id);
  return new Set([...numbered, ...named]);
}

function linksIn(page: string, text: string): Link[] {
  return [...text.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
      return { page, text: link, target, anchor };
    });
}

const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: ROOT, encoding: 'utf8' });
const pages = new Map(
  names
    .split('\n')
    .filter((name) => name !== '' && existsSync(join(ROOT, name)))
    .map((name) => [name, withoutCode(readFileSync(join(ROOT, name), 'utf8'))] as const),
);
const links = [...pages].flatMap(([page, text]) => linksIn(page, text));
const anchors = new Map([...pages].map(([page, text]) => [page, anchorsIn(text)] as const));

describe('the pages of the repository', () => {
  it('link to files and headings that there are', () => {
    expect(links.length).toBeGreaterThan(100);
    const dead = links.filter(({ target, anchor }) => {
      const known = anchors.get(target);
      return !existsSync(join(ROOT, target)) || (anchor !== undefined && known?.has(anchor) === false);
    });
    expect(dead.map(({ page, text }) => `${page}: ${text}`)).toEqual([]);
  });

  it('are reached from the README', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const link of links) if (link.page === page && pages.has(link.target)) reached.add(link.target);
    }
    expect([...pages.keys()].filter((page) => !reached.has(page))).toEqual([]);
  });
});
