/** The rules by which `npm run build:agent` takes, makes and replaces files. test/e2e/agent-executable.test.ts runs the result. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withoutSections } from '../scripts/agent-executable/elf.ts';
import { copyRelease, layOut } from '../scripts/agent-executable/release.ts';
import { checkIntegrity, NODE_VERSION, sha256, type Target } from '../scripts/agent-executable/runtimes.ts';
import { tempFolder } from './support/temp-folder.ts';

const ROOT = join(import.meta.dirname, '..');

let folder: ReturnType<typeof tempFolder>;

beforeEach(() => {
  folder = tempFolder('builds');
});

afterEach(() => folder.remove());

describe('the Node of an executable', () => {
  it('has the version that package-lock.json gives to the project', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    expect(NODE_VERSION).toBe(lock.packages['node_modules/node'].version);
  });

  it('is refused where a byte differs from what was pinned', () => {
    const pinned = `sha512-${Buffer.from(sha512('package'), 'hex').toString('base64')}`;
    expect(() => checkIntegrity('p', Buffer.from('package'), pinned)).not.toThrow();
    expect(() => checkIntegrity('p', Buffer.from('packagf'), pinned)).toThrow(/p is not what this build was made with/);
  });

  it.runIf(process.platform === 'linux')('runs without its sections and is smaller', () => {
    const program = readFileSync(process.execPath);
    const stripped = withoutSections(program);
    expect(stripped.length).toBeLessThan(program.length);
    const path = join(folder.path, 'node');
    writeFileSync(path, stripped, { mode: 0o755 });
    expect(spawnSync(path, ['-p', '6 * 7'], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '42\n' });
  });

  it('is refused where it is no program, or a part of one', () => {
    expect(() => withoutSections(Buffer.from('#!/bin/sh\n'.repeat(10)))).toThrow('no 64-bit ELF file');
    const header = Buffer.alloc(64);
    header.writeUInt32BE(0x7f454c46, 0);
    header.writeUInt16BE(0x0201, 4);
    header.writeBigUInt64LE(64n, 32);
    header.writeUInt16LE(56, 54);
    header.writeUInt16LE(1, 56);
    expect(() => withoutSections(header)).toThrow('is cut off');
    const segment = Buffer.alloc(56);
    segment.writeBigUInt64LE(1000n, 32);
    expect(() => withoutSections(Buffer.concat([header, segment]))).toThrow('ends before its last segment does');
  });
});

describe('the folder of a release', () => {
  function release(name: string): string {
    const [bundle, program] = [join(folder.path, 'agent-lite.cjs'), join(folder.path, 'program')];
    writeFileSync(bundle, 'bundle');
    writeFileSync(program, 'program '.repeat(1000));
    const executables = new Map<Target, string>([['linux-arm64', program]]);
    const path = join(folder.path, name);
    layOut(
      path,
      { version: '1.2.3', bundle, executables, licenses: { LICENSE: join(ROOT, 'LICENSE') } },
      () => undefined,
    );
    return path;
  }

  it('holds what its manifest and its checksums say', () => {
    const path = release('out');
    const read = (file: string) => readFileSync(join(path, file));
    const { version, bundle, executables } = JSON.parse(read('manifest.json').toString());
    expect(version).toBe('1.2.3');
    expect(bundle).toEqual({ path: '/install/agent-lite.cjs', sha256: sha256(read('agent-lite.cjs')), bytes: 6 });
    const { file, gzip, ...rest } = executables['linux-arm64'];
    expect(rest).toEqual({ sha256: sha256(read(file)), bytes: read(file).length });
    expect({ ...gzip }).toEqual({ file: `${file}.gz`, sha256: sha256(read(gzip.file)), bytes: read(gzip.file).length });
    expect(gunzipSync(read(gzip.file))).toEqual(read(file));
    const checked = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: path, encoding: 'utf8' });
    expect(checked).toMatchObject({ status: 0, stdout: `agent-lite.cjs: OK\n${file}: OK\n${file}.gz: OK\n` });
  });

  it('has the same bytes each time, and in a copy', () => {
    const [one, two, copy] = [release('one'), release('two'), join(folder.path, 'copy')];
    copyRelease(one, copy);
    for (const other of [two, copy]) {
      expect(readdirSync(other)).toEqual(readdirSync(one));
      for (const name of readdirSync(one)) {
        expect(readFileSync(join(other, name)), name).toEqual(readFileSync(join(one, name)));
      }
    }
  });

  it('is never put in place of a folder that holds something else', () => {
    const own = join(folder.path, 'thesis.txt');
    writeFileSync(own, 'chapter one');
    const { status, stderr } = build('--publish-dir', folder.path);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('holds other files') });
    expect(existsSync(own)).toBe(true);
  });
});

describe('npm run build:agent', () => {
  it('names the targets that there are', () => {
    expect(build('--target', 'linux-x64,plan9')).toMatchObject({
      status: 1,
      stderr: 'build:agent: there is no target "plan9"; there are linux-x64, linux-arm64\n',
    });
  });

  it('shows its options', () => {
    expect(build('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--publish-dir DIR') });
    expect(build('--taget')).toMatchObject({ status: 1, stderr: expect.stringContaining('--publish-dir DIR') });
  });
});

function build(...args: readonly string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'scripts/build-agent.ts'), ...args], { encoding: 'utf8' });
}

function sha512(text: string): string {
  return spawnSync('sha512sum', { input: text, encoding: 'utf8' }).stdout.slice(0, 128);
}
