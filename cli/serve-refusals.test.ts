/** `spillway serve` where it cannot run: it says why in one line, at once, and ends with 1. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const isRoot = process.getuid?.() === 0;
/** Permissions mean nothing to a root with its capabilities. */
const UNPRIVILEGED = isRoot ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'serve-refusals-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: readonly string[]): SpawnSyncReturns<string> {
  const [program = '', ...args] = command;
  return spawnSync(program, args, { encoding: 'utf8', timeout: 90_000, cwd: '/', env: { PATH: process.env.PATH } });
}

const serve = (data: string, listen = '127.0.0.1:0') => [
  process.execPath,
  MAIN,
  'serve',
  '--data',
  data,
  '--listen',
  listen,
];

function expectRefusal({ status, signal, stdout, stderr }: SpawnSyncReturns<string>, ...texts: string[]): void {
  expect({ status, signal, stdout, lines: stderr.trimEnd().split('\n').length }, stderr).toEqual({
    status: 1,
    signal: null,
    stdout: '',
    lines: 1,
  });
  for (const text of texts) expect(stderr).toContain(text);
}

/** Skips by name where this machine cannot play the case: no namespaces of its own, or no setpriv. */
const canMount = isRoot && run(['unshare', '-m', 'true']).status === 0;
const canDropRights = !isRoot || run([...UNPRIVILEGED, process.execPath, MAIN, '--version']).status === 0;
const hasPrivilegedPorts = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) > 80;

describe('spillway serve refuses a data folder', () => {
  it.skipIf(!existsSync('/proc/self'))('that cannot be made, where a recursive mkdir would try for ever', () => {
    expectRefusal(run(serve('/proc/x/y')), 'cannot keep anything in /proc/x/y: nothing can be made there', '--data');
  });

  it('that is a file, or lies below one, or is a link that leads nowhere', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expectRefusal(run(serve(file)), `${file} is a file or a link that leads nowhere, not a folder`);
    expectRefusal(run(serve(join(file, 'x'))), `${file}/x cannot be made: ${file} is a file`);
    symlinkSync(join(folder, 'gone'), join(folder, 'link'));
    expectRefusal(run(serve(join(folder, 'link'))), 'a link that leads nowhere');
  });

  it.skipIf(!canDropRights)('that its user may not write, or not make', () => {
    const own = join(folder, 'read-only');
    mkdirSync(own, { mode: 0o555 });
    expectRefusal(
      run([...UNPRIVILEGED, ...serve(own)]),
      `${own}: permission denied for the user with id ${process.getuid?.()}`,
    );
    expectRefusal(run([...UNPRIVILEGED, ...serve(join(own, 'new'))]), `${own}/new: permission denied`);
  });

  it.skipIf(!canMount)('on a full disk, and on one that is read-only', () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const on = (options: string, data: string) =>
      run(['unshare', '-m', 'sh', '-c', `mount -t tmpfs -o ${options} tmpfs "$0" && exec "$@"`, disk, ...serve(data)]);
    expectRefusal(on('size=4k', join(disk, 'full')), `${disk}/full: the disk is full`);
    expectRefusal(on('ro', join(disk, 'ro')), `${disk}/ro: it is on a read-only file system`);
  });
});

describe('spillway serve refuses to listen', () => {
  const listen = (address: string) => run(serve(join(folder, 'data'), address));

  it('on a port that is taken', async () => {
    const taken: Server = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    expectRefusal(listen(`127.0.0.1:${port}`), `port ${port} on 127.0.0.1 is already in use`, '--listen');
    expectRefusal(listen(`:${port}`), `port ${port} on every address is already in use`);
    taken.close();
  });

  it('on an address that is none of this machine, and a name that leads nowhere', () => {
    expectRefusal(listen('192.0.2.1:9999'), '192.0.2.1 is no address of this machine; choose one with --listen');
    expectRefusal(listen('no-such-host.invalid:9999'), 'the name no-such-host.invalid leads to no address (DNS)');
  });

  it.skipIf(!canDropRights || !hasPrivilegedPorts)('on a port that is for root only', () => {
    const data = join(folder, 'unprivileged');
    mkdirSync(data);
    expectRefusal(run([...UNPRIVILEGED, ...serve(data, '127.0.0.1:80')]), 'port 80 may only be listened on by root');
  });
});
