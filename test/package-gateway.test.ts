/** `npm run package:gateway` replaces what it made before, and nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempFolder } from './support/temp-folder.ts';

const SCRIPT = join(import.meta.dirname, '../scripts/package-gateway.ts');

describe('npm run package:gateway', () => {
  let folder: ReturnType<typeof tempFolder>;
  beforeEach(() => {
    folder = tempFolder('package-gateway');
  });
  afterEach(() => folder.remove());

  const packageInto = (target: string) => spawnSync(process.execPath, [SCRIPT, target], { encoding: 'utf8' });

  it('removes nothing from a folder that is not a packaged gateway, such as /opt', () => {
    mkdirSync(join(folder.path, 'something-else'));
    const { status, stderr } = packageInto(folder.path);
    expect(stderr).toContain(`${folder.path} has files that are no packaged gateway`);
    expect(status).toBe(2);
    expect(readdirSync(folder.path)).toEqual(['something-else']);
  });

  it('takes another project with a package.json for what it is', () => {
    writeFileSync(join(folder.path, 'package.json'), '{"name":"another"}');
    expect(packageInto(folder.path).status).toBe(2);
    expect(readdirSync(folder.path)).toEqual(['package.json']);
  });

  it('makes the folder, and replaces what it made before', () => {
    const target = join(folder.path, 'gateway');
    for (const _ of ['first', 'again']) expect(packageInto(target)).toMatchObject({ status: 0 });
    expect(readdirSync(target)).toContain('spillway.mjs');
  });
});
