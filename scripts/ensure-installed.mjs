/**
 * Installs what is missing, so that every npm script works as the first command in a fresh clone. Runs on any Node >= 18
 * and imports nothing that has to be installed. Does nothing where node_modules is newer than the lockfile, and nothing ever
 * to a node_modules that is a symbolic link: `npm ci` would empty the folder of whoever it belongs to.
 *
 * In package.json it stands as `node scripts/ensure-installed.mjs && exec env node …`: a shell remembers where it found
 * `node` the first time, `env` looks again and finds the one that was just installed; `exec` leaves no shell in between
 * that would swallow a SIGTERM.
 */
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = join(ROOT, 'node_modules');
/** npm writes this last, so an interrupted install is seen as missing. */
const INSTALLED_MARK = join(MODULES, '.package-lock.json');

/** The Node that comes with the project. */
export const PROJECT_NODE = join(MODULES, 'node/bin/node');

export function isInstalled() {
  if (!existsSync(INSTALLED_MARK) || !existsSync(PROJECT_NODE)) return false;
  return statSync(INSTALLED_MARK).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs;
}

export async function ensureInstalled() {
  if (isInstalled()) return;
  if (isLink(MODULES)) {
    keepAwayFromLink();
    return;
  }
  const why = existsSync(INSTALLED_MARK) ? 'package-lock.json is newer than node_modules' : 'first run';
  console.error(`Installing dependencies with npm ci (${why}); this takes a minute or so.`);
  const startedAt = Date.now();
  const code = await npmCi();
  if (code !== 0) {
    console.error(`The installation failed: npm ci ended with ${code}. See its messages above.`);
    process.exit(1);
  }
  if (!existsSync(PROJECT_NODE)) {
    console.error(
      `npm ci ended well, but ${PROJECT_NODE} is missing: the install script of the package "node" did not run.`,
    );
    console.error('Run `npm ci --ignore-scripts=false` and look for its messages.');
    process.exit(1);
  }
  console.error(`Installed in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** What is there may do, though it is older than the lockfile: the link was made by someone who knew. */
function keepAwayFromLink() {
  const what = `node_modules is a symbolic link to ${readlinkSync(MODULES)}`;
  if (existsSync(INSTALLED_MARK) && existsSync(PROJECT_NODE)) {
    console.error(`Warning: ${what}, whose packages are older than package-lock.json. They are used as they are.`);
    return;
  }
  console.error(`${what}, where nothing is installed, and what lies behind a link is not touched.`);
  console.error('Run `npm ci` there, or remove the link: then everything is installed here.');
  process.exit(1);
}

function npmCi() {
  // A NODE_ENV=production or ignore-scripts=true of the user's would leave out half of what the project needs.
  const args = ['ci', '--include=dev', '--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const child = spawn(command[0], [...command.slice(1), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const progress = setInterval(showProgress, 5_000, Date.now());
  return new Promise((resolve) => {
    child.once('error', (error) => {
      clearInterval(progress);
      console.error(`npm cannot be started: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => {
      clearInterval(progress);
      resolve(code ?? 1);
    });
  });
}

/** npm is silent where it has no terminal: a log or a pipe should still show that something happens. */
function showProgress(startedAt) {
  if (!process.stderr.isTTY) console.error(`  … ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) await ensureInstalled();
