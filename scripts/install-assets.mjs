/**
 * What `GET /install.sh` and `GET /install/…` serve, beside the console's files: the script, the bundle, the units, the
 * default configuration, their checksums, and the manifest that names them and the executables, if there are any.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { installScript } from './install-script.mjs';

/** Of deploy/agent/, as they are. */
const FILES = ['config.alloy', 'spillway-agent.initd', 'spillway-agent.service'];

/** Where `npm run build:agent` describes what it made. */
const EXECUTABLES = 'dist/agent/manifest.json';

export async function buildInstall(root, bundle, folder) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const agent = join(root, 'deploy/agent');
  const files = new Map(FILES.map((name) => [name, readFileSync(join(agent, name))]));
  files.set('install.sh', installScript(join(agent, 'install')).text);
  files.set(basename(bundle), readFileSync(bundle));
  const sums = [...files].map(([name, content]) => `${sha256(content)}  ${name}\n`).join('');
  const manifest = { version, bundle: describe(bundle, files), executables: executables(root, version) };
  files.set('SHA256SUMS', sums);
  files.set('manifest.json', `${JSON.stringify(manifest)}\n`);
  // Written beside and moved, so that a gateway that serves the folder meanwhile never serves half a file.
  const part = `${folder}.${process.pid}.tmp`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  for (const [name, content] of files) writeFileSync(join(part, name), content);
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
}

function describe(bundle, files) {
  const content = files.get(basename(bundle));
  return { path: `/install/${basename(bundle)}`, sha256: sha256(content), bytes: content.length };
}

/** The compressed copies, flat for a shell to read. `url` is a name: the gateway puts AGENT_DOWNLOAD_URL before it. */
function executables(root, version) {
  const path = join(root, EXECUTABLES);
  if (!existsSync(path)) return {};
  const built = JSON.parse(readFileSync(path, 'utf8'));
  if (built.version !== version) {
    console.error(`left out: the executables in dist/agent are of version ${built.version}; npm run build:agent`);
    return {};
  }
  const entries = Object.entries(built.executables).map(([platform, { sha256: unpackedSha256, bytes, gzip }]) => {
    const { file: url, ...compressed } = gzip;
    return [platform, { url, ...compressed, unpackedBytes: bytes, unpackedSha256 }];
  });
  return Object.fromEntries(entries);
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}
