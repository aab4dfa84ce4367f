/**
 * Clean roots that the tests of install.sh boot (test/install/): a Debian with systemd, made by debootstrap, and one with
 * busybox and OpenRC alone, in the place of Alpine, whose registry not everybody reaches. Into <repo>/.cache/peers, once.
 * Needs root; changes nothing outside of that folder. Runs on any Node >= 18, after fetch-peers.mjs, which calls it.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PEERS = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache', 'peers');
const SUITE = 'bookworm';
/** Where this system names no mirror of its own. */
const DEBIAN = 'http://deb.debian.org/debian';

/** Each folder's first part is the name of the root; the file shows that it is whole. */
const ROOTS = [
  { name: 'root-debian', build: buildDebian },
  { name: 'root-busybox', build: buildBusybox },
];
const MARK = 'etc/clean-root';

/** Not what a small server has. */
const DEAD_WEIGHT = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'var/cache/apt'];

const HANDS_OFF = [
  'systemd-networkd.service',
  'systemd-networkd.socket',
  'systemd-resolved.service',
  'systemd-timesyncd.service',
];

/** What OpenRC and Node link to: the C library and a few more. */
const BUSYBOX_PACKAGES =
  'openrc libeinfo1 librc1 libc6 libgcc-s1 libstdc++6 libpam0g libpam-modules libaudit1 libcap-ng0 libcap2 libselinux1 libpcre2-8-0'.split(
    ' ',
  );

function run(command, args, options = {}) {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env, ...options });
  if (result.status === 0) return;
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`
    .trim()
    .split('\n')
    .slice(-3)
    .join(' | ');
  throw new Error(`${command}: ${said}`);
}

/** The one that this system's packages come from: others may be out of reach. */
function mirror() {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
  const found = (stdout ?? '').split('\n').find((uri) => /\/debian\/?$/.test(uri));
  return found ?? DEBIAN;
}

function buildDebian(root) {
  const debootstrap = join(PEERS, 'debootstrap');
  const env = { ...process.env, DEBOOTSTRAP_DIR: join(debootstrap, 'usr/share/debootstrap') };
  const include = '--include=systemd-sysv,curl,wget,ca-certificates';
  run(join(debootstrap, 'usr/sbin/debootstrap'), ['--variant=minbase', include, SUITE, root, mirror()], { env });
  for (const folder of DEAD_WEIGHT) rmSync(join(root, folder), { recursive: true, force: true });
  // The machines share the host's network, which is the host's to configure.
  for (const unit of HANDS_OFF) symlinkSync('/dev/null', join(root, 'etc/systemd/system', unit));
}

function buildBusybox(root) {
  const downloads = join(root, 'downloads');
  mkdirSync(downloads, { recursive: true });
  run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', ...BUSYBOX_PACKAGES], { cwd: downloads });
  for (const folder of ['bin', 'sbin', 'lib']) {
    mkdirSync(join(root, 'usr', folder), { recursive: true });
    symlinkSync(`usr/${folder}`, join(root, folder));
  }
  mkdirSync(join(root, 'usr/lib64'), { recursive: true });
  symlinkSync('usr/lib64', join(root, 'lib64'));
  for (const file of readdirSync(downloads)) {
    // tar and not dpkg -x, which would put folders where the links are.
    run('sh', [
      '-c',
      'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"',
      'sh',
      join(downloads, file),
      root,
    ]);
  }
  rmSync(downloads, { recursive: true });
  for (const folder of DEAD_WEIGHT) rmSync(join(root, folder), { recursive: true, force: true });
  run('cp', [join(PEERS, 'busybox-static/bin/busybox'), join(root, 'bin/busybox')]);
  for (const folder of [
    'dev',
    'etc',
    'proc',
    'sys',
    'run',
    'tmp',
    'root',
    'var/log',
    'var/lib',
    'home',
    'usr/local/bin',
  ]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  run('chroot', [root, '/bin/busybox', '--install', '-s']);
  chmodSync(join(root, 'tmp'), 0o1777);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nadm:x:4:\n');
  writeFileSync(join(root, 'etc/shadow'), 'root:*:::::::\n', { mode: 0o600 });
  symlinkSync('/run', join(root, 'var/run'));
  // Debian's OpenRC asks PAM, and reads this file.
  const pam = ['auth', 'account', 'password', 'session'].map((type) => `other ${type} required pam_permit.so\n`);
  writeFileSync(join(root, 'etc/pam.conf'), pam.join(''));
  writeFileSync(join(root, 'etc/insserv.conf'), '');
  writeFileSync(join(root, 'etc/os-release'), 'PRETTY_NAME="Busybox and OpenRC"\n');
}

function fetchRoot({ name, build }) {
  const started = Date.now();
  const target = join(PEERS, name);
  // Of a name of its own: another run may be at it too. fetch-peers.mjs removes what was left behind.
  const part = mkdtempSync(join(PEERS, 'unpack-'));
  console.log(`peers: making ${name}, a clean root for the tests of install.sh …`);
  try {
    chmodSync(part, 0o755);
    build(part);
    writeFileSync(join(part, MARK), '');
    rmSync(target, { recursive: true, force: true });
    renameSync(part, target);
    console.log(`peers: ${name} is in place (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    console.log(`peers: ${name} could not be made: ${error.message}`);
    return false;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

const missing = ROOTS.filter(({ name }) => !existsSync(join(PEERS, name, MARK)));
if (missing.length > 0 && process.getuid?.() !== 0) {
  console.log('peers: only root can make the roots for the tests of install.sh: those tests are skipped by name');
} else {
  const failed = missing.filter((root) => !fetchRoot(root));
  if (failed.length > 0 && process.env.CI === 'true') process.exitCode = 1;
}
