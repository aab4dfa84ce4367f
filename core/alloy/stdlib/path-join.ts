/** `file.path_join(parts…)`: Go's filepath.Join on Unix, that is, joined and cleaned. */
import { t } from '../schema.ts';
import { variadic } from './function.ts';

export const pathJoin = variadic('file.path_join', [], t.string, (_, parts) => {
  const joined = parts.filter((part) => part !== '').join('/');
  return joined === '' ? '' : cleanPath(joined);
});

export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const out: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') out.push(segment);
    else if (out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (!rooted) out.push('..');
  }
  const clean = (rooted ? '/' : '') + out.join('/');
  return clean === '' ? '.' : clean;
}
