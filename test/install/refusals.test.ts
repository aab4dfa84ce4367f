/** What goes wrong while an agent is installed: the text says what to do, and the system is as it was. */
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback, portOf } from '../support/loopback.ts';
import { freePort } from '../support/ports.ts';
import { Machine, requireMachine } from './machine.ts';
import {
  DOWNLOADS,
  oneLiner,
  PLATFORM,
  type Setting,
  serveExecutables,
  serveVersion,
  startSetting,
  text,
} from './setting.ts';

const UNKNOWN_TOKEN = `spw_${'0'.repeat(16)}_${'0'.repeat(48)}`;

describe.skipIf(!requireMachine('bare'))('install.sh', () => {
  let setting: Setting;
  let machine: Machine;
  let clean: string;

  beforeAll(async () => {
    setting = await startSetting();
    machine = await Machine.boot('bare');
    clean = await machine.changes();
  });

  afterEach(async () => {
    setting.mirror.answers.clear();
    expect(await machine.changes()).toBe(clean);
  });

  afterAll(async () => {
    await machine?.stop();
    await setting?.stop();
  });

  const install = (options = `--token ${setting.token}`) => machine.run(oneLiner(setting.mirror.url, options));

  const withExecutable = () =>
    `--token ${setting.token} --force-executable --download-url ${setting.mirror.url}${DOWNLOADS} --no-start`;

  async function expectRefusal(options: string | undefined, ...texts: readonly string[]): Promise<void> {
    const { code, output } = await install(options);
    for (const expected of texts) expect(output).toContain(expected);
    expect(output).toContain('Nothing on this host was changed.');
    expect(code).toBe(1);
  }

  it('refuses an unknown token, one without the scope agent, and what is none, before it changes anything', async () => {
    await expectRefusal(`--token ${UNKNOWN_TOKEN}`, 'does not know this token (401)');
    const metricsOnly = await setting.gateway.createToken('home', ['metrics:write']);
    await expectRefusal(`--token ${metricsOnly}`, 'lacks the scope agent', 'spillway token create');
    const admin = await setting.gateway.createToken('home', ['admin']);
    await expectRefusal(`--token ${admin}`, 'may not push (403)');
    await expectRefusal('--token abc', 'this is no token');
    await expectRefusal('', 'no token', '--token-file');
    await expectRefusal('--upgrade', 'there is no agent to upgrade');
  });

  it('says so when the gateway is dead, its name unknown, or the address somebody else’s', async () => {
    const options = (url: string) => `--token ${setting.token} --url ${url}`;
    await expectRefusal(options(`http://127.0.0.1:${await freePort()}`), 'does not answer', 'firewall');
    await expectRefusal(options('https://gateway.invalid'), 'cannot be resolved', 'DNS');
    const other = createServer((_, response) => response.end('<html>a page</html>'));
    await listenOnLoopback(other);
    const port = portOf(other);
    await expectRefusal(options(`http://127.0.0.1:${port}`), 'is no list of a Spillway gateway', '--url');
    await expectRefusal(options(`https://127.0.0.1:${port}`), 'certificate', 'clock');
    other.close();
  });

  it('sends no token over http to another host, and takes no address with anything else in it', async () => {
    await expectRefusal(`--token ${setting.token} --url http://gateway.invalid`, 'unencrypted', '--allow-http');
    await expectRefusal(`--token ${setting.token} --url 'https://a;id'`, 'characters that no address');
    await expectRefusal(`--token ${setting.token} --url https://a/b\\"c`, 'characters that no address');
  });

  it('goes through no redirect with the token', async () => {
    setting.mirror.answers.set('/api/v1/received', { status: 302, body: '' });
    await expectRefusal(undefined, 'HTTP 302');
  });

  it('stops at a wrong checksum, whichever file it is', async () => {
    for (const name of ['agent-lite.cjs', 'config.alloy']) {
      setting.mirror.answers.clear();
      setting.mirror.answers.set(`/install/${name}`, { body: 'process.exit(0)\n' });
      await expectRefusal(undefined, `the checksum of ${name} is wrong`, 'expected', 'received');
    }
  });

  it('stops at a download that was cut off', async () => {
    setting.mirror.answers.set('/install/agent-lite.cjs', { body: 'x'.repeat(1_000_000), cut: true });
    await expectRefusal(undefined, 'was cut off', 'Run the same command again');
  });

  it('stops at a configuration that the agent does not take', async () => {
    await machine.write('/tmp/config.alloy', 'prometheus.scrape "x" {\n');
    await expectRefusal(`--token ${setting.token} --config /tmp/config.alloy`, 'does not take the configuration', '1:');
  });

  it('stops when the file systems are read-only or full', async () => {
    const run = (mount: string, unmount: string) =>
      machine.run(
        `${mount} && { ${oneLiner(setting.mirror.url, `--token ${setting.token}`)}; code=$?; ${unmount}; exit $code; }`,
      );
    const readOnly = await run('mount --bind /etc /etc && mount -o remount,ro,bind /etc', 'umount /etc');
    expect(readOnly.output).toContain('nothing can be written to /etc');
    expect(readOnly.output).toContain('Nothing on this host was changed.');
    expect(readOnly.code).toBe(1);
    const full = await run(
      'mkdir -p /usr/local/lib && mount -t tmpfs -o size=1m tmpfs /usr/local/lib',
      'umount /usr/local/lib',
    );
    expect(full.output).toContain('there is no room for agent-lite.cjs');
    expect(full.output).toContain('Nothing on this host was changed.');
    expect(full.code).toBe(1);
  });

  it('says what is missing where there is no fetcher, and uses wget where there is no curl', async () => {
    const script = await text(`${setting.mirror.url}/install.sh`);
    const hide = (...names: string[]) => names.map((name) => `mv /usr/bin/${name} /root/${name}`).join(' && ');
    const show = (...names: string[]) => names.map((name) => `mv /root/${name} /usr/bin/${name}`).join(' && ');
    await machine.must(hide('curl'));
    const wget = await machine.run(`sh -s -- --token ${setting.token} --dry-run`, { stdin: script });
    await machine.must(hide('wget'));
    const none = await machine.run(`sh -s -- --token ${setting.token}`, { stdin: script });
    await machine.must(show('curl', 'wget'));
    expect(wget.output).toContain('Nothing was changed (--dry-run).');
    expect(wget.output).toContain('the gateway knows the token');
    expect(none.output).toContain('neither curl nor wget');
    expect(none.output).toContain('apk add curl');
    clean = await machine.changes();
  });

  it('shows the token to nobody: not in what it prints, not in the arguments of curl and wget', async () => {
    const script = await text(`${setting.mirror.url}/install.sh`);
    await machine.must(`mkdir /tmp/spy && for name in curl wget; do
      printf '#!/bin/sh\\necho "$0 $*" >>/tmp/spied\\nexec /usr/bin/%s "$@"\\n' $name >/tmp/spy/$name; chmod 755 /tmp/spy/$name; done`);
    await machine.write('/tmp/token', `${setting.token}\n`, '600');
    const run = (folder: string) =>
      machine.must(`PATH=${folder}:$PATH sh -s -- --token-file /tmp/token --dry-run`, { stdin: script });
    const printed = await run('/tmp/spy');
    await machine.must('rm /tmp/spy/curl && mv /usr/bin/curl /root/curl');
    const printedByWget = await run('/tmp/spy');
    await machine.must('mv /root/curl /usr/bin/curl');
    const spied = await machine.must('cat /tmp/spied');
    expect(spied).toContain('/tmp/spy/curl ');
    expect(spied).toContain('/tmp/spy/wget ');
    for (const seen of [printed, printedByWget, spied]) expect(seen).not.toContain(setting.token);
    clean = await machine.changes();
  });

  it('says what to do where there is no Node.js and no executable', async () => {
    await machine.must('mv /usr/local/bin/node /root/node');
    const refused = await install();
    await machine.must('mv /root/node /usr/local/bin/node');
    clean = await machine.changes();
    expect(refused.output).toContain('no Node.js was found');
    expect(refused.output).toContain('https://nodejs.org/en/download');
    expect(refused.code).toBe(1);
  });

  it('uses no Node.js out of somebody’s home, nor one that is too old', async () => {
    await machine.must('mv /usr/local/bin/node /root/node && ln -s /root/node /usr/local/bin/node');
    const home = await install();
    await machine.must(
      "rm /usr/local/bin/node && printf '#!/bin/sh\\necho 20.1.0\\n' >/usr/local/bin/node && chmod 755 /usr/local/bin/node",
    );
    const old = await install();
    await machine.must('mv /root/node /usr/local/bin/node');
    clean = await machine.changes();
    expect(home.output).toContain("/root/node lies in a folder that is not the system's");
    expect(old.output).toContain('is version 20.1.0, and the agent needs 22');
    expect([home.code, old.code]).toEqual([1, 1]);
  });

  it('warns of a clock that is off', async () => {
    const real = (await (
      await fetch(`${setting.mirror.url}/api/v1/received`, { headers: { authorization: `Bearer ${setting.token}` } })
    ).json()) as object;
    setting.mirror.answers.set('/api/v1/received', {
      body: JSON.stringify({ ...real, nowMs: Date.now() - 3_600_000 }),
    });
    const { code, output } = await install(`--token ${setting.token} --dry-run`);
    expect(output).toMatch(/this host's clock is 3(599|600|601) s off/);
    expect(code).toBe(0);
  });

  it('refuses labels and addresses that could be more than that', async () => {
    for (const label of ["a=b'c", 'a=$(id)', 'a=`id`', 'a="b"', 'a=b\\\\c', '1a=b', 'a-b=c', '=x', 'x=']) {
      const { code, output } = await machine.run(
        oneLiner(setting.mirror.url, `--token ${setting.token} --label "$LABEL" --dry-run`),
        {
          env: { LABEL: label },
        },
      );
      expect(output).toContain('Error: ');
      expect(code).toBe(1);
    }
    for (const listen of ['12345', '127.0.0.1', '127.0.0.1:', '[::1]', 'a/b:1', '$(id):1']) {
      await expectRefusal(`--token ${setting.token} --listen '${listen}'`, '--listen takes an address');
    }
    for (const listen of ['127.0.0.1:22347', ':22347', '[::1]:22347', 'localhost:22347']) {
      expect((await install(`--token ${setting.token} --listen '${listen}' --dry-run`)).code).toBe(0);
    }
    await expectRefusal('--frobnicate', 'there is no option --frobnicate');
  });

  it('fetches an executable from where it is told, verifies it, and unpacks it, where Node.js is not wanted', async () => {
    const executable = '#!/bin/sh\nexec /usr/local/bin/node /usr/share/agent-lite.cjs "$@"\n';
    await machine.write('/usr/share/agent-lite.cjs', await text(`${setting.mirror.url}/install/agent-lite.cjs`));
    await serveExecutables(setting.mirror, { [PLATFORM]: executable });
    const { code, output } = await install(withExecutable());
    expect(output).toContain(`the executable for ${PLATFORM} will run the agent; --force-executable was given`);
    expect(output).toContain('The agent is installed');
    expect(code).toBe(0);
    expect(await machine.must('agent-lite --version')).toContain('agent-lite, version');
    expect(await machine.must('cat /usr/local/lib/spillway/agent-lite')).toBe(executable);
    const download = `${DOWNLOADS}/agent-lite-${PLATFORM}.gz`;
    setting.mirror.answers.set(download, { body: gzipSync('another') });
    expect((await install(withExecutable())).output).toContain('nothing to change');
    expect((await install('--uninstall --purge')).code).toBe(0);
    const wrong = await install(withExecutable());
    expect(wrong.output).toContain(`the checksum of agent-lite-${PLATFORM}.gz is wrong`);
    await machine.must('rm /usr/share/agent-lite.cjs');
    clean = await machine.changes();
  });

  it('asks for room for an executable twice: where it is tried out, and where it goes', async () => {
    await serveExecutables(setting.mirror, { [PLATFORM]: '#!/bin/sh\n' }, { unpackedBytes: 20 * 1024 ** 2 });
    const command = oneLiner(setting.mirror.url, withExecutable());
    const { output } = await machine.run(
      `mkdir -p /usr/local/lib && mount -t tmpfs -o size=40m tmpfs /usr/local/lib && { ${command}; umount /usr/local/lib; }`,
    );
    expect(output).toMatch(/there is no room in \/usr\/local\/lib\/spillway: (39|40) MiB are free, 50 are needed/);
    expect(output).toContain('Nothing on this host was changed.');
  });

  it('installs into another root for an image, without starting anything there, also after a plain `su`', async () => {
    await machine.must(
      'mkdir -p /tmp/image && cp -a /usr /bin /lib /lib64 /sbin /tmp/image/ && mkdir -p /tmp/image/etc /tmp/image/var/lib && cp /etc/passwd /etc/group /etc/shadow /tmp/image/etc/ && mkdir /tmp/image/dev && mknod -m 666 /tmp/image/dev/null c 1 3',
    );
    const command = oneLiner(setting.mirror.url, `--token ${setting.token} --root /tmp/image`);
    // `su` without `-` keeps a user's PATH, in which Debian has no /usr/sbin: neither chroot nor useradd.
    const { code, output } = await machine.run(command, { env: { PATH: '/usr/local/bin:/usr/bin:/bin' } });
    expect(output).toContain('The agent is installed');
    expect(code).toBe(0);
    const made = await machine.must(
      'cd /tmp/image && find etc/spillway etc/systemd usr/local/lib/spillway var/lib -type f -o -type l | sort; grep spillway etc/passwd',
    );
    expect(made).toContain('etc/systemd/system/multi-user.target.wants/spillway-agent.service');
    expect(made).toContain('spillway-agent:x:');
    expect(await machine.must('cat /tmp/image/usr/local/bin/agent-lite')).toContain(
      ' /usr/local/lib/spillway/agent-lite.cjs',
    );
    const version = (JSON.parse(await text(`${setting.mirror.url}/install/manifest.json`)) as { version: string })
      .version;
    // A Node.js of the tree would say that this is no JavaScript.
    const executable = `#!/bin/sh\n[ "$1" != --version ] || echo "agent-lite, version ${version} (a stand-in)"\n`;
    await serveExecutables(setting.mirror, { [PLATFORM]: executable });
    const again = await install(`${withExecutable()} --root /tmp/image`);
    expect(again.output).toContain('The agent is installed as asked');
    expect(await machine.must('chroot /tmp/image agent-lite --version')).toContain('a stand-in');
    await machine.must('rm -rf /tmp/image');
  });

  it('installs from a folder, without a network, what SHA256SUMS lists', async () => {
    const names = [
      'manifest.json',
      'SHA256SUMS',
      'install.sh',
      'agent-lite.cjs',
      'config.alloy',
      'spillway-agent.service',
      'spillway-agent.initd',
    ];
    await machine.must('mkdir /tmp/files');
    for (const name of names)
      await machine.write(`/tmp/files/${name}`, await text(`${setting.mirror.url}/install/${name}`));
    expect(await machine.must('cd /tmp/files && sha256sum -c SHA256SUMS')).not.toContain('FAILED');
    const options = `--from /tmp/files --url https://gateway.invalid --token ${setting.token} --no-start`;
    const { code, output } = await machine.run(`sh /tmp/files/install.sh ${options}`);
    expect(output).toContain('The agent is installed');
    expect(code).toBe(0);
    await machine.must('sh /tmp/files/install.sh --uninstall --purge');
    clean = await machine.changes();
  });

  it('refuses an older version than the one that is installed', async () => {
    await serveVersion(setting.mirror, '1.2.3');
    const { output } = await install(`--token ${setting.token} --no-start`);
    expect(output).toContain('The agent is installed, version 1.2.3.');
    await serveVersion(setting.mirror, '1.2.2');
    const older = await install(`--token ${setting.token} --no-start`);
    expect(older.output).toContain('the gateway has the older 1.2.2');
    await install('--uninstall --purge');
    clean = await machine.changes();
  });
});
