import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StateFolder } from './state-folder.ts';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'spillway-state-'));
});
afterEach(() => rmSync(path, { recursive: true }));

it('what holds a token can be read by its owner only', () => {
  const state = new StateFolder(path);
  state.writeAdmin({ gateway: 'http://127.0.0.1:1', adminToken: 'secret' });
  state.writeEditable('config.alloy', 'token = "secret"\n');
  expect([statSync(state.file('admin.json')).mode & 0o777, statSync(state.file('config.alloy')).mode & 0o777]).toEqual([
    0o600, 0o600,
  ]);
  expect(new StateFolder(path).admin()?.adminToken).toBe('secret');
});

it('a generated file follows the flags until a person edits it, and is theirs from then on', () => {
  const state = new StateFolder(path);
  expect(state.writeEditable('a.alloy', 'one')).toEqual({ text: 'one', edited: false });
  expect(new StateFolder(path).writeEditable('a.alloy', 'two')).toEqual({ text: 'two', edited: false });
  writeFileSync(state.file('a.alloy'), 'mine');
  expect(new StateFolder(path).writeEditable('a.alloy', 'three')).toEqual({ text: 'mine', edited: true });
  expect(readFileSync(state.file('a.alloy'), 'utf8')).toBe('mine');
});

it('an edited file that was removed is made anew', () => {
  const state = new StateFolder(path);
  state.writeEditable('a.alloy', 'one');
  writeFileSync(state.file('a.alloy'), 'mine');
  rmSync(state.file('a.alloy'));
  expect(state.writeEditable('a.alloy', 'two')).toEqual({ text: 'two', edited: false });
});

it('a damaged file is named in the error', () => {
  const state = new StateFolder(path);
  writeFileSync(state.file('admin.json'), '{"gateway":');
  expect(() => state.admin()).toThrow(`${state.file('admin.json')} is not JSON`);
});

it('the key of secrets is made once, is its owner’s alone, and is rotated by a line in front of it', () => {
  const state = new StateFolder(path);
  const key = state.secretsKey();
  expect(key).toMatch(/^k[0-9a-f]{6}:[A-Za-z0-9+/]{43}=$/);
  expect(statSync(state.file('secrets.key')).mode & 0o777).toBe(0o600);
  expect(new StateFolder(path).secretsKey()).toBe(key);
  writeFileSync(state.file('secrets.key'), `next:AAAA\n${key}\n`);
  expect(new StateFolder(path).secretsKey()).toBe(`next:AAAA,${key}`);
});
