/**
 * Brings the programs the black-box tests and benchmarks run against (Debian's prometheus, node_exporter, alertmanager,
 * VictoriaMetrics, systemd-journal-remote, fish, musl, chromium) into <repo>/.cache/peers: `apt-get download` and `dpkg -x`, no root, no change to the
 * system. Run again it finds them there and does nothing. Runs on any Node >= 18, before anything is installed.
 *
 * `--unpack-chromium` unpacks chromium even where the system has one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPO = dirname(dirname(fileURLToPath(import.meta.url)));
const PEERS = join(REPO, '.cache', 'peers');
const CI = process.env.CI === 'true';
const ROOT = process.getuid?.() === 0;

/** `program`: the file that must run. `needs`: packages beside it. `closure`: it is useless without all that it depends on. */
const PACKAGES = [
  { name: 'prometheus', program: 'usr/bin/prometheus' },
  { name: 'prometheus-node-exporter', program: 'usr/bin/prometheus-node-exporter' },
  { name: 'prometheus-alertmanager', program: 'usr/bin/prometheus-alertmanager' },
  { name: 'victoria-metrics', program: 'usr/bin/victoria-metrics' },
  // Writes journal files from texts, so that journalctl has real ones to read where no journald runs.
  { name: 'systemd-journal-remote', program: 'lib/systemd/systemd-journal-remote' },
  { name: 'shellcheck', program: 'usr/bin/shellcheck' },
  { name: 'busybox-static', program: 'bin/busybox' },
  { name: 'musl', program: `lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-musl/libc.so` },
  // Its other dependencies are for its own help pages.
  { name: 'fish', program: 'usr/bin/fish', needs: ['libpcre2-32-0'] },
  { name: 'debootstrap', program: 'usr/sbin/debootstrap' },
  { name: 'chromium', program: 'usr/lib/chromium/chromium', closure: true },
];

/** The C library belongs to the running system's loader; a second one beside it crashes programs. */
const NEVER_UNPACK = /^(libc6|libc-bin|libgcc-s1|libstdc\+\+6|libcrypt1)$/;

class PeerError extends Error {}

function say(line) {
  console.log(`peers: ${line}`);
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  return { ok: result.status === 0, stdout: result.stdout ?? '', output: result.error ? String(result.error) : output };
}

function must(command, args, options) {
  const result = run(command, args, options);
  if (!result.ok) throw new PeerError(`${command} ${args.join(' ')}: ${lastLines(result.output)}`);
  return result.stdout;
}

function lastLines(text) {
  return text.trim().split('\n').slice(-4).join(' | ');
}

/**
 * apt's options. The host's package lists are used where it has them; where it has none (a fresh container) they are
 * fetched into a folder of our own, because the host's may not be written.
 */
function aptOptions() {
  const sandbox = ROOT ? ['-o', 'APT::Sandbox::User=root'] : [];
  if (hasCandidate(sandbox)) return sandbox;
  const state = join(PEERS, 'apt', 'state');
  const cache = join(PEERS, 'apt', 'cache');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
  const options = [
    ...sandbox,
    ...['-o', `Dir::State=${state}`, '-o', `Dir::State::lists=${join(state, 'lists')}`, '-o', `Dir::Cache=${cache}`],
    ...['-o', 'Dir::State::status=/var/lib/dpkg/status'],
  ];
  if (hasCandidate(options)) return options;
  say('this system has no package lists: fetching them into .cache/peers/apt …');
  must('apt-get', [...options, 'update']);
  return options;
}

function hasCandidate(options) {
  return /Candidate: (?!\(none\))/.test(run('apt-cache', [...options, 'policy', 'prometheus']).stdout);
}

/** The packages apt would install for `name` on this system, itself included: apt's own resolution, simulated. */
function closureOf(name, options) {
  const plan = must('apt-get', [...options, 'install', '--simulate', '--no-install-recommends', '--reinstall', name]);
  const wanted = new Set([name]);
  for (const line of plan.split('\n')) {
    const match = /^Inst (\S+)/.exec(line);
    if (match && !NEVER_UNPACK.test(match[1])) wanted.add(match[1]);
  }
  return [...wanted];
}

function download(names, options) {
  const folder = mkdtempSync(join(PEERS, 'download-'));
  must('apt-get', [...options, 'download', ...names], { cwd: folder });
  return { folder, files: readdirSync(folder).filter((file) => file.endsWith('.deb')) };
}

