/** Fetches a Node for glibc: a package of the npm registry that npm is set up with. Nothing is unpacked before its check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, checkIntegrity, onceWhole, run, type Say } from './build-step.ts';

export interface NpmRuntime {
  readonly from: 'npm';
  readonly package: string;
  readonly version: string;
  /** Of the package, as `npm view PACKAGE@VERSION dist.integrity` prints it. */
  readonly integrity: string;
  /** SHA-256 of its program, bin/node. */
  readonly programSha256: string;
}

/** A folder with bin/node and LICENSE. */
export function fetchFromNpm(
  { package: packageName, version, integrity }: NpmRuntime,
  cache: string,
  say: Say,
): string {
  const name = `${packageName}@${version}`;
  return onceWhole(join(cache, name), (part) => {
    say(`fetching ${name} (about 60 MB) with npm …`);
    const archive = join(part, pack(name, part));
    checkIntegrity(name, readFileSync(archive), integrity);
    run('tar', ['-xzf', archive, '-C', part, 'package/bin/node', 'package/LICENSE'], part);
    return join(part, 'package');
  });
}

/** The name of the file. npm's own script where npm started us: a PATH may hold another one. */
function pack(name: string, folder: string): string {
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const args = [...first, 'pack', name, '--json', '--loglevel=error', `--pack-destination=${folder}`];
  const [packed] = JSON.parse(run(command as string, args, folder)) as { filename: string }[];
  if (packed === undefined) throw new BuildError(`npm pack ${name} named no file`);
  return packed.filename;
}
