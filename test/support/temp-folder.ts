import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder, and the function that removes it. */
export function tempFolder(name: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `spillway-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
