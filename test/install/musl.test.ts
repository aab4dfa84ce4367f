/**
 * What install.sh chooses where the C library is musl: a root of busybox alone, in which a file of the name of musl's loader
 * lies and glibc's does not. Nothing here is linked to musl; the executables are stand-ins of a few lines.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine, requireMachine } from './machine.ts';
import { DOWNLOADS, oneLiner, PLATFORM, type Setting, serveExecutables, startSetting, text } from './setting.ts';

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const MUSL_LOADER = `/lib/ld-musl-${MACHINE}.so.1`;

describe.skipIf(!requireMachine('openrc'))('install.sh where there is musl', () => {
  let setting: Setting;
  let machine: Machine;
  let manifest: { version: string };

  beforeAll(async () => {
    setting = await startSetting();
    machine = await Machine.boot('openrc', { node: false });
    // OpenRC goes with the loader that it needs.
    await machine.must(
      `mkdir /root/glibc && for file in /lib/ld-linux* /lib64/ld-linux* /sbin/rc-service; do
        [ ! -e $file ] || mv $file /root/glibc/; done; : >${MUSL_LOADER}`,
    );
    manifest = JSON.parse(await text(`${setting.mirror.url}/install/manifest.json`)) as { version: string };
  });

  afterAll(async () => {
    await machine?.stop();
    await setting?.stop();
  });

  /** Says of itself for which platform it is. */
  const standIn = (platform: string) => `#!/bin/sh
[ "$1" != --version ] || echo "agent-lite, version ${manifest.version} (${platform})"
`;

  const serve = (...platforms: readonly string[]) =>
    serveExecutables(setting.mirror, Object.fromEntries(platforms.map((platform) => [platform, standIn(platform)])));

  const install = (options = '') => {
    const all = `--token ${setting.token} --download-url ${setting.mirror.url}${DOWNLOADS} --no-start ${options}`;
    return machine.run(oneLiner(setting.mirror.url, all, 'wget -q -O -'));
  };

  it('installs the executable for musl, beside which the one for glibc is served too', async () => {
    await serve(PLATFORM, `${PLATFORM}-musl`);
    const { code, output } = await install();
    expect(output).toContain(`the executable for ${PLATFORM}-musl will run the agent; no Node.js was found`);
    expect(output).toContain('The agent is installed');
    expect(code).toBe(0);
    expect(await machine.must('agent-lite --version')).toContain(`(${PLATFORM}-musl)`);
    expect((await install()).output).toContain('nothing to change');
    expect((await install('--uninstall --purge')).code).toBe(0);
  });

  it('still prefers a Node.js that is there', async () => {
    await serve(`${PLATFORM}-musl`);
    const node = `#!/bin/sh
if [ "$1" = -p ]; then echo 24.0.0; else echo "agent-lite, version ${manifest.version} (node)"; fi
`;
    await machine.write('/usr/bin/node', node, '755');
    const { code, output } = await install('--dry-run');
    const forced = await install('--dry-run --force-executable');
    await machine.must('rm /usr/bin/node');
    expect(output).toContain('Node.js 24.0.0 (/usr/bin/node) will run the agent');
    expect(output).not.toContain('would download');
    expect(code).toBe(0);
    expect(forced.output).toContain(`would download ${setting.mirror.url}${DOWNLOADS}/agent-lite-${PLATFORM}-musl.gz`);
  });

  it('takes no executable for glibc, and says how to install Node.js', async () => {
    await serve(PLATFORM);
    const { code, output } = await install();
    expect(output).toContain(`this gateway has no executable for ${PLATFORM}-musl, and no Node.js was found`);
    expect(output).toContain('apk add nodejs');
    expect(output).toContain('Nothing on this host was changed.');
    expect(code).toBe(1);
  });

  // What lies in the root of an image, and which C library that is.
  const glibcLoader = '/lib64/ld-linux-x86-64.so.2';
  const images: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['musl alone', { [MUSL_LOADER]: '' }, 'musl'],
    ['glibc alone', { [glibcLoader]: '' }, 'glibc'],
    ['glibc of an arm64', { '/lib/ld-linux-aarch64.so.1': '' }, 'glibc'],
    [
      'glibc with the package musl of Debian',
      { [glibcLoader]: '', [MUSL_LOADER]: '', '/bin/sh': glibcLoader },
      'glibc',
    ],
    ['musl with gcompat of Alpine', { [glibcLoader]: '', [MUSL_LOADER]: '', '/bin/busybox': MUSL_LOADER }, 'musl'],
  ];

  it.each(images)('knows %s by its loaders, whatever the distribution is called', async (_, files, libc) => {
    await serve(PLATFORM, `${PLATFORM}-musl`);
    await machine.must('rm -rf /tmp/image && cd /tmp && mkdir -p image/etc image/lib image/lib64 image/bin');
    await machine.must('cp /etc/passwd /etc/group /tmp/image/etc/');
    for (const [path, content] of Object.entries(files)) await machine.write(`/tmp/image${path}`, content);
    const { code, output } = await install('--root /tmp/image --dry-run');
    expect(output).toMatch(new RegExp(`^Spillway agent on Linux \\(\\w+, ${libc}, none\\)`, 'm'));
    expect(output).toContain(`agent-lite-${PLATFORM}${libc === 'musl' ? '-musl' : ''}.gz`);
    expect(code).toBe(0);
  });
});