/** Unpacks into a folder of its own and moves it into place whole, so that an interrupted run leaves nothing half done. */
function unpack(entry, options) {
  const started = Date.now();
  const target = join(PEERS, entry.name);
  const part = mkdtempSync(join(PEERS, 'unpack-'));
  try {
    let names = entry.closure ? closureOf(entry.name, options) : [entry.name, ...(entry.needs ?? [])];
    extract(names, part, options);
    if (missingLibraries(part, entry.program).length > 0) {
      say(`${entry.name} needs shared libraries this system lacks: fetching its dependencies …`);
      names = closureOf(entry.name, options);
      extract(names, part, options);
    }
    const missing = missingLibraries(part, entry.program);
    if (missing.length > 0) throw new PeerError(`${entry.name} lacks ${missing.join(', ')}`);
    if (entry.name === 'chromium') writeFontConfig(part, target);
    rmSync(target, { recursive: true, force: true });
    renameSync(part, target);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    say(`${entry.name} is in place (${names.length} package${names.length === 1 ? '' : 's'}, ${seconds} s)`);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function extract(names, into, options) {
  say(`downloading ${names.length === 1 ? names[0] : `${names.length} packages for ${names[0]}`} …`);
  const { folder, files } = download(names, options);
  try {
    for (const file of files) must('dpkg', ['-x', join(folder, file), into]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where Debian puts libraries, below an unpacked root. */
function libraryFolders(root) {
  const folders = [join(root, 'usr', 'lib'), join(root, 'lib')];
  return folders.flatMap((folder) => {
    if (!existsSync(folder)) return [];
    return [
      folder,
      ...readdirSync(folder)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(folder, name)),
    ];
  });
}

function missingLibraries(root, program) {
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(root).join(':') };
  const listed = run('ldd', [join(root, program)], { env });
  return [...listed.stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]);
}

/** Fonts that came with the packages lie below our folder, where the system's font configuration does not look. */
function writeFontConfig(part, target) {
  const fonts = ['/usr/share/fonts', join(target, 'usr', 'share', 'fonts')].map((dir) => `<dir>${dir}</dir>`).join('');
  const xml = `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>${fonts}<cachedir>${target}/font-cache</cachedir></fontconfig>\n`;
  writeFileSync(join(part, 'fonts.conf'), xml);
}

function systemChromium() {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/bin'].filter((folder) => folder !== '');
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** The last resort, and only where changing the system is nobody's loss: a CI machine, as root. */
function installChromium(options) {
  if (!CI || !ROOT) return false;
  say('installing chromium on this CI machine …');
  return run('apt-get', [...options, 'install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'inherit' }).ok;
}

function fetchOne(entry, options) {
  try {
    unpack(entry, options);
    return true;
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    if (entry.name === 'chromium' && installChromium(options)) return true;
    say(`${entry.name} could not be had: ${error.message}`);
    return false;
  }
}

/** What an interrupted run left; a run that still goes on is younger than this. */
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

function removeLeftovers() {
  for (const name of readdirSync(PEERS)) {
    const path = join(PEERS, name);
    const temporary = name.startsWith('download-') || name.startsWith('unpack-');
    if (temporary && Date.now() - statSync(path).mtimeMs > LEFTOVER_AGE_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

function inPlace(entry) {
  if (existsSync(join(PEERS, entry.name, entry.program))) return true;
  return entry.name === 'chromium' && !process.argv.includes('--unpack-chromium') && systemChromium() !== undefined;
}

function main() {
  const wanted = PACKAGES.filter((entry) => !inPlace(entry));
  if (wanted.length === 0) {
    say('all here');
    fetchRoots();
    return;
  }
  if (!run('apt-get', ['--version']).ok || !run('dpkg', ['--version']).ok) {
    say(`this is no Debian system (no apt-get): ${wanted.map((entry) => entry.name).join(', ')} stay missing`);
    say('tests that need them are skipped by name; a peer on the PATH is used where there is one');
    return;
  }
  mkdirSync(PEERS, { recursive: true });
  removeLeftovers();
  say(`${wanted.map((entry) => entry.name).join(', ')} -> ${PEERS}`);
  const options = aptOptions();
  const failed = wanted.filter((entry) => !fetchOne(entry, options));
  rmSync(join(PEERS, 'apt'), { recursive: true, force: true });
  if (failed.length > 0 && CI) process.exitCode = 1;
  fetchRoots();
}

/** For the tests of install.sh, from what was just fetched. */
function fetchRoots() {
  const { status } = spawnSync(process.execPath, [join(REPO, 'scripts/fetch-roots.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

main();
