/** The cursor that Promtail or Grafana Agent kept in its positions file, for whoever comes from there. */
import { readFile } from 'node:fs/promises';
import { type JournalPosition, positionOfCursor } from './journal-position.ts';

/** undefined where the file is not there, is no positions file or has no such cursor. Throws where it cannot be read. */
export async function readLegacyCursor(path: string, jobName: string): Promise<JournalPosition | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`the positions of another agent cannot be read, so lines would be read twice: ${String(error)}`);
  }
  const { parseYaml } = await import('../../core/alloy/stdlib/yaml.ts');
  let parsed: unknown;
  try {
    parsed = parseYaml(text);
  } catch {
    return undefined;
  }
  const positions = (parsed as { positions?: unknown } | null)?.positions;
  const cursor = (positions as Record<string, unknown> | null | undefined)?.[`cursor-${jobName}`];
  return typeof cursor === 'string' ? positionOfCursor(cursor) : undefined;
}
