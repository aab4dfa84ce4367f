import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockStorage } from './storage-lock.ts';

it.skipIf(process.platform !== 'linux')(
  'lets one agent have a storage path, by whatever name it is reached',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lock-'));
    try {
      symlinkSync(join(folder, 'data'), join(folder, 'other'));
      expect(await lockStorage(join(folder, 'data'))).toBe(true);
      expect(await lockStorage(join(folder, 'data'))).toBe(false);
      expect(await lockStorage(join(folder, 'other'))).toBe(false);
      expect(await lockStorage(join(folder, 'free'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
