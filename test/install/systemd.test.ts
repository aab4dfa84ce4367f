/** install.sh on a clean Debian with the real systemd: installs, runs again, upgrades, goes back, reloads, removes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, requireMachine } from './machine.ts';
import { oneLiner, type Setting, serveVersion, startSetting, text } from './setting.ts';

/** As measured by systemd-analyze 252; 0 is no access at all, 10 everything. docs/install.md states it. */
const HIGHEST_EXPOSURE = 1.7;

const OPTIONS = '--listen 127.0.0.1:22345 --label site=home';

/** Says what it is asked before it runs, and then does not run. */
const BROKEN_BUNDLE = `
const [command] = process.argv.slice(2);
if (command === '--version') console.log('agent-lite, version 9.9.9 (node ' + process.version + ')');
if (command === 'run') throw new Error('this version is broken');
`;

describe.skipIf(!requireMachine('systemd'))('install.sh on Debian with systemd', () => {
  let setting: Setting;
  let machine: Machine;
  let clean: string;

  beforeAll(async () => {
    setting = await startSetting();
    machine = await Machine.boot('systemd');
    clean = await machine.changes();
  });

  afterAll(async () => {
    await machine?.stop();
    await setting?.stop();
  });

  const install = (options: string) => machine.run(oneLiner(setting.mirror.url, options));
  const mainPid = () => machine.must('systemctl show -p MainPID --value spillway-agent');

  it('changes nothing with --dry-run, and says each act', async () => {
    const { code, output } = await install(`--token ${setting.token} ${OPTIONS} --dry-run`);
    expect(output).toContain('would make the user spillway-agent');
    expect(output).toContain('would write /etc/systemd/system/spillway-agent.service');
    expect(output).toContain('would restart spillway-agent');
    expect(output).toContain('Nothing was changed');
    expect(code).toBe(0);
    expect(await machine.changes()).toBe(clean);
  });

  it('installs, starts the service, and ends when data has arrived', async () => {
    const { code, output } = await install(`--token ${setting.token} ${OPTIONS}`);
    expect(output).toContain('Data has arrived');
    expect(code).toBe(0);
    expect(output).not.toContain(setting.token);
    const files = await machine.must(
      `stat -c '%a %U:%G %n' /etc/spillway /etc/spillway/* /var/lib/spillway /usr/local/lib/spillway/agent-lite.cjs \
        /usr/local/bin/agent-lite /etc/systemd/system/spillway-agent.service`,
    );
    expect(files.trim().split('\n')).toEqual([
      '750 root:spillway-agent /etc/spillway',
      '640 root:spillway-agent /etc/spillway/agent.env',
      '640 root:spillway-agent /etc/spillway/config.alloy',
      '700 spillway-agent:spillway-agent /var/lib/spillway',
      '644 root:root /usr/local/lib/spillway/agent-lite.cjs',
      '755 root:root /usr/local/bin/agent-lite',
      '644 root:root /etc/systemd/system/spillway-agent.service',
    ]);
  });

  it('runs the agent as its own user without a shell, without capabilities, in the groups it needs', async () => {
    const passwd = await machine.must('getent passwd spillway-agent; id -nG spillway-agent');
    expect(passwd).toMatch(/:\/var\/lib\/spillway:\/usr\/sbin\/nologin\nspillway-agent systemd-journal\n$/);
    const status = await machine.must(`cat /proc/${(await mainPid()).trim()}/status`);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).not.toMatch(/^Uid:\t0\t/m);
  });

  it('collects under the hardened unit what it collects without it: host metrics, and lines of the journal', async () => {
    await machine.must('echo a line of the test | systemd-cat -t marker');
    await expect
      .poll(() => machine.must('curl -fsS http://127.0.0.1:22345/metrics'), { timeout: 20_000 })
      .toMatch(/^loki_source_journal_target_lines_total\{[^}]*\} [1-9]/m);
    const metrics = await machine.must(
      'curl -fsS http://127.0.0.1:22345/api/v0/component/prometheus.exporter.unix.host/metrics',
    );
    for (const name of [
      'node_cpu_seconds_total',
      'node_memory_MemAvailable_bytes',
      'node_network_receive_bytes_total',
    ]) {
      expect(metrics).toContain(`\n${name}`);
    }
    expect(await machine.must('curl -fsS http://127.0.0.1:22345/-/healthy')).toContain('healthy');
  });

  it('has a unit that systemd-analyze verifies, with an exposure no higher than stated', async () => {
    const verified = await machine.run('systemd-analyze verify /etc/systemd/system/spillway-agent.service');
    expect(verified).toEqual({ code: 0, output: '' });
    const judged = await machine.must('systemd-analyze security --offline=true spillway-agent.service | tail -n 1');
    const exposure = Number(/exposure level for spillway-agent.service: ([0-9.]+)/.exec(judged)?.[1]);
    expect(exposure).toBeLessThanOrEqual(HIGHEST_EXPOSURE);
  });

  it('has its memory and its tasks limited', async () => {
    // That the kernel ends an agent which wants more cannot be tried: the machine's cgroups have no memory controller.
    const shown = await machine.must('systemctl show -p MemoryHigh,MemoryMax,TasksMax spillway-agent');
    expect(shown.trim().split('\n').sort()).toEqual([
      'MemoryHigh=infinity',
      `MemoryMax=${384 * 1024 ** 2}`,
      'TasksMax=128',
    ]);
  });

  it('changes nothing when it runs again, and says so', async () => {
    const pid = await mainPid();
    const before = await machine.changes();
    const { code, output } = await install(`--token ${setting.token}`);
    expect(output).toContain('is installed already: nothing to change');
    expect(output).toContain('Data has arrived');
    expect(code).toBe(0);
    expect(await mainPid()).toBe(pid);
    expect(await machine.changes()).toBe(before);
  });

  it('reloads the configuration with systemctl reload, in the same process', async () => {
    const pid = await mainPid();
    await machine.must('sed -i \'s/scrape_interval = "15s"/scrape_interval = "20s"/\' /etc/spillway/config.alloy');
    await machine.must('systemctl reload spillway-agent');
    await expect
      .poll(() => machine.must('journalctl -u spillway-agent -o cat --no-pager'))
      .toContain('config reloaded');
    expect(await mainPid()).toBe(pid);
  });

  it('upgrades with --upgrade alone, keeps an edited configuration, and puts a new default beside it', async () => {
    const newDefault = `// A new default.\n${await text(`${setting.mirror.url}/install/config.alloy`)}`;
    await serveVersion(setting.mirror, '1.2.3', { files: { 'config.alloy': newDefault } });
    const { code, output } = await install('--upgrade');
    expect(output).toContain('config.alloy was edited and stays');
    expect(output).toContain('The agent is now of version 1.2.3');
    expect(output).toContain('Data has arrived');
    expect(code).toBe(0);
    expect(await machine.must('cat /etc/spillway/config.alloy')).toContain('scrape_interval = "20s"');
    expect(await machine.must('cat /etc/spillway/config.alloy.new')).toMatch(/^\/\/ A new default\.\n[\s\S]*"15s"/);
    expect(await machine.must('cat /etc/spillway/agent.env')).toContain(`SPILLWAY_LABELS='{"site":"home"}'`);
    expect(await machine.must('agent-lite --version')).toContain('version 1.2.3 ');
  });

  it('goes back to the version before when the new one does not start', async () => {
    await serveVersion(setting.mirror, '9.9.9', { bundle: BROKEN_BUNDLE });
    // Nobody waits the half minute that a slow machine is given.
    const script = (await text(`${setting.mirror.url}/install.sh`)).replace('READY_SECONDS=30', 'READY_SECONDS=3');
    const { code, output } = await machine.run('sh -s -- --upgrade --listen 127.0.0.1:22399', { stdin: script });
    expect(output).toContain('this version is broken');
    expect(output).toContain('version 9.9.9 did not start; version 1.2.3 runs again');
    expect(code).toBe(1);
    expect(await machine.must('agent-lite --version')).toContain('version 1.2.3 ');
    expect(await machine.must('systemctl is-active spillway-agent')).toBe('active\n');
    expect(await machine.must('cat /usr/local/lib/spillway/installed')).toContain('version=1.2.3\n');
  });

  it('refuses a downgrade unless it is allowed', async () => {
    await serveVersion(setting.mirror, '1.2.2');
    const refused = await install('--upgrade');
    expect(refused.output).toContain('version 1.2.3 is installed, and the gateway has the older 1.2.2');
    expect(refused.code).toBe(1);
    const allowed = await install('--upgrade --allow-downgrade');
    expect(allowed.output).toContain('The agent is now of version 1.2.2');
    expect(allowed.code).toBe(0);
  });

  describe('what only root may read', () => {
    const DROP_IN = '/etc/systemd/system/spillway-agent.service.d/50-read-all-logs.conf';
    const rights = async () => {
      const status = await machine.must(`cat /proc/${(await mainPid()).trim()}/status`);
      return {
        capabilities: /^CapEff:\t0*(\d*)$/m.exec(status)?.[1],
        bounds: /^CapBnd:\t0*(\d*)$/m.exec(status)?.[1],
        groups: await machine.must('id -nG spillway-agent'),
        dropIns: (await machine.must('systemctl show -p DropInPaths --value spillway-agent')).trim(),
      };
    };
    const none = { capabilities: '', bounds: '', groups: 'spillway-agent systemd-journal\n', dropIns: '' };
    const linesRead = async () => {
      const metrics = await machine.must('curl -fsS http://127.0.0.1:22345/metrics');
      return Number(
        /^loki_source_file_read_lines_total\{[^}]*"loki.source.file.secret"[^}]*\} (\d+)$/m.exec(metrics)?.[1],
      );
    };
    const logOfProcess = async () =>
      machine.must(`journalctl _PID=${(await mainPid()).trim()} -o cat --no-pager | grep only-root.log || true`);

    beforeAll(async () => {
      await machine.write('/var/log/only-root.log', 'one\n', '600');
      await machine.must(`cat >>/etc/spillway/config.alloy`, {
        stdin: `
loki.source.file "secret" {
	targets    = [{__path__ = "/var/log/only-root.log", job = "secret"}]
	forward_to = [spillway.write.gateway.logs_receiver]
}
`,
      });
      await machine.must('systemctl reload spillway-agent');
    });

    it('stays unread', async () => {
      await expect.poll(logOfProcess).toContain('a file cannot be read');
      expect(await linesRead()).toBe(0);
      expect(await rights()).toEqual(none);
    });

    it('is read with --read-all-logs, by one capability and no group, also after a later run without it', async () => {
      const { code, output } = await install('--upgrade --read-all-logs --wait 0');
      expect(output).toContain(`write ${DROP_IN}`);
      expect(code).toBe(0);
      await expect.poll(linesRead, { timeout: 20_000 }).toBe(1);
      // Bit 2 is CAP_DAC_READ_SEARCH.
      const given = { ...none, capabilities: '4', bounds: '4', dropIns: DROP_IN };
      expect(await rights()).toEqual(given);
      expect((await install('--upgrade --wait 0')).output).toContain('nothing to change');
      expect(await rights()).toEqual(given);
      expect(await logOfProcess()).not.toContain('cannot be read');
    });

    it('stays unread again after --no-read-all-logs, also after a later run without it', async () => {
      const { code, output } = await install('--upgrade --no-read-all-logs --wait 0');
      expect(output).toContain(`remove ${DROP_IN}`);
      expect(code).toBe(0);
      await machine.must('echo two >>/var/log/only-root.log');
      await expect.poll(logOfProcess, { timeout: 20_000 }).toContain('a file cannot be read');
      expect(await linesRead()).toBe(0);
      expect(await rights()).toEqual(none);
      expect((await machine.run(`ls -d ${DROP_IN.slice(0, DROP_IN.lastIndexOf('/'))}`)).code).not.toBe(0);
      expect((await install('--upgrade --wait 0')).output).toContain('nothing to change');
    });

    it('is read again when a version that does not start was to take the right back', async () => {
      expect((await install('--upgrade --read-all-logs --wait 0')).code).toBe(0);
      await serveVersion(setting.mirror, '9.9.9', { bundle: BROKEN_BUNDLE });
      const script = (await text(`${setting.mirror.url}/install.sh`)).replace('READY_SECONDS=30', 'READY_SECONDS=3');
      const { output } = await machine.run('sh -s -- --upgrade --no-read-all-logs', { stdin: script });
      expect(output).toContain('version 9.9.9 did not start; version 1.2.2 runs again');
      expect(await rights()).toMatchObject({ capabilities: '4', dropIns: DROP_IN });
      await serveVersion(setting.mirror, '1.2.2');
    });
  });

  it('removes the program with --uninstall and leaves configuration and data, and everything with --purge', async () => {
    const dropIns = '/etc/systemd/system/spillway-agent.service.d';
    await machine.must(`mkdir -p ${dropIns} && echo '[Service]' >${dropIns}/override.conf`);
    const { code, output } = await install('--uninstall');
    expect(output).toContain('The agent is removed. Its configuration');
    expect(code).toBe(0);
    expect(await machine.must(`ls ${dropIns}`)).toBe('override.conf\n');
    expect(await machine.must('ls /etc/spillway /var/lib/spillway')).toMatch(
      /agent\.env[\s\S]*spillway\.write\.gateway/,
    );
    expect((await machine.run('command -v agent-lite; systemctl cat spillway-agent')).output).not.toContain(
      'ExecStart',
    );
    const purged = await install('--uninstall --purge');
    expect(purged.output).toContain('everything of it');
    expect(await machine.must("find / -xdev -name '*spillway*' -not -path '/tmp/*' -not -path '/proc/*'")).toBe('');
    expect((await machine.run('getent passwd spillway-agent; getent group spillway-agent')).output).toBe('');
    expect((await install('--uninstall --purge')).output).toContain('There was no agent: nothing to do.');
  });
});
