import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const key = state.secretsKey(warn);
  expect(key).toMatch(/^k[0-9a-f]{6}:[A-Za-z0-9+/]{43}=$/);
  expect(statSync(state.file('secrets.key')).mode & 0o777).toBe(0o600);
  expect(new StateFolder(path).secretsKey(warn)).toBe(key);
  const next = `next:${'A'.repeat(43)}=`;
  writeFileSync(state.file('secrets.key'), `${next}\n${key}\n`);
  expect(new StateFolder(path).secretsKey(warn)).toBe(`${next},${key}`);
  expect(warnings).toEqual([]);
});

it('a new key beside data of before is told of: what was sealed with another does not open with it', () => {
  const state = new StateFolder(path);
  mkdirSync(state.file('gateway', 'storage'), { recursive: true });
  const warnings: string[] = [];
  state.secretsKey((message) => warnings.push(message));
  expect(warnings).toEqual([
    expect.stringContaining(`${state.file('secrets.key')} was not there and has a new key now.`),
  ]);
});

it.each([
  ['', 'is empty: put its key back'],
  ['\n \n', 'is empty: put its key back'],
  ['nonsense\n', ': key 1 is not written keyid:base64'],
  [`k1:${'A'.repeat(43)}=\nk2:AAAA\n`, ': key 2 is not written keyid:base64'],
])('a file of keys that holds %j is not overwritten, and it is said what is wrong', (text, problem) => {
  const state = new StateFolder(path);
  writeFileSync(state.file('secrets.key'), text);
  expect(() => state.secretsKey(() => undefined)).toThrow(
    `${state.file('secrets.key')}${problem.startsWith(':') ? '' : ' '}${problem}`,
  );
  expect(readFileSync(state.file('secrets.key'), 'utf8')).toBe(text);
});
