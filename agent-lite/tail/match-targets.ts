/** Targets whose `__path__` is a pattern become one target for each file that matches now. */
import { stat } from 'node:fs/promises';
import { globFiles, matchesPath } from './glob.ts';

export type Target = Readonly<Record<string, string>>;

/** `ignoreOlderThanMs`: files that were not written for so long are left out; 0: none is. */
export async function matchTargets(
  targets: readonly Target[],
  ignoreOlderThanMs: number,
  nowMs: number,
): Promise<Target[]> {
  const matched: Target[] = [];
  for (const target of targets) {
    const exclude = target.__path_exclude__ ?? '';
    for (const path of await globFiles(target.__path__ ?? '')) {
      if (exclude !== '' && matchesPath(exclude, path)) continue;
      if (ignoreOlderThanMs > 0 && (await isOlder(path, nowMs - ignoreOlderThanMs))) continue;
      matched.push({ ...target, __path__: path });
    }
  }
  return matched;
}

async function isOlder(path: string, thanMs: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < thanMs;
  } catch {
    return true;
  }
}
