import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VERSION } from './version.ts';

it('is the version of package.json', () => {
  const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../package.json`, 'utf8'));
  expect(VERSION).toBe(version);
});
