/**
 * The packaged gateway as a service: under the real systemd by its unit, and in a clean root by what the Containerfile says.
 * No container engine runs in these tests: the image's own steps are executed here, its build by an engine is not.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { waitUntil } from '../support/wait-until.ts';
import { Machine, requireMachine } from './machine.ts';

const ROOT = join(import.meta.dirname, '../..');
const UNIT = join(ROOT, 'deploy/systemd/spillway-gateway.service');
const CONTAINERFILE = readFileSync(join(ROOT, 'deploy/container/Containerfile'), 'utf8');
/** As measured by systemd-analyze 252; 0 is no access at all, 10 everything. docs/deploy.md states it. */
const HIGHEST_EXPOSURE = 1.3;

const folder = tempFolder('gateway-package');
const packaged = join(folder.path, 'opt/spillway');

beforeAll(() => {
  mkdirSync(join(folder.path, 'opt'));
  const run = spawnSync(process.execPath, ['scripts/package-gateway.ts', packaged], { cwd: ROOT, encoding: 'utf8' });
  expect({ status: run.status, stderr: run.stderr }).toMatchObject({ status: 0 });
});
afterAll(() => folder.remove());

/** /opt/spillway, as a release or an image would bring it. */
async function putPackage(machine: Machine): Promise<void> {
  const archive = spawnSync('tar', ['-C', folder.path, '-cf', '-', 'opt'], { maxBuffer: 1024 ** 3 });
  await machine.must('tar -xf - -C /', { stdin: archive.stdout });
}

async function untilReady(url: string): Promise<void> {
  await waitUntil(`${url} is ready`, async () => (await fetch(`${url}/-/ready`)).ok);
}

describe.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)('spillway-gateway.service', () => {
  it('is what systemd-analyze verify wants, and exposes little', () => {
    // verify looks whether the program is there.
    const unit = join(folder.path, 'spillway-gateway.service');
    writeFileSync(unit, readFileSync(UNIT, 'utf8').replaceAll('/opt/spillway', packaged));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    expect([verified.status, verified.stdout + verified.stderr]).toEqual([0, '']);
    const args = ['security', '--offline=true', '--no-pager', unit];
    const rated = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(rated.stdout)?.[1]);
    expect(exposure).toBeLessThanOrEqual(HIGHEST_EXPOSURE);
  });
});

describe.skipIf(!requireMachine('systemd'))('spillway-gateway.service on Debian with systemd', () => {
  let machine: Machine;
  let url: string;

  const property = async (name: string) =>
    (await machine.must(`systemctl show -p ${name} --value spillway-gateway`)).trim();
  const adminToken = async () =>
    JSON.parse(await machine.must('cat /var/lib/spillway-gateway/admin.json')).adminToken as string;
  const tenants = async (): Promise<string> =>
    (await fetch(`${url}/admin/v1/tenants`, { headers: { Authorization: `Bearer ${await adminToken()}` } })).text();

  beforeAll(async () => {
    machine = await Machine.boot('systemd', { node: false });
    await putPackage(machine);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await machine.must('mkdir -p /etc/spillway');
    await machine.write('/etc/spillway/gateway.env', `SPILLWAY_LISTEN=127.0.0.1:${port}\n`, '600');
    await machine.write('/etc/systemd/system/spillway-gateway.service', readFileSync(UNIT));
    await machine.must('systemctl daemon-reload && systemctl start spillway-gateway');
  });
  afterAll(() => machine?.stop());

  it('runs as a user of its own, writes to its state folder alone, and answers', async () => {
    await untilReady(url).catch(async (error) => {
      throw new Error(`${error}\n${await machine.must('journalctl -u spillway-gateway --no-pager | tail -30')}`);
    });
    const pid = await property('MainPID');
    expect((await machine.must(`ps -o uid= -p ${pid} 2>/dev/null || stat -c %u /proc/${pid}`)).trim()).not.toBe('0');
    expect(await machine.must('stat -c %a /var/lib/spillway-gateway/')).toBe('700\n');
    const created = await fetch(`${url}/admin/v1/tenants`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await adminToken()}`, 'Content-Type': 'application/json' },
      body: '{"name":"acme"}',
    });
    expect(created.status).toBe(201);
  });

  it('killed with -9, it starts again with everything that it had', async () => {
    const before = await property('MainPID');
    await machine.must(`kill -9 ${before}`);
    await waitUntil('another process runs', async () => !['0', before].includes(await property('MainPID')));
    await untilReady(url);
    expect(await tenants()).toContain('"acme"');
  });

  it('stops in good order, and leaves no process behind', async () => {
    await machine.must('systemctl stop spillway-gateway');
    expect([await property('Result'), await property('ExecMainStatus')]).toEqual(['success', '0']);
    expect(await machine.must('ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c /workerd || true')).toBe('0\n');
  });
});

describe.skipIf(!requireMachine('bare'))('the container image, its last stage run by hand in a clean Debian', () => {
  const directive = (name: string): string[] => {
    const stage = CONTAINERFILE.slice(CONTAINERFILE.lastIndexOf('\nFROM ')).replaceAll('\\\n', ' ');
    return stage
      .split('\n')
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1));
  };
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.boot('bare', { node: false });
    await putPackage(machine);
  });
  afterAll(() => machine?.stop());

  it('runs as a user without a name, keeps its data in the volume, and is healthy', async () => {
    const [prepare = ''] = directive('RUN').filter((line) => line.includes('/data'));
    await machine.must(prepare);
    const [user = ''] = directive('USER');
    const [uid, gid] = user.split(':');
    const port = await freePort();
    const env = Object.fromEntries(
      (directive('ENV')[0] ?? '').split(' ').map((pair) => pair.split('=') as [string, string]),
    );
    expect(env).toEqual({ SPILLWAY_DATA: '/data', SPILLWAY_LISTEN: ':8787' });
    const asUser = `setpriv --reuid ${uid} --regid ${gid} --clear-groups --no-new-privs`;
    const command = [
      ...JSON.parse(directive('ENTRYPOINT')[0] as string),
      ...JSON.parse(directive('CMD')[0] as string),
    ].join(' ');
    const listen = { ...env, SPILLWAY_LISTEN: `:${port}` };
    await machine.must(`${asUser} ${command} >/tmp/log 2>&1 & echo $! >/tmp/pid`, { env: listen });
    await untilReady(`http://127.0.0.1:${port}`).catch(async (error) => {
      throw new Error(`${error}\n${await machine.must('cat /tmp/log')}`);
    });
    const check = JSON.parse(/CMD (.*)$/.exec(directive('HEALTHCHECK')[0] as string)?.[1] as string) as string[];
    const script = (check.at(-1) as string).replace('8787', String(port));
    const health = (text: string) => machine.run(`${check.slice(0, -1).join(' ')} "${text}"`);
    expect((await health(script)).code).toBe(0);
    expect((await health(script.replace(String(port), '1'))).code).toBe(1);
    expect(await machine.must('stat -c "%u %a" /data/admin.json')).toBe(`${uid} 600\n`);
    // Process 1 of this machine does not take in the ended: such a one has no command line any more.
    await machine.must(
      'p=$(cat /tmp/pid); kill -TERM $p; while grep -q . /proc/$p/cmdline 2>/dev/null; do sleep 0.1; done',
    );
    expect((await health(script)).code).toBe(1);
  });
});
