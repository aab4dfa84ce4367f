/** collector.filesystem: size and free space of mounted filesystems, by statfs. */
import { promises, type StatsFs } from 'node:fs';
import { Family, type MetricText } from '../metric-text.ts';
import { FS_TYPES_EXCLUDE, MOUNT_POINTS_EXCLUDE } from './arguments.ts';
import type { Collector, CollectorFactory, CollectorSetup } from './collector.ts';
import { errorCode, fields, type HostFiles } from './host-files.ts';
import { matcher, type NameFilter } from './name-filter.ts';

const family = (name: string, help: string) =>
  new Family(`node_filesystem_${name}`, help, 'gauge', ['device', 'mountpoint', 'fstype']);

const DEVICE_ERROR = family('device_error', 'Whether an error occurred while getting statistics for the given device.');
const READ_ONLY = family('readonly', 'Filesystem read-only status.');
const NUMBERS: readonly (readonly [Family, (stats: StatsFs) => number])[] = [
  [family('size_bytes', 'Filesystem size in bytes.'), (stats) => stats.blocks * stats.bsize],
  [family('free_bytes', 'Filesystem free space in bytes.'), (stats) => stats.bfree * stats.bsize],
  [
    family('avail_bytes', 'Filesystem space available to non-root users in bytes.'),
    (stats) => stats.bavail * stats.bsize,
  ],
  [family('files', 'Filesystem total file nodes.'), (stats) => stats.files],
  [family('files_free', 'Filesystem total free file nodes.'), (stats) => stats.ffree],
];

export interface Mount {
  readonly device: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly readOnly: boolean;
}

/**
 * statfs on a dead NFS server blocks its thread for good, and Node has four of them, which the spool needs too: so many
 * calls may hang, then further mounts count as errors until one comes back.
 */
const MAX_HANGING_CALLS = 2;

class FilesystemCollector implements Collector {
  readonly #files: HostFiles;
  readonly #hiddenMount: NameFilter;
  readonly #hiddenType: NameFilter;
  readonly #timeoutMs: number;
  readonly #setup: CollectorSetup;
  readonly #hanging = new Set<string>();

  constructor(setup: CollectorSetup) {
    const { files, args } = setup;
    this.#setup = setup;
    this.#files = files;
    this.#hiddenMount = matcher(
      args.filesystem?.mount_points_exclude ?? MOUNT_POINTS_EXCLUDE,
      'filesystem.mount_points_exclude',
    );
    this.#hiddenType = matcher(args.filesystem?.fs_types_exclude ?? FS_TYPES_EXCLUDE, 'filesystem.fs_types_exclude');
    this.#timeoutMs = args.filesystem?.mount_timeout ?? 5_000;
  }

  async collect(out: MetricText): Promise<void> {
    const mounts = this.#mounts();
    const stats: (StatsFs | undefined)[] = [];
    for (const mount of mounts) stats.push(await this.#statfs(mount.mountPoint));
    mounts.forEach((mount, i) => void write(out, DEVICE_ERROR, mount, stats[i] === undefined ? 1 : 0));
    for (const [numberFamily, read] of NUMBERS) {
      mounts.forEach((mount, i) => void (stats[i] && write(out, numberFamily, mount, read(stats[i]))));
    }
    mounts.forEach((mount, i) => void (stats[i] && write(out, READ_ONLY, mount, mount.readOnly ? 1 : 0)));
  }

  #mounts(): Mount[] {
    const mounts = new Map<string, Mount>();
    for (const mount of parseMounts(readMounts(this.#files), this.#files.paths.rootfs)) {
      if (this.#hiddenMount(mount.mountPoint) || this.#hiddenType(mount.fsType)) continue;
      // Mounted twice at the same place: the metrics would be the same series twice.
      const key = `${mount.device}\0${mount.mountPoint}\0${mount.fsType}`;
      if (!mounts.has(key)) mounts.set(key, mount);
    }
    return [...mounts.values()];
  }

  /** Undefined where the call fails or does not come back in time; a mount that hangs is left alone until it does. */
  async #statfs(mountPoint: string): Promise<StatsFs | undefined> {
    if (this.#hanging.has(mountPoint) || this.#hanging.size >= MAX_HANGING_CALLS) return undefined;
    const { clock, logger } = this.#setup;
    this.#hanging.add(mountPoint);
    const call = promises
      .statfs(this.#files.root(mountPoint))
      .catch((error: unknown) => {
        logger.debug('statfs failed', { mountpoint: mountPoint, error: errorCode(error) });
        return undefined;
      })
      .finally(() => this.#hanging.delete(mountPoint));
    const answered = new AbortController();
    const stats = await Promise.race([call, clock.sleep(this.#timeoutMs, answered.signal).then(() => undefined)]);
    answered.abort('answered');
    if (this.#hanging.has(mountPoint)) logger.warn('mount point does not answer', { mountpoint: mountPoint });
    return stats;
  }
}

function write(out: MetricText, target: Family, mount: Mount, value: number): void {
  out.sample(target, value, mount.device, mount.mountPoint, mount.fsType);
}

/** Process 1 sees the host's mounts even where the agent runs in a mount namespace of its own. */
function readMounts(files: HostFiles): string[] {
  try {
    return files.lines(files.proc('1/mounts'));
  } catch (error) {
    // hidepid hides process 1 from an agent that is not root.
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EACCES') throw error;
    return files.lines(files.proc('mounts'));
  }
}

/** fstab(5) escapes blanks, tabs, newlines and backslashes as octal. */
export function parseMounts(lines: readonly string[], rootfs: string): Mount[] {
  return lines.map((line) => {
    const [device, mountPoint, fsType, options] = fields(line);
    if (device === undefined || mountPoint === undefined || fsType === undefined || options === undefined) {
      throw new Error(`malformed mount point information: ${JSON.stringify(line)}`);
    }
    const unescaped = mountPoint.replaceAll('\\040', ' ').replaceAll('\\011', '\t');
    return {
      device,
      mountPoint: stripRoot(unescaped, rootfs),
      fsType,
      readOnly: options.split(',').includes('ro'),
    };
  });
}

function stripRoot(mountPoint: string, rootfs: string): string {
  if (rootfs === '/' || !mountPoint.startsWith(rootfs)) return mountPoint;
  return mountPoint.slice(rootfs.length) || '/';
}

export const createFilesystem: CollectorFactory = (setup) => new FilesystemCollector(setup);
