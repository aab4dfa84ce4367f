import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildLocalBundle } from './bundle.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the bundle of the local gateway', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-bundle-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('that cannot be written, as on a full disk, is told in one line that names the file', async () => {
    mkdirSync(join(folder, 'gateway.js'));
    const error = await buildLocalBundle(ROOT, folder).catch((caught: Error) => caught);
    expect((error as Error).message).toMatch(/^cannot build the gateway: .*gateway\.js.*$/);
  });
});
