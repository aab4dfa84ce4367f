/**
 * Paths by pattern, as `local.file_match` and `loki.source.file` take them (doublestar): `*` and `?` within a name, `**`
 * for any number of folders, `[a-z]`, `{a,b}`. Walks only below the part of the pattern that is fixed.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, normalize, sep } from 'node:path';

const MAGIC = /[*?[{\\]/;

export function isPattern(path: string): boolean {
  return MAGIC.test(path);
}

/** Files that match, sorted. A folder that cannot be read holds no matches. */
export async function globFiles(pattern: string): Promise<string[]> {
  const normal = normalize(pattern);
  if (!isPattern(normal)) return (await isFile(normal)) ? [normal] : [];
  const found = new Set<string>();
  for (const alternative of expandBraces(normal)) {
    const segments = alternative.split(sep);
    const firstMagic = segments.findIndex(isPattern);
    const root =
      segments.slice(0, firstMagic < 0 ? -1 : firstMagic).join(sep) || (alternative.startsWith(sep) ? sep : '.');
    if (firstMagic < 0) {
      if (await isFile(alternative)) found.add(alternative);
    } else {
      await walk(root, segments.slice(firstMagic), found);
    }
  }
  return [...found].sort();
}

/** Whether a path matches a pattern as a whole. */
export function matchesPath(pattern: string, path: string): boolean {
  return expandBraces(normalize(pattern)).some((alternative) => matchSegments(alternative.split(sep), path.split(sep)));
}

function matchSegments(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === '**') {
    for (let skip = 0; skip <= path.length; skip++) if (matchSegments(rest, path.slice(skip))) return true;
    return false;
  }
  return path.length > 0 && segmentRegex(first).test(path[0]!) && matchSegments(rest, path.slice(1));
}

async function walk(folder: string, pattern: readonly string[], found: Set<string>): Promise<void> {
  const [first, ...rest] = pattern;
  if (first === undefined) return;
  if (first === '**') {
    await walk(folder, rest.length === 0 ? ['*'] : rest, found);
    for (const entry of await entries(folder)) {
      // Links to folders are not followed by `**`: they may lead in a circle.
      if (entry.isDirectory()) await walk(join(folder, entry.name), pattern, found);
    }
    return;
  }
  if (!isPattern(first)) {
    const path = join(folder, first);
    if (rest.length > 0) await walk(path, rest, found);
    else if (await isFile(path)) found.add(path);
    return;
  }
  const regex = segmentRegex(first);
  for (const entry of await entries(folder)) {
    if (!regex.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (rest.length > 0) {
      if (entry.isDirectory() || entry.isSymbolicLink()) await walk(path, rest, found);
    } else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))) found.add(path);
  }
}

async function entries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** `a{b,c}d` to `abd`, `acd`. The number of results is bounded: a pattern is a person's, not a program's. */
function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{');
  const close = open < 0 ? -1 : closingBrace(pattern, open);
  if (close < 0) return [pattern];
  const head = pattern.slice(0, open);
  const tails = expandBraces(pattern.slice(close + 1));
  const results: string[] = [];
  for (const option of splitOptions(pattern.slice(open + 1, close))) {
    for (const middle of expandBraces(option)) {
      for (const tail of tails) if (results.length < 1024) results.push(head + middle + tail);
    }
  }
  return results;
}

function closingBrace(pattern: string, open: number): number {
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === '{') depth++;
    else if (pattern[i] === '}' && --depth === 0) return i;
  }
  return -1;
}

function splitOptions(text: string): string[] {
  const options: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}') depth--;
    else if (text[i] === ',' && depth === 0) {
      options.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...options, text.slice(start)];
}

/**
 * One path segment. The operator of the host writes it, and stars are the only repetition, matched lazily against a
 * file name of at most 255 bytes.
 */
function segmentRegex(segment: string): RegExp {
  let source = '';
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i]!;
    const classEnd = char === '[' ? segment.indexOf(']', i + 2) : -1;
    if (char === '*') source += segment[i - 1] === '*' ? '' : '[^/]*?';
    else if (char === '?') source += '[^/]';
    else if (char === '\\' && i + 1 < segment.length) source += escapeRegex(segment[++i]!);
    else if (classEnd > 0) {
      const negated = segment[i + 1] === '!' || segment[i + 1] === '^';
      const members = segment.slice(i + (negated ? 2 : 1), classEnd).replace(/[\\\]^]/g, '\\$&');
      source += `[${negated ? '^' : ''}${members}]`;
      i = classEnd;
    } else source += escapeRegex(char);
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    // A range the wrong way round, such as [z-a], has nothing in it. Patterns come from labels too, of anybody's container.
    return /(?!)/;
  }
}

function escapeRegex(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
