/**
 * install.sh where there is nothing but busybox (its sh, its wget) and the real OpenRC: the stand-in for Alpine. What
 * differs there, musl, is in musl.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, requireMachine } from './machine.ts';
import { oneLiner, type Setting, serveVersion, startSetting } from './setting.ts';

describe.skipIf(!requireMachine('openrc'))('install.sh on busybox with OpenRC', () => {
  let setting: Setting;
  let machine: Machine;

  beforeAll(async () => {
    setting = await startSetting();
    machine = await Machine.boot('openrc');
  });

  afterAll(async () => {
    await machine?.stop();
    await setting?.stop();
  });

  const install = (options: string) => machine.run(oneLiner(setting.mirror.url, options, 'wget -q -O -'));

  it('installs with busybox alone, starts the service under its own user, and ends when data has arrived', async () => {
    await machine.must('echo a line of syslog | logger');
    const { code, output } = await install(`--token ${setting.token} --listen 127.0.0.1:22346 --no-otlp`);
    expect(output).toContain('Data has arrived');
    expect(code).toBe(0);
    expect(setting.mirror.seen.some((request) => request.includes('/install/agent-lite.cjs Wget'))).toBe(true);
    expect(await machine.must('grep spillway-agent /etc/passwd')).toMatch(
      /^spillway-agent:x:(\d+):\1:Spillway agent:\/var\/lib\/spillway:(\/bin\/false|(\/usr)?\/sbin\/nologin)\n$/,
    );
    expect(await machine.must('id -nG spillway-agent')).toBe('spillway-agent adm\n');
    expect(await machine.must('ps -o user,args | grep [s]torage.path=.*config | grep -v supervise')).toMatch(
      /^spillway/,
    );
    expect(await machine.must('ls -l /etc/runlevels/default')).toContain('/etc/init.d/spillway-agent');
  });

  it('reads the syslog files where there is no journal', async () => {
    await expect
      .poll(() => machine.must('wget -q -O - http://127.0.0.1:22346/metrics'), { timeout: 20_000 })
      .toMatch(/^loki_source_file_read_lines_total\{[^}]*\} [1-9]/m);
  });

  it('refuses --read-all-logs, which OpenRC has nothing for, and takes its opposite', async () => {
    const before = await machine.changes();
    const refused = await install(`--token ${setting.token} --read-all-logs`);
    expect(refused.output).toContain('--read-all-logs works with systemd only');
    expect(refused.output).toContain('Nothing on this host was changed.');
    expect(refused.code).toBe(1);
    expect((await install(`--token ${setting.token} --no-read-all-logs --dry-run`)).output).toContain(
      'nothing to change',
    );
    expect(await machine.changes()).toBe(before);
  });

  it('reloads through OpenRC', async () => {
    expect((await machine.run('rc-service spillway-agent reload')).code).toBe(0);
    await expect.poll(() => machine.must('cat /var/log/spillway-agent.log')).toContain('config reloaded');
  });

  it('changes nothing when it runs again, upgrades, and removes everything', async () => {
    const before = await machine.changes();
    const again = await install(`--token ${setting.token}`);
    expect(again.output).toContain('nothing to change');
    expect(await machine.changes()).toBe(before);
    await serveVersion(setting.mirror, '1.2.3');
    const upgraded = await install('--upgrade');
    expect(upgraded.output).toContain('The agent is now of version 1.2.3');
    expect(upgraded.code).toBe(0);
    const purged = await install('--uninstall --purge');
    expect(purged.output).toContain('everything of it');
    expect((await machine.run('find / -xdev -name "*spillway*"; grep -rs spillway /etc')).output).toBe('');
    expect(await machine.must('cat /etc/group')).toBe('root:x:0:\nadm:x:4:\n');
  });
});
